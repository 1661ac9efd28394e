"""DIMSE peers as sources: associations, queries, and objects that are retrieved (PS3.4 Annex C, PS3.7)."""
