"""One schedule a file: the kinds that there are."""
