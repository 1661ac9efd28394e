"""Rules of the group example."""
