"""The canary: whether it should be promoted or retired, by what became of the requests that it answered."""
