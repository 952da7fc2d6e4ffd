"""The model card of a version, as Markdown and HTML: what the model is for, how good it is, and what it must not do."""
