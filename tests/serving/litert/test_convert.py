"""Every kind of feature and label for LiteRT: the same answers as the runner in C, which is proven on real models."""

from __future__ import annotations

import pytest

from serving.litert.convert import model
from serving.litert.runner import ask
from serving.litert.tensors import model_rows
from serving.plain import code, edge_cases, proof
from serving.plain.content import Content
from tests import litert
from tests.made_plain import ANSWERS, network, preprocess

MADE = preprocess()
ROWS = edge_cases.rows([], MADE)


@pytest.fixture(scope="module", params=list(ANSWERS))
def converted(request, tmp_path_factory):
    """The file for LiteRT, what its answers mean, and those of C."""
    folder, content = tmp_path_factory.mktemp("made"), network(MADE, request.param)
    file = folder / "model.tflite"
    file.write_bytes(model(MADE, content))
    return file, content["answer"], code.write(folder / "code", None, Content(None, {}, MADE, content), ROWS)["c"]


def test_it_answers_as_c_does(converted):
    file, answer, of_c = converted
    found = list(map(ask.load(str(file)), model_rows(MADE, ROWS)))
    assert proof.largest_difference("TensorFlow's LiteRT", answer, ROWS, of_c, found) < 1e-5


@litert.needs_litert
def test_so_does_litert_itself(converted):
    file, answer, of_c = converted
    found = litert.answers(file, model_rows(MADE, ROWS))
    assert proof.largest_difference("LiteRT", answer, ROWS, of_c, found) < 1e-5
