"""Rules of the group internal."""
