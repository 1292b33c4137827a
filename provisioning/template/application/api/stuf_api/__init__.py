"""The API of one secure trusted upload facility (STUF)."""
