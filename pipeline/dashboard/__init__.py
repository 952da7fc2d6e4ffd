"""A page about all runs of a pipeline, beside their reports."""
