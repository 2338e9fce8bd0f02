"""What is typed on the command line: its options, and what a command is asked to do by them."""
