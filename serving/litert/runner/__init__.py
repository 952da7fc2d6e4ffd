"""The file that `turnstile export --format litert` writes beside a model: the runner in Python."""
