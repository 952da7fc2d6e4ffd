"""Makes preprocess.json: what Transform's graph does with a row, feature by feature.

docs/plain-code.md describes its keys.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from serving.plain.learned import Learned
from serving.plain.numbers import finite, shortest
from turnstile.columns import BOOLEANS, BYTES_A_TERM
from turnstile.model_inputs import Columns, missing_index, model_inputs
from turnstile.vocabulary_files import read_vocabularies, read_words

FORMAT = 1  # of both files; a runner reads one only
TYPES = {"string": "text", "int64": "integer", "float": "number"}  # a column's, by the dtype of its input of `raw`


def preprocess(columns: Columns, learned: Learned, dtypes: Mapping[str, str], assets: Path) -> dict[str, Any]:
    """Returns the content of preprocess.json.

    Args:
        columns: features and label.
        learned: the constants of Transform's graph.
        dtypes: of each input of `raw`, by its alias.
        assets: the folder of the vocabularies.

    Raises:
        UsageError: the graph is not one that this release makes, or a constant is no number.
    """
    alias = columns.aliases
    return {
        "format": FORMAT,
        "columns": [
            {"name": name, "input": alias[name], "type": TYPES[dtypes[alias[name]]]} for name in columns.features
        ],
        "numbers": _numbers(columns, learned),
        "times": _times(columns, learned),
        "indices": _placed(columns, [*_buckets(columns, learned), *_named(columns, assets)]),
        "texts": [
            {
                "column": name,
                "words": [word.decode() for word in read_words(assets, alias[name])],
                "ngrams": text.ngrams,
                "terms": text.terms,
                "bytes": BYTES_A_TERM * text.terms,
            }
            for name, text in columns.texts().items()
        ],
    }


def _scores(learned: Learned, dtype: type, width: int) -> Iterator[dict[str, float]]:
    """Yields the mean and the standard deviation of each z-score of a dtype: of numbers float32, of times float64."""
    if not width:
        return
    scope = r"scale_to_z_score(?:_(\d+))?"
    (mean,), (variance,) = (learned.handed_to(f"{scope}/{operation}", dtype) for operation in ("sub", "Sqrt"))
    finite("the means and variances of the features", mean, variance)
    for middle, deviation in zip(mean, np.sqrt(variance), strict=True):
        yield {"mean": shortest(middle), "deviation": shortest(deviation)}


def _numbers(columns: Columns, learned: Learned) -> list[dict[str, Any]]:
    numeric = columns.numeric()
    scores = _scores(learned, np.float32, len(numeric))
    return [
        {"column": name, "log": feature.log, **score}
        for (name, feature), score in zip(numeric.items(), scores, strict=True)
    ]


def _times(columns: Columns, learned: Learned) -> list[dict[str, Any]]:
    times = columns.times()
    scores = list(_scores(learned, np.float64, 2 * len(times)))
    pairs = zip(scores[::2], scores[1::2], strict=True)
    return [
        {"column": name, "unit": feature.unit, "year": year, "time": time}
        for (name, feature), (year, time) in zip(times.items(), pairs, strict=True)
    ]


def _buckets(columns: Columns, learned: Learned) -> Iterator[dict[str, Any]]:
    found = learned.handed_to(r"apply_buckets(?:_(\d+))?/assign_buckets/Reshape_1")
    for (name, buckets), boundaries in zip(columns.bucketized().items(), found, strict=True):
        finite(f"the boundaries of the buckets of column '{name}'", boundaries)
        yield {"column": name, "kind": "bucket", "boundaries": shortest(boundaries), "missing": buckets}


def _named(columns: Columns, assets: Path) -> Iterator[dict[str, Any]]:
    vocabularies = columns.vocabularies()
    words = read_vocabularies(assets) if vocabularies else []
    for (name, named), known in zip(vocabularies.items(), words, strict=True):
        sizes = {"top_k": named.top_k, "oov_buckets": named.oov_buckets, "missing": missing_index(named)}
        yield {"column": name, "kind": "vocabulary", "words": [word.decode() for word in known], **sizes}
    for name, whole in columns.categorical().items():
        yield {"column": name, "kind": "categorical", "size": whole.size, "missing": missing_index(whole)}
    for name, boolean in columns.booleans().items():
        words_of = {"yes": list(BOOLEANS[True]), "no": list(BOOLEANS[False])}
        yield {"column": name, "kind": "boolean", **words_of, "missing": missing_index(boolean)}


def _placed(columns: Columns, made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Says of each index at which row of the table of embeddings its own rows begin."""
    sizes = model_inputs(columns).indices.values()
    begins = itertools.accumulate(sizes, initial=0)
    return [{**index, "begin": begin} for index, begin in zip(made, list(begins)[:-1], strict=True)]
