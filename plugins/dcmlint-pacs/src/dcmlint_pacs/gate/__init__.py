"""A receiver that lints what arrives, and then accepts, forwards or quarantines it.

`service.py` is the page to read first. Objects come in through `scp.py` (DIMSE) or HTTP (STOW-RS), into a file of
`incoming.py`; `intake.py` takes them from there to a shelf of `spool.py`, as `decide.py` says; `forward.py` takes
them further. Each association is one thread that owns its socket (`upper.py`): it reads a PDU, does what it asks
for, answers, and only then reads on, so that nothing is queued and a peer can be no faster than the disk.
pynetdicom encodes, decodes and negotiates; its reactor, which reads PDUs of any length into queues without bound,
is not used here.
"""
