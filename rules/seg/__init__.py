"""Rules of the group seg."""
