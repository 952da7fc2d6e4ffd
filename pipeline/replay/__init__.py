"""The runs that a scheduler would have made, one for each span, made one after the other now."""
