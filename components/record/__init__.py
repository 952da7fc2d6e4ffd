"""The record of a run: what was decided and why, as one JSON document, which every release.json is."""
