"""Rules of the group dicomdir."""
