"""Rules of the group wsi."""
