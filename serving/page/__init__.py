"""`turnstile page`: a version as one HTML file, in which a person tries it."""
