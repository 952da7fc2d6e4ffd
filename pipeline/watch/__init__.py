"""`turnstile watch`: which span is next, the run of it in a process of its own, and the waiting between runs."""
