"""Evaluations of models whose answers are columns of the rows, so that the results are known in advance."""

from __future__ import annotations

import json

import tensorflow as tf
from tfx.dsl.components.base import base_beam_executor
from tfx.types import standard_artifacts
from tfx.utils import proto_utils

from components.baseline.component import FILE, VERSION
from components.evaluator.component import GatedExecutor
from components.evaluator.settings import EvaluatorSettings


class Copy(tf.Module):
    """A model whose answer is one column, and whose label is another; its outputs are named as our models' are."""

    def __init__(self, column, output, label_dtype, decision=0.5):
        super().__init__()
        self._column, self._output, self._label_dtype, self._decision = column, output, label_dtype, decision

    def _parsed(self, examples, column, dtype, shape=()):
        return tf.io.parse_example(examples, {column: tf.io.FixedLenFeature(shape, dtype)})[column]

    def _answer(self, examples):
        values = self._parsed(examples, self._column, tf.float32)
        label = {"label": tf.cast(values > self._decision, tf.int64)} if self._output == "probability" else {}
        return {self._output: values} | label

    def save(self, folder):
        examples = tf.TensorSpec([None], tf.string, name="examples")
        signatures = {
            "serving_default": self._answer,
            "transform_features": lambda examples: {"label": self._parsed(examples, "y", self._label_dtype, [1])},
        }
        traced = {name: tf.function(f).get_concrete_function(examples) for name, f in signatures.items()}
        tf.saved_model.save(self, str(folder / "Format-Serving"), signatures=traced)
        return artifact(standard_artifacts.Model, folder)


def artifact(kind, folder):
    made = kind()
    made.uri = str(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return made


def examples(folder, rows):
    made = artifact(standard_artifacts.Examples, folder)
    made.split_names = '["eval"]'
    (folder / "Split-eval").mkdir()
    with tf.io.TFRecordWriter(str(folder / "Split-eval" / "rows.gz"), "GZIP") as writer:
        for row in rows:
            example = tf.train.Example()
            for name, value in row.items():
                feature = example.features.feature[name]
                if isinstance(value, str):
                    feature.bytes_list.value.append(value.encode())
                elif isinstance(value, int):
                    feature.int64_list.value.append(value)
                else:
                    feature.float_list.value.append(value)
            writer.write(example.SerializeToString())
    return made


def evaluate(
    folder,
    rows,
    evaluation_config,
    output="probability",
    label_dtype=tf.int64,
    baseline=True,
    executor=GatedExecutor,
    decision=0.5,
    **release,
):
    """Runs the Evaluator on columns "new" (the candidate's answers) and "old" (the baseline's).

    `baseline` may be another Copy to compare with; `release` has what the Evaluator judges by beside TFMA's
    configuration. Returns the folder of the evaluation, and whether the candidate is
    blessed.
    """
    label = {"kind": {"probability": "binary", "value": "regression"}[output], "column": "y"}
    settings = EvaluatorSettings.model_validate({"release": {"overall": {}} | release, "label": label})
    inputs = {
        "examples": [examples(folder / "examples", rows)],
        "model": [Copy("new", output, label_dtype, decision).save(folder / "candidate")],
    }
    if baseline:
        served = baseline if isinstance(baseline, Copy) else Copy("old", output, label_dtype)
        inputs["baseline_model"] = [served.save(folder / "baseline")]
        (folder / "baseline" / FILE).write_text(json.dumps({VERSION: 7}))
    elif executor is GatedExecutor:  # Baseline's output where nothing serves yet
        inputs["baseline_model"] = [artifact(standard_artifacts.Model, folder / "baseline")]
    evaluation = artifact(standard_artifacts.ModelEvaluation, folder / "evaluation")
    blessing = artifact(standard_artifacts.ModelBlessing, folder / "blessing")
    flags = ["--runner=DirectRunner", "--direct_running_mode=in_memory"]
    context = base_beam_executor.BaseBeamExecutor.Context(flags, tmp_dir=str(folder / "tmp"), unique_id="1")
    executor(context).Do(
        inputs,
        {"evaluation": [evaluation], "blessing": [blessing]},
        {
            "eval_config": proto_utils.proto_to_json(evaluation_config),
            "example_splits": "null",
            "settings": settings.model_dump_json(),
        },
    )
    blessed = bool(blessing.get_int_custom_property("blessed"))
    found = {path.name for path in (folder / "blessing").iterdir()} - {"report.json"}
    assert found == {"BLESSED" if blessed else "NOT_BLESSED"}
    return evaluation.uri, blessed
