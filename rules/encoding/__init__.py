"""Rules of the group encoding."""
