"""Tables of runs in a terminal: their columns, and how they fit its width."""
