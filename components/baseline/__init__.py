"""Baseline finds the model that serves now, for the comparison."""
