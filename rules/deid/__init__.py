"""Rules of the group deid."""
