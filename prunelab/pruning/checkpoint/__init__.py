"""What is saved of a model under pruning, and how pruning goes on from it."""
