"""Choosing schedules: list, form, chart, findings, presets and code."""
