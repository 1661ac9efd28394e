"""Results made again from originals, key and audit log, and held against what the log says of them."""
