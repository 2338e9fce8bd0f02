"""The kernels behind the pages: how they start and end, and how many there may be."""
