"""Rules of the group uid."""
