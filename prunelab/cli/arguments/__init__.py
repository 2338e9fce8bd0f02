"""What is typed on the command line: its options, and the run and plan that follow from them."""
