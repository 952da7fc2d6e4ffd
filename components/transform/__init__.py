"""Transform turns raw columns into the model's inputs and the label, by a graph that training and serving share."""
