"""A version as plain code: its numbers as JSON, and runners in JavaScript and C that answer rows without TensorFlow."""
