"""Files of samples, each read in blocks."""
