"""Whether the model that serves can be compared with a candidate: what is converted for it, and why it cannot be."""

from __future__ import annotations

import shutil

import pytest
import tensorflow as tf

from components.evaluator.comparing.aligned_columns import converted
from components.evaluator.comparing.comparability import IncomparableError, check
from components.missing_values import one_a_row, to_dense
from tests.made_evaluation import examples

ROWS = [{"x": float(i % 7), "wide": i % 5, "y": i % 3, "z": i % 3} for i in range(20)]
WITH_FLOATS = [row | {"wide": float(row["wide"])} for row in ROWS]


class Made(tf.Module):
    """Answers x + wide; its label is a column."""

    def __init__(self, wide=tf.int64, label="y", output="probability", classes=0, above=None):
        super().__init__()
        self.spec = {
            "x": tf.io.VarLenFeature(tf.float32),
            "wide": tf.io.VarLenFeature(wide),
            label: tf.io.VarLenFeature(tf.int64),
        }
        self.label, self.output, self.classes, self.above = label, output, classes, above

    def _first(self, examples, column):
        parsed = tf.io.parse_example(examples, self.spec)[column]
        return to_dense(parsed, one_a_row([parsed]), tf.zeros([], parsed.dtype))

    def answer(self, examples):
        found = self._first(examples, "x") + tf.cast(self._first(examples, "wide"), tf.float32)
        return {self.output: tf.repeat(found, self.classes, axis=1) if self.classes else found[:, 0]}

    def transform(self, examples):
        label = self._first(examples, self.label)
        return {"label": label if self.above is None else tf.cast(label > self.above, tf.int64)}

    def save(self, folder, without=(), name="examples"):
        rows = tf.TensorSpec([None], tf.string, name=name)
        functions = {"serving_default": self.answer, "transform_features": self.transform}
        traced = {n: tf.function(f).get_concrete_function(rows) for n, f in functions.items() if n not in without}
        tf.saved_model.save(self, str(folder), signatures=traced)
        return folder


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The patterns of files with integers in a column, and with floats."""
    made = tmp_path_factory.mktemp("rows")
    return {
        kind: [f"{examples(made / kind, rows).uri}/Split-eval/*"]
        for kind, rows in (("integers", ROWS), ("floats", WITH_FLOATS))
    }


@pytest.fixture(scope="module")
def candidates(tmp_path_factory):
    made = tmp_path_factory.mktemp("candidates")
    return {
        "integers": Made().save(made / "integers"),
        "floats": Made(wide=tf.float32).save(made / "floats"),
        "classes": Made(classes=4, output="probabilities").save(made / "classes"),
    }


def test_a_model_of_the_same_question_needs_no_conversion(rows, candidates, tmp_path):
    served = Made().save(tmp_path / "served", name="rows")  # the input's name is the model's own
    assert check(candidates["integers"], served, rows["integers"], "probability").types == {}


@pytest.mark.parametrize(("then", "today"), [("integers", "floats"), ("floats", "integers")])
def test_whole_numbers_are_converted_for_a_model_of_the_other_type(then, today, rows, candidates, tmp_path):
    served = check(candidates[today], candidates[then], rows[today], "probability")
    assert served.types == {"wide": {"integers": tf.int64, "floats": tf.float32}[then]}
    served.export(str(tmp_path / "converting"))
    given = tf.constant(list(tf.data.TFRecordDataset(tf.io.gfile.glob(rows[today]), "GZIP").as_numpy_iterator()))
    converting = tf.saved_model.load(str(tmp_path / "converting")).signatures
    assert converting["serving_default"](examples=given)["probability"].numpy().tolist() == [
        row["x"] + row["wide"] for row in ROWS
    ]
    assert converting["transform_features"](examples=given)["label"].numpy().ravel().tolist() == [r["y"] for r in ROWS]


@pytest.mark.parametrize(
    ("made", "candidate", "why"),
    [
        ({"wide": tf.string}, "floats", r"column 'wide' is float in the data, and string to it"),
        ({"label": "renamed"}, "integers", r"\[label\] meant something else to it: 13 of 20 rows .* 0 instead of 1"),
        ({"above": 1}, "integers", r"\[label\] meant something else to it: 13 of 20 rows have another label"),
        ({"output": "value"}, "integers", r"made for another kind of label: it answers value, not probability"),
        ({"output": "probabilities", "classes": 3}, "classes", r"another number of classes: .* shape \[3\], not \[4\]"),
    ],
)
def test_a_model_of_another_question_is_not_compared_with(made, candidate, why, rows, candidates, tmp_path):
    served = Made(**made).save(tmp_path / "served")
    prediction = "probabilities" if candidate == "classes" else "probability"
    with pytest.raises(IncomparableError, match=why):
        check(candidates[candidate], served, rows.get(candidate, rows["integers"]), prediction)


def test_fractions_are_not_rounded_for_a_model_of_integers(candidates, tmp_path):
    halves = [row | {"wide": row["wide"] / 2} for row in ROWS]
    pattern = f"{examples(tmp_path / 'halves', halves).uri}/Split-eval/*"
    with pytest.raises(IncomparableError, match=r"'wide' is float in the data, such as 0.5, and int64 to it"):
        check(candidates["floats"], candidates["integers"], [pattern], "probability")


def _damage(folder):
    (folder / "variables" / "variables.index").write_bytes(b"")
    (folder / "saved_model.pb").write_bytes((folder / "saved_model.pb").read_bytes()[:100])


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_damage, r"^TensorFlow cannot load it: \S+"),
        (lambda folder: shutil.rmtree(folder), r"^TensorFlow cannot load it: SavedModel file does not exist"),
        (lambda folder: Made().save(folder, without=["transform_features"]), r"no signature 'transform_features'"),
    ],
)
def test_what_is_no_model_of_ours_is_not_compared_with(spoil, why, rows, candidates, tmp_path):
    served = Made().save(tmp_path / "served")
    spoil(served)
    with pytest.raises(IncomparableError, match=why):
        check(candidates["integers"], served, rows["integers"], "probability")


INTEGERS = [0, 1, -1, 127, 128, 2**24, -(2**31), 2**40, None]


@pytest.mark.parametrize(("dtype", "other"), [(tf.int64, tf.float32), (tf.float32, tf.int64), (tf.string, tf.int64)])
def test_numbers_keep_their_value_and_gaps_stay_gaps(dtype, other):
    def row(value):
        example = tf.train.Example()
        column = example.features.feature["ä b"]  # a column's name may be anything
        if value is not None and other == tf.int64:
            column.int64_list.value.extend([value, 7])
        elif value is not None:
            column.float_list.value.extend([value, 7.0])
        return example.SerializeToString()

    changed = converted(tf.constant([row(value) for value in INTEGERS]), {"ä b": dtype})
    found = tf.io.parse_example(changed, {"ä b": tf.io.VarLenFeature(dtype)})["ä b"]
    assert found.dense_shape.numpy().tolist() == [len(INTEGERS), 1]
    assert found.values.dtype == dtype
    expected = [str(number).encode() for number in INTEGERS[:-1]] if dtype == tf.string else INTEGERS[:-1]
    assert found.values.numpy().tolist() == expected
