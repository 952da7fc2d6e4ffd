"""Evaluations of models whose answers are columns of the rows, so that the results are known in advance."""

from __future__ import annotations

import json

import tensorflow as tf
from tensorflow_model_analysis.proto import config_pb2
from tfx.dsl.components.base import base_beam_executor
from tfx.types import standard_artifacts
from tfx.utils import proto_utils

from components.baseline.component import FILE, VERSION
from components.evaluator.component import GatedExecutor, eval_config
from components.evaluator.settings import EvaluatorSettings

CLASSES = ["a", "b", "c"]
LABELS = {
    "probability": {"kind": "binary", "column": "y"},
    "probabilities": {"kind": "multiclass", "column": "y", "classes": CLASSES},
    "value": {"kind": "regression", "column": "y"},
}


class Copy(tf.Module):
    """A model whose answer is one column, and whose label is another; its outputs are named as our models' are."""

    def __init__(self, column, output, label_dtype, decision=0.5):
        super().__init__()
        self._column, self._output, self._label_dtype, self._decision = column, output, label_dtype, decision

    def _parsed(self, examples, column, dtype, shape=()):
        return tf.io.parse_example(examples, {column: tf.io.FixedLenFeature(shape, dtype)})[column]

    def _answer(self, examples):
        shape = [len(CLASSES)] if self._output == "probabilities" else ()
        values = self._parsed(examples, self._column, tf.float32, shape)
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
        for number, row in enumerate(rows):
            example = tf.train.Example()
            for name, value in ({"id": number} | row).items():  # copies of a row would count as one
                feature = example.features.feature[name]
                if isinstance(value, str):
                    feature.bytes_list.value.append(value.encode())
                elif isinstance(value, int):
                    feature.int64_list.value.append(value)
                else:
                    feature.float_list.value.extend(value if isinstance(value, list) else [value])
            writer.write(example.SerializeToString())
    return made


def _evaluation_config(settings, more_metrics, ours):
    """TFMA's configuration as JSON; only GatedExecutor gives our metrics what they are made of."""
    made = eval_config(settings.release, settings.label)
    if more_metrics:
        metrics = [config_pb2.MetricConfig(class_name=name, config=f'{{"name": "{name}"}}') for name in more_metrics]
        made.metrics_specs.append(config_pb2.MetricsSpec(metrics=metrics))
    if not ours:
        del made.metrics_specs[0]
    return proto_utils.proto_to_json(made)


def evaluate(
    folder,
    rows,
    release,
    output="probability",
    label_dtype=tf.int64,
    baseline=True,
    executor=GatedExecutor,
    decision=0.5,
    more_metrics=(),
):
    """Runs the Evaluator on columns "new" (the candidate's answers) and "old" (the baseline's).

    `baseline` may be another Copy to compare with; `release` is what a config has under [release]; `more_metrics` are
    classes of TFMA's, each computed under its own name. Returns the folder of the evaluation, and whether the candidate
    is blessed.
    """
    release = {"overall": {}, "min_examples": 1} | release
    settings = EvaluatorSettings.model_validate({"release": release, "label": LABELS[output]})
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
            "eval_config": _evaluation_config(settings, more_metrics, executor is GatedExecutor),
            "example_splits": "null",
            "settings": settings.model_dump_json(),
        },
    )
    blessed = bool(blessing.get_int_custom_property("blessed"))
    found = {path.name for path in (folder / "blessing").iterdir()} - {"report.json"}
    assert executor is not GatedExecutor or found == {"BLESSED" if blessed else "NOT_BLESSED"}
    return evaluation.uri, blessed
