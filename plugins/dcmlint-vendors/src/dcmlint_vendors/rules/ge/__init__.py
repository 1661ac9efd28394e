"""Rules of the group ge."""
