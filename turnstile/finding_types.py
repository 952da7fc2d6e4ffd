"""What `turnstile monitor` finds beside anomalies of TFDV and skew, as `allow` under [data_gate] names it."""

from __future__ import annotations

REFUSED = "REFUSED"  # requests that got no answer
WRONG_TYPE = "WRONG_TYPE"  # values that are not of the column's type
MISSING = "MISSING"  # a column that is missing more often than in training

TYPES = (REFUSED, WRONG_TYPE, MISSING)
