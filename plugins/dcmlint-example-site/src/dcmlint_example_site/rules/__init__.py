"""Rules of this plugin, by group."""
