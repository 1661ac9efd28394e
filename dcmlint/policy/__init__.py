"""Policies: what a site demands, in YAML, on top of the standard."""
