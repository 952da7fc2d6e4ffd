"""WarmStart finds the model whose weights Trainer begins with: the one that serves."""
