"""The text line: its keywords, its segments, and the ways by which texts reach a telephone."""
