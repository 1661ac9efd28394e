"""DIMSE: C-FIND to list, C-GET and C-MOVE to fetch (PS3.4 Annex C)."""
