"""What all of Turnstile speaks of: the ground floor, below components, serving and pipeline."""
