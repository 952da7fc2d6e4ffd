"""Rows as the files for LiteRT take them, and the description of their inputs."""

from __future__ import annotations

from serving.litert.tensors import DENSE, MODEL, described, model_rows
from turnstile.model_inputs import Columns

COLUMNS = Columns.model_validate(
    {
        "features": {
            "größe (cm)": {"kind": "numeric", "buckets": 4},
            "paid": {"kind": "boolean"},
            "note": {"kind": "text", "top_k": 50, "terms": 16},
            "remark": {"kind": "text", "top_k": 50, "terms": 8},
        },
        "label": {"kind": "binary", "column": "late", "positive": True},
    }
)
PREPROCESS = {
    "columns": [
        {"name": "größe (cm)", "input": "gr_e_cm", "type": "number"},
        {"name": "paid", "input": "paid", "type": "text"},
    ],
    "indices": [
        {"column": "größe (cm)", "kind": "bucket", "begin": 0},
        {"column": "paid", "kind": "boolean", "begin": 5},
    ],
    "texts": [{"terms": 16}, {"terms": 8}],
}


def test_rows_are_by_input_and_a_boolean_has_no_white_space_around_it():
    rows = [{"größe (cm)": 1.5, "paid": "\t yes\n"}, {"größe (cm)": None, "paid": None}]
    assert model_rows(PREPROCESS, rows) == [{"gr_e_cm": 1.5, "paid": "yes"}, {"gr_e_cm": None, "paid": None}]


def test_inputs_are_described_in_the_order_in_which_a_file_has_them():
    orders = {
        MODEL: {"inputs": ["paid", "gr_e_cm"], "outputs": ["label", "probability"]},
        DENSE: {"inputs": ["words", "numbers", "indices"], "outputs": ["probability", "label"]},
    }
    found = described(COLUMNS, PREPROCESS, orders)
    alias = COLUMNS.aliases["größe (cm)"]
    assert found["model.tflite"] == {
        "inputs": [
            {"input": "paid", "column": "paid", "type": "text", "trim": True},
            {"input": "gr_e_cm", "column": "größe (cm)", "type": "number", "trim": False},
        ],
        "outputs": ["label", "probability"],
    }
    assert found["dense.tflite"]["inputs"] == [
        {
            "input": "words",
            "values": [{"name": "note", "begin": 0, "terms": 16}, {"name": "remark", "begin": 16, "terms": 8}],
        },
        {"input": "numbers", "values": [alias, f"{alias} missing"]},
        {"input": "indices", "values": [{"name": f"{alias} bucket", "begin": 0}, {"name": "paid", "begin": 5}]},
    ]
    assert found["dense.tflite"]["outputs"] == ["probability", "label"]
