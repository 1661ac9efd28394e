"""`dcmlint scan`: an archive is walked, what changed is checked, and a store keeps what came of it."""
