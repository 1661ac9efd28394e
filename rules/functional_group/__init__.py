"""Rules of the group functional-group."""
