"""What the explorer shows, as a value, a link, code and presets. NumPy only."""
