"""A table cut into spans of time, so that it can be used as data that arrives by day or by number."""
