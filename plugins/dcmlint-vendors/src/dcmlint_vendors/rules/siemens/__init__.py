"""Rules of the group siemens."""
