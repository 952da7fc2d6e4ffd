"""Clients of a model server by REST and gRPC, and one that needs no server."""
