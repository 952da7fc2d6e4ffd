"""Whether the model that serves can be asked what a candidate is asked, and how it is made to."""
