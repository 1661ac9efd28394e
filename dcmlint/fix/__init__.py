"""Changing files: edits of Data Elements spliced into the bytes of a file, and how the result is written."""
