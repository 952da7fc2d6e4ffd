"""The report of a run: one page that a person opens, made of the run's record and of its artifacts."""
