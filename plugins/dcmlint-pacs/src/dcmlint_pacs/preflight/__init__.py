"""Whether a peer takes data, before they are sent."""
