"""The files that `turnstile export` writes beside a model's numbers: the runners in JavaScript and C."""
