"""Distributions made for the tests."""

from __future__ import annotations

import numpy as np

from components.distributions import Distribution


def numbers(values, missing=0.0):
    """As TFDV's ten quantiles have them."""
    edges = np.quantile(values, np.linspace(0, 1, 11))
    return Distribution(missing, {}, edges, np.linspace(0, 1, 11))
