"""Makes the files for LiteRT and asks them: python -m serving.litert.convert FOLDER < WORK

A process of its own, because TensorFlow's converter writes to the terminal whatever it is told, and what it cannot
convert may take the process down. WORK is an object with the content of `preprocess` and of `network`, and with the
`rows` to ask each file about, by the names of the files. FOLDER gets the files, and found.json: of each file its
`inputs` and `outputs`, in order, and its `answers`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from serving.litert.answers import answer
from serving.litert.runner import ask
from serving.litert.tensors import DENSE, FOUND, MODEL
from serving.litert.transform import Transform
from turnstile.model_inputs import INDICES, NUMBERS, WORDS

_DTYPES = {"number": tf.float32, "integer": tf.int64, "text": tf.string}
_SIGNATURE = "serving_default"


def model(preprocess: Mapping[str, Any], network: Mapping[str, Any]) -> bytes:
    """Returns the whole model as a file for LiteRT: a row as the signature `raw` takes it in, its answer out.

    Args:
        preprocess, network: the content of the two files; serving.litert.limits finds no faults in the first.
    """
    transform = Transform(preprocess)
    specs = {c["input"]: tf.TensorSpec([1], _DTYPES[c["type"]], c["input"]) for c in preprocess["columns"]}
    return _converted(lambda **row: answer(network, [], transform(row)), specs, transform.tables)


def dense(preprocess: Mapping[str, Any], network: Mapping[str, Any]) -> bytes:
    """Returns the network alone as a file for LiteRT: what Transform makes of a row in; see serving.litert.answers."""
    terms = [text["terms"] for text in preprocess["texts"]]
    specs = {
        NUMBERS: tf.TensorSpec([1, network["numbers"]["median"]["shape"][0] if network["numbers"] else 0], tf.float32),
        INDICES: tf.TensorSpec([1, len(preprocess["indices"])], tf.int32),
        WORDS: tf.TensorSpec([1, sum(terms)], tf.int32),
    }
    specs = {name: spec for name, spec in specs.items() if spec.shape[1]}
    return _converted(lambda **made: answer(network, terms, made), specs, {})


def _converted(function: Callable, specs: Mapping[str, tf.TensorSpec], tables: Mapping[str, Any]) -> bytes:
    """Converts a function of tensors by name, and the tables in which it looks things up.

    Only LiteRT's built-in operations are allowed; any other makes TensorFlow's converter fail.
    """
    module = tf.Module()
    module.tables = list(tables.values())
    module.answer = tf.function(function, autograph=False).get_concrete_function(**specs)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={_SIGNATURE: module.answer})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        converter.experimental_enable_resource_variables = True  # or tables would be operations of TensorFlow
        return converter.convert()


def _order(file: str) -> dict[str, list[str]]:
    """Returns the names of the inputs and of the outputs, in the order in which the file has them."""
    opened = ask.interpreter(file)
    signature = opened.get_signature_runner()
    return {
        "inputs": _named(opened.get_input_details(), signature.get_input_details()),
        "outputs": _named(opened.get_output_details(), signature.get_output_details()),
    }


def _named(tensors: list[dict[str, Any]], signature: Mapping[str, dict[str, Any]]) -> list[str]:
    names = {tensor["index"]: name for name, tensor in signature.items()}
    return [names[tensor["index"]] for tensor in tensors]


def main() -> None:
    """Does the work."""
    folder, work, found = Path(sys.argv[1]), json.load(sys.stdin), {}
    makers = {MODEL: model, DENSE: dense}
    for name, rows in work["rows"].items():
        file = folder / name
        file.write_bytes(makers[name](work["preprocess"], work["network"]))
        found[name] = {**_order(str(file)), "answers": list(map(ask.load(str(file)), rows))}
    (folder / FOUND).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
