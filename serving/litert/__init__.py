"""A version as LiteRT models, for phones."""
