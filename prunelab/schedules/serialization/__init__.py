"""Schedules as plain data, and back."""
