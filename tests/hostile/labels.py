"""Labels, each with the columns that it is made from, and labels that do not suit their columns."""

from __future__ import annotations

from random import Random

import pyarrow as pa
from hypothesis import strategies as st

from tests.hostile.columns import Column, rarely, toml_string

_BINARY = 'kind = "binary"\ncolumn = {0}\n'
_AUC = "auc = { min = 0.6 }"
_LEAST = {"binary": _AUC, "multiclass": _AUC, "regression": "r_squared = { min = 0.1 }"}

# A label as the config has it, the metric's threshold, Arrow's type of its column, and the cells of a good one.
_GOOD = (
    (_BINARY, "binary", pa.int64(), (0, 1)),
    (_BINARY + 'positive = "yes"\n', "binary", pa.string(), ("yes", "no")),
    (_BINARY + "positive = 7\n", "binary", pa.int64(), (7, 8)),
    (_BINARY + "above = 1.5\n", "binary", pa.float64(), (0.5, 2.0, 3.25)),
    ('kind = "regression"\ncolumn = {0}\nlog = true\n', "regression", pa.float64(), (0.0, 2.0, 3e38)),
    ('kind = "multiclass"\ncolumn = {0}\nclasses = ["red", "grün"]\n', "multiclass", pa.string(), ("red", "grün")),
    ('kind = "multiclass"\ncolumn = {0}\nclasses = [1, 2, 3]\n', "multiclass", pa.int64(), (1, 2, 3)),
    ('kind = "regression"\ncolumn = {0}\n', "regression", pa.float64(), (0.5, 2.0, 3.25)),
    ('kind = "regression"\ncolumn = {0}\n', "regression", pa.int64(), (10**6, 5)),
)
_RATIO = 'kind = "ratio_above"\nnumerator = {0}\ndenominator = {1}\nthreshold = 0.2\n'


@st.composite
def label(draw: st.DrawFn, columns: list[Column], rows: int, parquet: bool) -> tuple[str, list[Column]]:
    """Draws [label] and [release.overall] of a config, with the columns that `columns` has to have in addition."""
    text, task, type_, values = draw(st.sampled_from(_GOOD))
    if columns and draw(rarely):  # any column there is
        names = [toml_string(draw(st.sampled_from(columns)).name) for _ in range(2)]
        text, task = draw(st.sampled_from(((text, task), (_RATIO, "binary"))))
        return text.format(*names) + _release(task), []
    arrange, type_ = Random(draw(st.integers(0, 99))), type_ if parquet else None
    made = Column("y", type_, [arrange.choice(values) for _ in range(rows)], (), f"label of {values}")
    if rows and draw(rarely):
        made.values[rows // 2] = None
    if task == "regression" and draw(st.booleans()):
        second = Column("z", type_, [arrange.choice(values) for _ in range(rows)], (), "denominator")
        return _RATIO.format('"y"', '"z"') + _release("binary"), [made, second]
    return text.format('"y"') + _release(task), [made]


def _release(task: str) -> str:
    return f"[release.overall]\n{_LEAST[task]}\n"
