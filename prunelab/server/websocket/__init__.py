"""The websocket between a page and its kernel: which messages pass, how many and how fast."""
