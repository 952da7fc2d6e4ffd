"""`turnstile batch`: the answers to all rows of large files, shard by shard."""
