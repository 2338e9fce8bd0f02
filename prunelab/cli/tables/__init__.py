"""Tables of runs in a terminal: what their columns say, and how they fit its width."""
