"""Rows of files in, answers in files out, and the log of what was asked."""
