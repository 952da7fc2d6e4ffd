"""How good a model is, for its card: metrics with intervals, overall and by slice, gaps between slices, limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.card.part import NONE, Part, interval, number, short
from components.evaluator.metrics.slices import OVERALL
from components.evaluator.settings import ReleaseConfig
from turnstile.gates import EVALUATOR
from turnstile.metrics import COUNT

Record = Mapping[str, Any]

_SLICES = 100  # that the card shows, the largest; the record has all


def overall(record: Record) -> Part:
    """Returns each metric on all eval rows, with its interval, the serving version's, and the bounds on it."""
    served = record.get("baseline_version")
    intervals, differences, baseline = (record.get(key) or {} for key in ("intervals", "differences", "baseline"))
    rows = [
        (
            name,
            number(value),
            interval(intervals.get(name)),
            number(baseline.get(name)),
            interval(differences.get(name)),
            "; ".join(_bound(bound) for bound in _bounds(record, name)) or NONE,
        )
        for name, value in record["metrics"].items()
    ]
    share = f"{100 * _release(record).confidence:g} %"
    compared = f"version {served}, which served then" if served is not None else "no version, for none served then"
    return Part(
        title="How good it is",
        paragraphs=[
            f"Measured on {number(record['metrics'].get(COUNT))} eval rows, which it has not learned from. "
            f"{share} of such intervals have the true value in them. It was compared with {compared}.",
        ],
        header=("metric", "value", "interval", "served then", "difference", "bounds"),
        rows=rows,
    )


def by_slice(record: Record) -> Part:
    """Returns the metrics that decide, in each slice."""
    slices, names = record.get("slices") or [], _deciding(record)
    shown = slices[:_SLICES]
    more = [f"The {_SLICES} largest of {len(slices):,} slices are shown."] if len(slices) > len(shown) else []
    if not slices:
        more = ["The config asks for no slices: write slices under [release]."]
    return Part(
        title="How good it is, by slice",
        paragraphs=more,
        header=("slice", "rows", *names) if slices else (),
        rows=[(short(each["slice"]), number(each["rows"]), *(_cell(each, name) for name in names)) for each in shown],
    )


def gaps(record: Record) -> Part:
    """Returns how far the slices of each column are apart, of those that are large enough to be judged."""
    least = _release(record).min_slice_size
    rows = list(_gap_rows(record, least))
    said = (
        "For each column, the slices with the lowest and the highest value. "
        f"Slices of fewer than {least} rows are left out; a gap may be due to chance where the intervals overlap."
    )
    return Part(
        title="Fairness: how far slices are apart",
        paragraphs=[said if rows else f"There are no two slices of one column with {least} rows or more."],
        header=("column", "metric", "lowest", "highest", "gap", "bound") if rows else (),
        rows=rows,
    )


def limits(record: Record) -> Part:
    """Returns what the run could not tell, or let through with a warning."""
    said = [line for gate in record["gates"] for key in ("reasons", "warnings", "notes") for line in gate.get(key, [])]
    least = _release(record).min_slice_size
    small = sum(each["rows"] < least for each in record.get("slices") or [])
    items = [f"Slices of fewer than {least} eval rows, on which no bound was judged: {small:,}."] if small else []
    if word := record.get("override"):
        items.append(f"{word['who']} released it in spite of {word['gate']}: {word['why']}")
    verdict = next((gate["verdict"] for gate in record["gates"] if gate["gate"] == EVALUATOR.id), "none")
    return Part(
        title="Limits",
        paragraphs=[
            f"Evaluator's verdict was: {verdict}. The eval rows are of the same files as those that it learned "
            "from, so the numbers hold for rows like these, and say nothing of data that has changed since.",
        ],
        items=[*items, *said],
    )


def _release(record: Record) -> ReleaseConfig:
    slices = ((record.get("config") or {}).get("release") or {}).get("slices") or []
    return ReleaseConfig.model_validate({**record["thresholds"], "slices": slices})


def _bounds(record: Record, metric: str, where: str = OVERALL) -> list[Mapping[str, Any]]:
    return [each for each in record.get("bounds") or [] if (each["metric"], each["slice"]) == (metric, where)]


def _bound(bound: Mapping[str, Any]) -> str:
    kinds = {"min": "at least", "max": "at most", "max_drop": "drop at most", "max_rise": "rise at most"}
    return f"{kinds.get(bound['kind'], 'at most')} {bound['limit']:g}: {bound['verdict']}"


def _deciding(record: Record) -> list[str]:
    """The metrics that bounds are on; all, if no bound was judged."""
    bounded = {each["metric"] for each in record.get("bounds") or []} - {COUNT}
    return [name for name in record["metrics"] if name != COUNT and (name in bounded or not bounded)]


def _cell(each: Mapping[str, Any], metric: str) -> str:
    found = each["intervals"].get(metric)
    return number(each["metrics"].get(metric)) + (f" ({interval(found)})" if found else "")


def _gap_rows(record: Record, least: int) -> Iterator[tuple[str, ...]]:
    large = [each for each in record.get("slices") or [] if each["rows"] >= least]
    for columns in _release(record).slice_columns:
        of_column = [each for each in large if each["columns"] == [*columns]]
        for metric in _deciding(record):
            known = [each for each in of_column if each["metrics"].get(metric) is not None]
            if len(known) < 2:
                continue
            low, *_, high = sorted(known, key=lambda each: each["metrics"][metric])
            bounds = [_bound(each) for each in _bounds(record, metric, columns[0]) if each["kind"] == "gap"]
            yield (
                short(", ".join(columns)),
                metric,
                f"{short(low['slice'])}: {_cell(low, metric)}",
                f"{short(high['slice'])}: {_cell(high, metric)}",
                number(high["metrics"][metric] - low["metrics"][metric]),
                "; ".join(bounds) or NONE,
            )
