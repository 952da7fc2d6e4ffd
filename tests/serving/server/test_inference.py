"""What a signature may be asked, and its outputs as classifications and regressions, in TensorFlow Serving's words."""

import math

import numpy as np
import pytest

from serving.model.protos import example_pb2, inference_pb2, input_pb2
from serving.model.request_error import INVALID_ARGUMENT, UNIMPLEMENTED, RequestError
from serving.server import inference
from tests.made_signatures import MadeSignature

RAW = MadeSignature({"fare": "float", "company": "string", "hour": "int64"}, {"label": "int64", "probability": "float"})
RIGHT = {
    "fare": np.zeros(1, np.float32),
    "company": np.array([b""], object),
    "hour": np.zeros(1, np.int64),
}


def refusal(function, *arguments, code=INVALID_ARGUMENT):
    with pytest.raises(RequestError) as caught:
        function(*arguments)
    assert caught.value.code == code
    return caught.value.message


def test_the_inputs_of_the_signature_pass():
    inference.check_predict_inputs(RAW, RIGHT)
    inference.check_predict_inputs(RAW, dict(reversed(RIGHT.items())))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["fare"], "input size does not match signature: 1!=3 len({fare}) != len({company,fare,hour}). Sent extra: {}. "
         "Missing but required: {company,hour}."),
        ([], "input size does not match signature: 0!=3 len({}) != len({company,fare,hour}). Sent extra: {}. Missing "
         "but required: {company,fare,hour}."),
        (["fare", "company", "hour", "b", "a"], "input size does not match signature: 5!=3 len({a,b,company,fare,hour})"
         " != len({company,fare,hour}). Sent extra: {a,b}. Missing but required: {}."),
        (["fare", "age"], "input size does not match signature: 2!=3 len({age,fare}) != len({company,fare,hour}). Sent "
         "extra: {age}. Missing but required: {company,hour}."),
        (["fare", "company", "age"], "Signature input alias: hour(feed name: hour:0) not found in request and no "
         "default value provided. Inputs expected to be in the request {age,company,fare}, or default input alias "
         "set: "),
    ],
)  # fmt: skip
def test_missing_and_unexpected_inputs_are_named(names, message):
    inputs = {name: RIGHT.get(name, np.zeros(1)) for name in names}
    assert refusal(inference.check_predict_inputs, RAW, inputs) == message


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("fare", np.zeros(1, np.int64), "Expects arg[1] to be float but int64 is provided"),
        ("fare", np.zeros(1, np.float64), "Expects arg[1] to be float but double is provided"),
        ("company", np.zeros(1, np.float32), "Expects arg[0] to be string but float is provided"),
        ("hour", np.array([b"1"], object), "Expects arg[2] to be int64 but string is provided"),
    ],
)
def test_an_input_of_another_dtype_is_refused(name, array, message):
    assert refusal(inference.check_predict_inputs, RAW, RIGHT | {name: array}) == message


def test_an_input_that_no_array_is_for_is_refused():
    signature = MadeSignature({"x": "11"})
    message = refusal(inference.check_predict_inputs, signature, {"x": np.zeros(1, np.float32)})
    assert message == "Expects arg[0] to be qint8 but float is provided"


def test_the_output_filter():
    assert inference.check_output_filter(RAW, []) is None
    assert inference.check_output_filter(RAW, ["label"]) == ["label"]
    assert refusal(inference.check_output_filter, RAW, ["label", "scores"]) == (
        "output tensor alias not found in signature: scores Outputs expected to be in the set {label,probability}."
    )
    assert refusal(inference.check_output_filter, RAW, ["label", "label"]) == "duplicate output tensor alias: label"


def example(**values):
    made = example_pb2.Example()
    for name, value in values.items():
        made.features.feature[name].float_list.value.append(value)
    return made


def merged(given):
    found = [example_pb2.Example.FromString(data) for data in inference.examples_of(given)]
    return [{name: f.float_list.value[0] for name, f in e.features.feature.items()} for e in found]


def test_the_examples_of_an_input():
    given = input_pb2.Input()
    given.example_list.examples.extend([example(x=1), example(), example(y=2)])
    assert merged(given) == [{"x": 1}, {}, {"y": 2}]


def test_the_context_is_part_of_each_example():
    given = input_pb2.Input()
    given.example_list_with_context.context.CopyFrom(example(c=5, x=0))
    given.example_list_with_context.examples.extend([example(x=1), example(y=2)])
    assert merged(given) == [{"c": 5, "x": 1}, {"c": 5, "x": 0, "y": 2}]


def test_an_input_without_examples_is_refused():
    only_context = input_pb2.Input()
    only_context.example_list_with_context.context.CopyFrom(example(c=5))
    empty = input_pb2.Input()
    empty.example_list.SetInParent()
    for given in (input_pb2.Input(), only_context, empty):
        assert refusal(inference.examples_of, given) == "Input is empty."


CLASSIFIER = MadeSignature({"inputs": "string"}, {"classes": "string", "scores": "float"})
REGRESSOR = MadeSignature({"inputs": "string"}, {"outputs": "float"})
SERIALIZED = {"inputs": "string"}
NO_INPUTS = "No {} inputs found in SignatureDef: inputs {{examples}}, outputs {{{}}}"


def test_signatures_that_classify_and_regress():
    inference.check_classify(CLASSIFIER)
    inference.check_classify(MadeSignature(SERIALIZED, {"scores": "float"}))
    inference.check_classify(MadeSignature(SERIALIZED, {"classes": "string", "more": "float"}))
    inference.check_regress(REGRESSOR)


@pytest.mark.parametrize(
    ("check", "inputs", "outputs", "message"),
    [
        (inference.check_classify, {"inputs": "string", "x": "string"}, {"scores": "float"},
         "Expected one input Tensor."),
        (inference.check_classify, SERIALIZED, {}, "Expected one or two output Tensors, found 0"),
        (inference.check_classify, SERIALIZED, dict.fromkeys("abc", "float"),
         "Expected one or two output Tensors, found 3"),
        (inference.check_classify, {"examples": "string"}, {"scores": "float"},
         NO_INPUTS.format("classification", "scores")),
        (inference.check_classify, SERIALIZED, {"probability": "float"}, 'Expected classification signature outputs '
         'to contain at least one of "classes" or "scores". Signature was: inputs {inputs}, outputs {probability}'),
        (inference.check_regress, {}, {"outputs": "float"}, "Expected one input Tensor."),
        (inference.check_regress, SERIALIZED, {"outputs": "float", "x": "float"}, "Expected one output Tensor."),
        (inference.check_regress, {"examples": "string"}, {"outputs": "float"},
         NO_INPUTS.format("regression", "outputs")),
        (inference.check_regress, SERIALIZED, {"value": "float"},
         "No regression outputs found in SignatureDef: inputs {inputs}, outputs {value}"),
    ],
)  # fmt: skip
def test_other_signatures_are_refused(check, inputs, outputs, message):
    assert refusal(check, MadeSignature(inputs, outputs)) == message


SCORES = np.array([[0.25, 0.75], [1, 0]], np.float32)
LABELS = np.array([[b"a", b"b"], ["ü".encode(), b"\xff"]], object)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"classes": LABELS, "scores": SCORES}, [[("a", 0.25), ("b", 0.75)], [("ü", 1), ("�", 0)]]),
        ({"scores": SCORES}, [[("", 0.25), ("", 0.75)], [("", 1), ("", 0)]]),
        ({"classes": LABELS[:, :1]}, [[("a", 0)], [("ü", 0)]]),
        ({"scores": np.zeros((2, 0), np.float32)}, [[], []]),
    ],
)
def test_classifications(outputs, expected):
    dtypes = {"classes": "string", "scores": "float"}
    signature = MadeSignature(SERIALIZED, {name: dtypes[name] for name in outputs})
    result = inference.classify(signature, outputs, 2)
    assert [[(c.label, c.score) for c in found.classes] for found in result.classifications] == expected


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"scores": SCORES[0]}, "Expected Tensor shape: [batch_size num_classes] but got [2]"),
        ({"classes": LABELS.reshape(2, 2, 1)}, "Expected Tensor shape: [batch_size num_classes] but got [2,2,1]"),
        ({"scores": SCORES[:1]}, "Expected scores output batch size of 2. Got: 1"),
        ({"classes": LABELS[:1]}, "Expected classes output batch size of 2. Got: 1"),
        ({"scores": SCORES[:, :1]}, "Tensors class and score should match in dim_size(1). Got 2 vs. 1"),
    ],
)
def test_outputs_that_are_no_classification_are_refused(outputs, message):
    given = {"classes": LABELS, "scores": SCORES} | outputs
    assert refusal(inference.classify, CLASSIFIER, given, 2) == message


def test_outputs_of_other_dtypes_are_no_classification():
    signature = MadeSignature(SERIALIZED, {"classes": "int64", "scores": "double"})
    message = refusal(inference.classify, signature, {"classes": np.zeros((1, 1), int), "scores": SCORES[:1]}, 1)
    assert message == "Expected classes Tensor of DT_STRING. Got: DT_INT64"
    outputs = {"classes": LABELS[:1], "scores": np.zeros((1, 2))}
    message = refusal(inference.classify, signature, outputs, 1)
    assert message == "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE"


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_regressions(shape):
    values = np.array([0.5, -1, math.inf], np.float32).reshape(shape)
    result = inference.regress(REGRESSOR, {"outputs": values}, 3)
    assert [found.value for found in result.regressions] == [0.5, -1, math.inf]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((), np.float32), "to be either [batch_size] or [batch_size, 1] but got []"),
        (np.zeros((2, 2), np.float32), "to be either [batch_size] or [batch_size, 1] but got [2,2]"),
        (np.zeros(3, np.float32), "Input batch size did not match output batch size: 2 vs. 3"),
    ],
)
def test_outputs_that_are_no_regression_are_refused(array, message):
    assert refusal(inference.regress, REGRESSOR, {"outputs": array}, 2).endswith(message)


def test_outputs_of_another_dtype_are_no_regression():
    signature = MadeSignature(SERIALIZED, {"outputs": "int64"})
    message = refusal(inference.regress, signature, {"outputs": np.zeros(2, int)}, 2)
    assert message == "Expected output Tensor of DT_FLOAT.  Got: DT_INT64"


CLASSIFY, REGRESS = inference.CLASSIFY_METHOD, inference.REGRESS_METHOD


def tasks(*given):
    request = inference_pb2.MultiInferenceRequest()
    for name, signature, method in given:
        task = request.tasks.add(method_name=method)
        task.model_spec.name, task.model_spec.signature_name = name, signature
    return request.tasks


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "ModelSpec has no name specified."),
        ([("", "a", CLASSIFY)], "Found ModelSpec with an empty model name."),
        ([("m", "a", CLASSIFY), ("n", "b", CLASSIFY)],
         "All ModelSpecs in a MultiInferenceRequest must access the same model name."),
        ([("m", "a", CLASSIFY), ("m", "a", REGRESS)], "Duplicate evaluation of signature: a"),
        ([("m", "", CLASSIFY), ("m", "serving_default", REGRESS)],
         "Duplicate evaluation of signature: serving_default"),
    ],
)  # fmt: skip
def test_tasks_that_contradict_each_other_are_refused(given, message):
    assert refusal(inference.check_tasks, tasks(*given)) == message


def test_other_methods_are_not_supported():
    given = tasks(("m", "a", "tensorflow/serving/predict"))
    message = refusal(inference.check_tasks, given, code=UNIMPLEMENTED)
    assert message == "Unsupported signature method_name: tensorflow/serving/predict"


def test_tasks_of_one_model_pass():
    inference.check_tasks(tasks(("m", "a", CLASSIFY), ("m", "b", REGRESS)))
