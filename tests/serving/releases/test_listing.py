"""What `turnstile models` says of a version, from its record."""

from __future__ import annotations

import pytest

from serving.releases.listing import data, gates


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"path": "trips.csv", "span": 0, "rows": {"train": 4000, "eval": 1000}}, ["trips.csv", "5,000 rows"]),
        (
            {"path": "{YYYY}-{MM}-{DD}.csv", "span": 20780, "date": "2026-11-23", "rows": {"train": 4, "eval": 1}},
            ["{YYYY}-{MM}-{DD}.csv", "2026-11-23", "5 rows"],
        ),
        ({"path": "{SPAN}.csv", "span": 7}, ["{SPAN}.csv", "span 7"]),
        ({"path": "{SPAN}-{VERSION}.csv", "span": 7, "version": 3}, ["{SPAN}-{VERSION}.csv", "span 7"]),
        ({"path": "trips.csv"}, ["trips.csv"]),
        (None, [""]),
    ],
)
def test_what_a_version_was_trained_on(found, expected):
    assert data({"data": found}) == expected


def test_who_overrode_a_gate_stands_beside_the_gates_that_let_the_version_through():
    word = {"gate": "Evaluator", "verdict": "refused", "who": "ada@host", "why": "known drift"}
    said = [{"gate": "DataGate", "warnings": ["odd"]}, {"gate": "Evaluator"}]
    assert gates({"gates": said, "override": word}) == [
        "DataGate, 1 warning",
        "Evaluator (refused), overridden by ada@host: known drift",
    ]
