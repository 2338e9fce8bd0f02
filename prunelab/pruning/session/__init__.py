"""One `fit` under pruning: its session, when its masks change, and what it says of that."""
