"""Tuner tries other values of [training], and finds those whose models are best on rows kept for that."""
