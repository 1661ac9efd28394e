"""The audit log: what was changed in which file, under which rule, provable without a value in clear.

`log.py` writes it, `chain.py` and `verify.py` hold it against itself and against files, `page.py` reports it.
"""
