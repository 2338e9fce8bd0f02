"""Runs: what to train, their table, details and progress."""
