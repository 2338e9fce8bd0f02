"""The SQLite file of a lab: connection, tables, reading and rescue."""
