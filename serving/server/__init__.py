"""The local model server, with TensorFlow Serving's REST and gRPC APIs, for development and tests."""
