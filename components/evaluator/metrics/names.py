"""What is computed beside the metrics of turnstile/metrics.py: helpers, which no report lists."""

from __future__ import annotations

CANDIDATE, BASELINE = "candidate", "baseline"  # the models' names in an evaluation

# The share of positive labels: 0 or 1 where there is one class only.
MEAN_LABEL = "mean_label"
# The class that a model says of every row (components/evaluator/one_class.py).
ONLY_CLASS = "only_class"
SEVERAL = -1.0  # its value where a model says more than one
# The number of rows that say most about a metric: of the rarer class, or of all but the most frequent one.
RARER = "rarer_rows"
# Against the model that serves: the share of all rows of which the two models say another class; of the rows that the
# model which serves has right, the share that the candidate gets wrong; of those it has wrong, the share now right.
FLIPS, NEW_ERRORS, FIXED = "flips", "new_errors", "fixed_errors"

# An array beside the metrics: what their intervals are made of (components/evaluator/metrics/sums_metric.py).
JACKKNIFE = "jackknife"
