"""What happens after the push: releases and labels, asking a model, A/B tests, the local model server."""
