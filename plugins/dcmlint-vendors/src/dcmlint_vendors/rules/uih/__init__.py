"""Rules of the group uih."""
