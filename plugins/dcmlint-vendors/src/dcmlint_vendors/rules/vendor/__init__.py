"""Rules of the group vendor."""
