"""Finds better values of [training], and writes them into the config."""
