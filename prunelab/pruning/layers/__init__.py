"""Which weights of a model are pruned, by which schedule, and why others are not."""
