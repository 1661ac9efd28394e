"""Rules of the group philips."""
