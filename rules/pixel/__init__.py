"""Rules of the group pixel."""
