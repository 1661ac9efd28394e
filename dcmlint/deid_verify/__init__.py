"""Verification of de-identified output (PS3.15 Annex E), whatever tool made it. Nothing is changed."""
