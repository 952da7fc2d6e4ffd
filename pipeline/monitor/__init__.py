"""What serving sees: the requests of a log, held against what the version that answered them was trained on."""
