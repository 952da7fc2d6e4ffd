"""The A/B test: rows divided between stable and canary, and the two compared on what came true."""
