"""`turnstile init`: looks at a table, and writes the config that it would have taken a person to write."""
