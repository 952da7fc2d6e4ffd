"""What is dropped before batches are taken apart, and that the evaluation is the same without it."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma
from tfx.components.evaluator import executor as stock

from components.evaluator.component import eval_config
from components.evaluator.metrics import results
from components.evaluator.metrics.groups import group_of
from components.evaluator.metrics.names import BASELINE, CANDIDATE
from components.evaluator.metrics.slim_extracts import canonical, hidden, needed, slim_extractors
from components.evaluator.settings import ReleaseConfig
from tests.made_evaluation import evaluate
from turnstile.labels import BinaryLabel

BATCH = {
    "input": np.array([b"", b""]),
    "features": {"city": np.array([[b"Rome"], [b"Oslo"]]), "hour": np.array([[1], [2]]), "label": np.array([[5], [6]])},
    "transformed_features": {"candidate": {"label": np.array([[0], [1]]), "numbers": np.zeros([2, 9])}},
    "labels": {"candidate": np.array([[0], [1]]), "baseline": np.array([[0], [1]])},
    "example_weights": {"candidate": None, "baseline": None},
}
ANSWERS = {"probability": np.array([0.2, 0.8]), "label": np.array([0, 1])}
RELEASE = {"slices": ["city", ["city", "hour"]]}
CONFIG = eval_config(ReleaseConfig(overall={}, **RELEASE), BinaryLabel(kind="binary", column="y"))


@pytest.mark.parametrize(
    ("predictions", "kept"),
    [
        (ANSWERS, {"probability": ANSWERS["probability"]}),
        ({"candidate": ANSWERS}, {"candidate": {"probability": ANSWERS["probability"]}}),
        (ANSWERS["probability"], ANSWERS["probability"]),
        ({"candidate": ANSWERS["label"]}, {"candidate": ANSWERS["label"]}),
    ],
)
def test_labels_columns_of_slices_and_what_is_evaluated_are_kept(predictions, kept):
    batch = hidden(BATCH, {"city", "absent"})
    assert batch["features"] == {}
    groups = batch["sliced_by"]["_group"]
    assert groups[0] == groups[1] == group_of(b"")
    found = needed(batch | {"predictions": predictions}, {"probability"})
    features = {"city": BATCH["features"]["city"], "_group": groups}
    expected = {"features": features, "labels": BATCH["labels"], "predictions": kept}
    tf.nest.assert_same_structure(found, expected)
    assert all(x is y for x, y in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True))


def test_a_row_is_in_the_same_group_in_whatever_order_its_columns_were_written():
    one, other = tf.train.Example(), tf.train.Example()
    one.features.feature["city"].bytes_list.value.append(b"Rome")
    other.features.feature["hour"].int64_list.value.append(7)
    both, reverse = (a.SerializeToString() + b.SerializeToString() for a, b in ((one, other), (other, one)))
    assert both != reverse
    assert canonical(both) == canonical(reverse)
    assert group_of(canonical(both)) != group_of(canonical(one.SerializeToString()))


def test_they_are_tfmas_with_one_before_the_models_are_asked_and_one_before_the_batches_are_taken_apart():
    default = [extractor.stage_name for extractor in tfma.default_extractors(eval_config=CONFIG)]
    slim = [extractor.stage_name for extractor in slim_extractors(None, CONFIG)]
    assert [name for name in slim if name not in ("HideColumns", "DropUnneeded")] == default
    assert slim[slim.index("DropUnneeded") + 1] == tfma.extractors.UnbatchExtractor().stage_name
    assert slim[slim.index("HideColumns") - 1] == tfma.extractors.FeaturesExtractor(CONFIG).stage_name


@pytest.mark.parametrize(
    ("output", "dtype", "metrics", "baseline"),
    [
        ("probability", tf.int64, ["AUC", "BinaryAccuracy", "ExampleCount"], True),
        ("value", tf.float32, ["MeanAbsoluteError", "ExampleCount"], False),
    ],
)
def test_the_evaluation_is_the_same(tmp_path, output, dtype, metrics, baseline):
    rng = np.random.default_rng(1)
    rows = [
        {"city": "ABC"[i % 3], "hour": i % 2, "y": i % 2 if dtype == tf.int64 else i / 60, "new": new, "old": old}
        for i, (new, old) in enumerate(rng.random([60, 2]).tolist())
    ]
    rows.append({name: value for name, value in rows[0].items() if name != "city"})  # and of one, it is not known
    theirs, _ = evaluate(tmp_path / "stock", rows, RELEASE, output, dtype, baseline, stock.Executor, 0.5, metrics)
    ours, _ = evaluate(tmp_path / "slim", rows, RELEASE, output, dtype, baseline, more_metrics=metrics)
    for model in (CANDIDATE, BASELINE):
        expected, found = results.metrics(theirs, model), results.metrics(ours, model)
        assert set(found) == set(expected)
        for key, of_slice in expected.items():
            assert {name: found[key][name] for name in of_slice} == pytest.approx(of_slice, nan_ok=True)
        assert len(found) == (1 + 3 + 6 if baseline or model == CANDIDATE else 0)


@pytest.mark.parametrize("column", ["label", "examples"])  # as the label, and as the models' input is called
def test_slices_are_of_the_raw_column_whatever_it_is_called(tmp_path, column):
    rows = [{"y": i % 2, "new": 0.1 + 0.8 * (i % 2), "old": 0.5, column: ["no", "yes"][i % 2]} for i in range(8)]
    evaluation, _ = evaluate(tmp_path, rows, {"slices": [column]})
    found = results.metrics(evaluation, CANDIDATE)
    assert set(found) == {(), ((column, "no"),), ((column, "yes"),)}
