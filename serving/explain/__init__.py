"""`turnstile explain`: why a version answered a row as it did, by sampled Shapley values."""
