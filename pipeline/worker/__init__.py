"""Beam workers on a machine that has the project: a pool of them, and what each begins with."""
