"""Rules of the group rt."""
