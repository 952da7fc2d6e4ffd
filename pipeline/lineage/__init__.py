"""Where versions come from, and where data went to: asked of ML Metadata, in both directions."""
