"""De-identification by the tables of PS3.15 Annex E: what is to be changed, and the run that does it."""
