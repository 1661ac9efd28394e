"""Rules of the group sr."""
