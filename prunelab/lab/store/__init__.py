"""The SQLite file of a lab: opened, written, read, upgraded and rescued."""
