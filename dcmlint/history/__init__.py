"""Reports on a store of scans: the page, tables and texts of docs/history.md."""
