"""A receiver that lints what arrives, and then accepts, forwards or quarantines it.

`service.py` is the page to read first. Objects come in through `scp.py` (DIMSE) or HTTP (STOW-RS), into a
file of `incoming.py`; `intake.py` takes them from there to a shelf of `spool.py`, as `decide.py` says;
`forward.py` takes them further.
"""
