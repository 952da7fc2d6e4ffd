"""Pusher makes a model that every gate let through a version of the serving folder, with the record of why."""
