"""Asks a model about every row of a file."""
