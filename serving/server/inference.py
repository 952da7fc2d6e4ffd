"""What a signature may be asked, and its answer as a classification or a regression: TensorFlow Serving's checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from serving.model.dtypes import FLOAT, NUMPY, STRING, number
from serving.model.protos import classification_pb2, dtype_name, regression_pb2, types_pb2
from serving.model.request_error import UNIMPLEMENTED, RequestError, invalid
from serving.model.saved_model import Signature

Arrays = Mapping[str, np.ndarray]

# Names that a signature must use (tensorflow/cc/saved_model/signature_constants.h).
INPUTS, CLASSES, SCORES, OUTPUTS = "inputs", "classes", "scores", "outputs"
CLASSIFY_METHOD, REGRESS_METHOD = "tensorflow/serving/classify", "tensorflow/serving/regress"
_DEFAULT_SIGNATURE = "serving_default"
_UNKNOWN = np.dtype(np.void)  # of an input that no array of ours can be for


def check_predict_inputs(signature: Signature, inputs: Arrays) -> None:
    """Refuses inputs that are not those of the signature.

    Args:
        signature: what is asked.
        inputs: the request's, and the defaults of those that it leaves out.

    Raises:
        RequestError: names are missing or unknown, or an input is of another dtype.
    """
    expected = signature.inputs
    if inputs.keys() != expected.keys():
        raise _wrong_names(signature, inputs)
    for name, array in inputs.items():
        if array.dtype != NUMPY.get(expected[name].dtype, _UNKNOWN):
            raise _wrong_dtype(signature, inputs)


def _wrong_names(signature: Signature, inputs: Arrays) -> RequestError:
    expected = signature.inputs
    missing = sorted(expected.keys() - inputs)
    if len(inputs) == len(expected) or (signature.defaults and len(inputs) < len(expected)):
        missing = [name for name in missing if name not in signature.defaults] or missing
        return invalid(
            f"Signature input alias: {missing[0]}(feed name: {expected[missing[0]].name}) not found in request and no "
            f"default value provided. Inputs expected to be in the request {_set(inputs)}, or default input alias set: "
            f"{_list(signature.defaults)}"
        )
    return invalid(
        f"input size does not match signature: {len(inputs)}!={len(expected)} len({_set(inputs)}) != "
        f"len({_set(expected)}). Sent extra: {_set(inputs.keys() - expected)}. "
        f"Missing but required: {_set(missing)}."
    )


def _wrong_dtype(signature: Signature, inputs: Arrays) -> RequestError:
    """In the words of TensorFlow's runtime, which has the inputs in the order of their tensors' names."""
    for i, (name, info) in enumerate(sorted(signature.inputs.items(), key=lambda item: item[1].name)):
        given = number(inputs[name])
        if given != info.dtype:
            return invalid(f"Expects arg[{i}] to be {dtype_name(info.dtype)} but {dtype_name(given)} is provided")
    raise AssertionError("called without a wrong dtype")


def check_output_filter(signature: Signature, names: Sequence[str]) -> list[str] | None:
    """Returns the outputs that are asked for, None for all.

    Raises:
        RequestError: a name is not one of the signature's, or is there twice.
    """
    for i, name in enumerate(names):
        if name not in signature.outputs:
            raise invalid(
                f"output tensor alias not found in signature: {name} Outputs expected to be in the set "
                f"{_set(signature.outputs)}."
            )
        if name in names[:i]:
            raise invalid(f"duplicate output tensor alias: {name}")
    return list(names) or None


def examples_of(given: Any) -> list[bytes]:
    """Returns the serialized tf.train.Examples of an Input message, each merged with their common context.

    Raises:
        RequestError: there are none.
    """
    with_context = given.example_list_with_context
    # Two serialized messages in a row are one message, merged.
    context = with_context.context.SerializeToString()
    found = [*given.example_list.examples, *with_context.examples]
    if not found:
        raise invalid("Input is empty.")
    return [context + example.SerializeToString() for example in found]


def check_tasks(tasks: Sequence[Any]) -> None:
    """Refuses the tasks of a MultiInference request that contradict each other.

    Raises:
        RequestError: no or another model, a signature twice, or a method that is neither classify nor regress.
    """
    names = [task.model_spec.name for task in tasks]
    if not names:
        raise invalid("ModelSpec has no name specified.")
    if not all(names):
        raise invalid("Found ModelSpec with an empty model name.")
    if len(set(names)) > 1:
        raise invalid("All ModelSpecs in a MultiInferenceRequest must access the same model name.")
    seen = set()
    for task in tasks:
        signature = task.model_spec.signature_name or _DEFAULT_SIGNATURE
        if signature in seen:
            raise invalid(f"Duplicate evaluation of signature: {signature}")
        seen.add(signature)
        if task.method_name not in (CLASSIFY_METHOD, REGRESS_METHOD):
            raise RequestError(UNIMPLEMENTED, f"Unsupported signature method_name: {task.method_name}")


def check_classify(signature: Signature) -> None:
    """Refuses a signature that cannot classify.

    Raises:
        RequestError: its inputs are not `inputs`, or its outputs not `classes` and `scores`, or one of them.
    """
    if len(signature.inputs) != 1:
        raise invalid("Expected one input Tensor.")
    if len(signature.outputs) not in (1, 2):
        raise invalid(f"Expected one or two output Tensors, found {len(signature.outputs)}")
    if INPUTS not in signature.inputs:
        raise invalid(f"No classification inputs found in SignatureDef: {_described(signature)}")
    if CLASSES not in signature.outputs and SCORES not in signature.outputs:
        raise invalid(
            f'Expected classification signature outputs to contain at least one of "{CLASSES}" or "{SCORES}". '
            f"Signature was: {_described(signature)}"
        )


def check_regress(signature: Signature) -> None:
    """Refuses a signature that cannot regress.

    Raises:
        RequestError: its input is not `inputs`, or its output not `outputs`.
    """
    if len(signature.inputs) != 1:
        raise invalid("Expected one input Tensor.")
    if len(signature.outputs) != 1:
        raise invalid("Expected one output Tensor.")
    if INPUTS not in signature.inputs:
        raise invalid(f"No regression inputs found in SignatureDef: {_described(signature)}")
    if OUTPUTS not in signature.outputs:
        raise invalid(f"No regression outputs found in SignatureDef: {_described(signature)}")


def classify(signature: Signature, outputs: Arrays, examples: int) -> Any:
    """Makes a ClassificationResult of what a signature gave.

    Args:
        signature: one that check_classify lets pass.
        outputs: its outputs.
        examples: how many were asked about.

    Raises:
        RequestError: an output is not of shape [examples, classes], or not of its dtype.
    """
    classes = _checked(signature, outputs, CLASSES, STRING, examples)
    scores = _checked(signature, outputs, SCORES, FLOAT, examples)
    if classes is not None and scores is not None and classes.shape != scores.shape:
        raise invalid(
            f"Tensors class and score should match in dim_size(1). Got {classes.shape[1]} vs. {scores.shape[1]}"
        )
    result = classification_pb2.ClassificationResult()
    for i in range(examples):
        labels = classes[i].tolist() if classes is not None else None
        values = scores[i].tolist() if scores is not None else None
        add = result.classifications.add().classes.add
        for c in range(len(labels or values or ())):
            one = add()
            if labels:
                one.label = labels[c].decode(errors="replace")
            if values:
                one.score = values[c]
    return result


def _checked(signature: Signature, outputs: Arrays, name: str, dtype: int, examples: int) -> np.ndarray | None:
    if name not in signature.outputs:
        return None
    array = outputs[name]
    if array.ndim != 2:
        raise invalid(f"Expected Tensor shape: [batch_size num_classes] but got {_shape(array)}")
    if array.dtype != NUMPY[dtype]:
        given = types_pb2.DataType.Name(signature.outputs[name].dtype)
        raise invalid(f"Expected {name} Tensor of {types_pb2.DataType.Name(dtype)}. Got: {given}")
    if array.shape[0] != examples:
        raise invalid(f"Expected {name} output batch size of {examples}. Got: {array.shape[0]}")
    return array


def regress(signature: Signature, outputs: Arrays, examples: int) -> Any:
    """Makes a RegressionResult of what a signature gave.

    Args:
        signature: one that check_regress lets pass.
        outputs: its outputs.
        examples: how many were asked about.

    Raises:
        RequestError: the output is not of shape [examples] or [examples, 1], or not of float32.
    """
    array = outputs[OUTPUTS]
    if array.ndim != 1 and (array.ndim != 2 or array.shape[1] != 1):
        raise invalid(
            f"Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got {_shape(array)}"
        )
    if array.shape[0] != examples:
        raise invalid(f"Input batch size did not match output batch size: {examples} vs. {array.shape[0]}")
    if array.dtype != NUMPY[FLOAT]:
        given = types_pb2.DataType.Name(signature.outputs[OUTPUTS].dtype)
        raise invalid(f"Expected output Tensor of DT_FLOAT.  Got: {given}")
    result = regression_pb2.RegressionResult()
    for value in array.ravel().tolist():
        result.regressions.add().value = value
    return result


def _set(names: Iterable[str]) -> str:
    return f"{{{_list(names)}}}"


def _list(names: Iterable[str]) -> str:
    return ",".join(sorted(names))


def _described(signature: Signature) -> str:
    return f"inputs {_set(signature.inputs)}, outputs {_set(signature.outputs)}"


def _shape(array: np.ndarray) -> str:
    return f"[{','.join(map(str, array.shape))}]"
