"""Evaluator measures the model overall and per slice, and refuses one that is not good enough."""
