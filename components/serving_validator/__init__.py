"""ServingValidator proves that the exported model loads where it will serve, and answers as it did in training."""
