"""Rules about peers: what they send back, and what they do not take."""
