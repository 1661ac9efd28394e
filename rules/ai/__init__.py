"""Rules of the group ai."""
