"""R squared against its definition, and as TFMA computes it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import tensorflow_model_analysis as tfma
from google.protobuf import text_format
from tensorflow_model_analysis.proto import config_pb2

from components.evaluator.r_squared import r_squared


def sums(labels, predictions):
    y, p = np.array(labels, float), np.array(predictions, float)
    return np.array([len(y), y.sum(), (y**2).sum(), ((y - p) ** 2).sum()])


@pytest.mark.parametrize(
    ("labels", "predictions", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], 1.0),
        ([1, 2, 3], [2, 2, 2], 0.0),  # the mean
        ([1, 2, 3], [3, 2, 1], -3.0),
        ([5, 5], [5, 5], math.nan),
        ([1e6 + 0.1] * 7, [1e6] * 7, math.nan),
        ([], [], math.nan),
    ],
)
def test_r_squared(labels, predictions, expected):
    assert r_squared(sums(labels, predictions)) == pytest.approx(expected, nan_ok=True)


def test_tfma_computes_it():
    rng = np.random.default_rng(1)
    labels = rng.normal(10, 3, 50)
    frame = pd.DataFrame({"label": labels, "prediction": labels + rng.normal(0, 1, 50)})
    config = text_format.Parse(
        """
        model_specs { label_key: "label" prediction_key: "prediction" }
        metrics_specs { metrics { class_name: "RSquared" module: "components.evaluator.r_squared" } }
        slicing_specs {}
        """,
        config_pb2.EvalConfig(),
    )
    found = tfma.analyze_raw_data(frame, config).get_metrics_for_slice()["r_squared"]["doubleValue"]
    residuals = ((frame.label - frame.prediction) ** 2).sum()
    assert found == pytest.approx(1 - residuals / ((frame.label - frame.label.mean()) ** 2).sum())
