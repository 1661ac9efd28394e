"""Measurements of dcmlint: each module prints the figures of one run, as ratios where time is meant."""
