"""Rules of the group value."""
