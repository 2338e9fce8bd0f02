"""The recorder: every step of a fit into the lab."""
