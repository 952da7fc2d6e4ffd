"""An exported model, loaded and asked by TensorFlow's C API, and the proof that it answers as it did in training."""
