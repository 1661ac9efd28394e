"""Rules of the group ko."""
