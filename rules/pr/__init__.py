"""Rules of the group pr."""
