"""What every part of the project speaks of: errors, features and labels, metrics, thresholds, spans, logs and locks."""
