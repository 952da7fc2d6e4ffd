"""What `turnstile models` says of a version, from its record."""

from __future__ import annotations

import pytest

from serving.releases.listing import data


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
