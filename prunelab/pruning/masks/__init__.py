"""How masks are chosen from weights. NumPy only."""
