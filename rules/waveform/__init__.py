"""Rules of the group waveform."""
