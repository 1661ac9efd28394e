"""Rules of the group geometry."""
