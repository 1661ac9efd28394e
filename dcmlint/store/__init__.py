"""The store of scans: runs, instances, findings with their history, and the groups that instances are in.

SQLAlchemy Core over SQLite or PostgreSQL. Nothing here knows rules or how findings are made, and nothing
outside `dcmlint scan`, `dcmlint store` and the reports of scans imports it.
"""
