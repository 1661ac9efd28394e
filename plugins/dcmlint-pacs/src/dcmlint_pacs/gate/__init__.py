"""A receiver that lints what arrives, and then accepts, forwards or quarantines it."""
