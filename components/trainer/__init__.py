"""Trainer fits the Keras model and exports it with its signatures."""
