"""Processes that train runs: started, watched, ended."""
