"""Rules of the group pm."""
