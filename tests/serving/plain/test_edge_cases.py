"""The rows at which runners are tried: every column missing, and whatever its features can be confused by."""

from __future__ import annotations

from serving.plain.edge_cases import rows

PREPROCESS = {
    "columns": [
        {"name": "fare", "input": "fare", "type": "number"},
        {"name": "hour", "input": "hour", "type": "integer"},
        {"name": "company", "input": "company", "type": "text"},
        {"name": "when", "input": "when", "type": "text"},
    ],
    "numbers": [],
    "times": [{"column": "when", "unit": None}],
    "indices": [
        {"column": "fare", "kind": "bucket", "boundaries": [4.05]},
        {"column": "hour", "kind": "categorical", "size": 24},
        {"column": "company", "kind": "vocabulary", "words": ["Flash Cab"]},
    ],
    "texts": [],
}


def values(column: str) -> list:
    ordinary = {"fare": -1.25, "hour": -77, "company": "ordinary", "when": "2001-01-01"}
    return [row[column] for row in rows([ordinary], PREPROCESS) if row[column] != ordinary[column]]


def test_a_number_is_missing_huge_negative_and_on_and_beside_a_boundary():
    near = [value for value in values("fare") if value and abs(value - 4.05) < 1e-5]
    assert (len(near), len(set(near)), near == sorted(near)) == (3, 3, True)
    assert {None, 0.0, -3.5, 1e6} <= set(values("fare"))


def test_an_integer_is_at_the_edges_of_its_size_and_of_its_type():
    assert {None, -1, 23, 24, 25, 2**63 - 1, -(2**63) + 1} <= set(values("hour"))


def test_text_is_known_unknown_and_a_date_that_is_none():
    assert {None, "", "Flash Cab", "Never seen"} <= set(values("company"))
    assert {"2015-02-29", "9999-12-31", "2015-03-01T12:30:00Z"} <= set(values("when"))
    assert "2015-02-29" not in values("company")


def test_without_recorded_rows_the_others_are_missing():
    assert {"fare": 0.0, "hour": None, "company": None, "when": None} in rows([], PREPROCESS)
