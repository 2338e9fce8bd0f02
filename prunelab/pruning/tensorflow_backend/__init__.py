"""TensorFlow as the backend of pruning: what it keeps for a weight, and its training step."""
