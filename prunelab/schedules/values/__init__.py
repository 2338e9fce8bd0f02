"""Numbers, tables, formulas and curves that schedules are made of, read and checked."""
