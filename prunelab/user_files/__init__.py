"""Paths and Python files that a user gives."""
