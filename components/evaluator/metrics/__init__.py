"""What each metric is made of, from one pass over the rows, and how far chance may have moved it."""
