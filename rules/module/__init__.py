"""Rules of the group module."""
