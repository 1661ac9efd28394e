"""Rules of the group interop."""
