"""Tables in Arrow's columns: read from files, turned into the inputs of a model, and answered."""
