"""One run: its folder, log, progress, records, result and summary; as a whole, or one node of it."""
