"""Conformance files: what an application entity says that it can do."""
