"""Data that arrives by day: a run learns from the latest day, or from the one it is asked for, and says which.

Later it can be asked which versions learnt from which day.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import shutil
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.data_gate import references
from pipeline.commands.main import main
from pipeline.past import cleaning
from pipeline.run import folder
from pipeline.run.metadata_store import executions, opened
from serving.releases import release_record
from serving.releases.listing import data
from tests.e2e.conftest import Workspace
from tests.made_data import TRIPS
from tests.made_records import schema_faults
from turnstile.errors import UsageError

DAYS = ["2026-11-21", "2026-11-22", "2026-11-23"]
ROWS = 1800
BORROWED = ("Baseline", "WarmStart")  # whose models were made by an earlier run


class Daily(Workspace):
    """A workspace with a folder in which a file arrives every day."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.path = f"{folder}/trips/{{YYYY}}-{{MM}}-{{DD}}.csv"
        self.text = Path("configs/small.toml").read_text().replace("data/taxi/trips.csv", self.path)
        # Models of different days are to be pushed, whichever is the better.
        self.text = self.text.replace("min = 0.85, max_drop = 0.05", "min = 0.6")
        self.text = self.text.replace("[training]", "[training]\nwarm_start = true")
        self.results = []

    def arrives(self, day: str) -> None:
        """Writes a day's file: the header, and trips of its own."""
        first = DAYS.index(day) * ROWS
        with TRIPS.open() as source:
            lines = [next(source), *islice(source, first, first + ROWS)]
        (self.folder / "trips").mkdir(exist_ok=True)
        (self.folder / "trips" / f"{day}.csv").write_text("".join(lines))

    def learnt(self, **overrides):
        """Runs; returns how Trainer came to its model, the day of the examples, and the day in the record pushed."""
        result = self.run(self.text, **overrides)
        assert (result.error, result.exit_code) == (None, 0)
        found = executions(self.output / "small" / "metadata.db", result.run_id)
        span = found["ExampleGen"].outputs["Examples"].properties["span"]
        record = release_record.read(self.serving / "small" / str(result.pushed_version))
        assert data(record)[1] == record["data"]["date"]
        self.results.append(result)
        return found["Trainer"].state, _day(span), record["data"]["date"]

    @property
    def versions(self):
        """The versions that were pushed, in the order of the runs."""
        return [int(result.pushed_version) for result in self.results]

    def ask(self, *arguments, exit_code=0):
        """Does a command; returns the JSON that it prints."""
        where = ["--config", f"{self.folder}/config.toml", "--serving-dir", f"{self.serving}", "--json"]
        if arguments[0] not in ("gc", "models"):
            where += ["--output", f"{self.output}"]
        done = CliRunner().invoke(main, [*map(str, arguments), *where])
        assert done.exit_code == exit_code, done.output
        return json.loads(done.stdout) if exit_code == 0 else None

    def tree(self, asked):
        """Returns what `turnstile lineage` prints for people."""
        where = ["--config", f"{self.folder}/config.toml", "--serving-dir", f"{self.serving}", "--output"]
        return CliRunner().invoke(main, ["lineage", str(asked), *where, f"{self.output}"]).stdout

    def trained_on(self, file):
        """Returns the versions that were trained on a file, and how each was found."""
        return {each["version"]: each["found_by"] for each in self.ask("lineage", file)["versions"]}


def _day(span: int) -> str:
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=span))


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Daily:
    """Three days, and what was learnt in the order of the runs: of the second twice, the second time another model."""
    daily = Daily(tmp_path_factory.mktemp("daily"))
    daily.arrives(DAYS[0])
    daily.arrives(DAYS[1])
    assert daily.learnt() == ("done", DAYS[1], DAYS[1])
    assert daily.learnt(training__max_epochs=5) == ("done", DAYS[1], DAYS[1])
    assert daily.learnt(data__span=DAYS[0]) == ("done", DAYS[0], DAYS[0])
    daily.arrives(DAYS[2])
    assert daily.learnt() == ("done", DAYS[2], DAYS[2])
    assert daily.learnt(data__span=DAYS[0]) == ("cached", DAYS[0], DAYS[0])  # pushed again, for it is not the newest
    return daily


def test_a_day_that_is_not_there_is_told(daily):
    with pytest.raises(UsageError, match=f"no file for 2026-11-24 .* There are 3: {', '.join(DAYS)}"):
        daily.learnt(data__span="2026-11-24")


def test_a_days_file_leads_to_exactly_the_versions_that_were_trained_on_it_and_they_lead_to_it(daily):
    second, again, first, third, first_again = daily.versions
    files = [daily.folder / "trips" / f"{day}.csv" for day in DAYS]
    expected = [{first, first_again}, {second, again}, {third}]
    assert [set(daily.trained_on(file)) for file in files] == expected
    for day, file, versions in zip(DAYS, files, expected, strict=True):
        for version in versions:
            found = daily.ask("lineage", version)
            assert found | {"asked": ""} == daily.ask("lineage", found["model_dir"]) | {"asked": ""}
            (data,) = found["data"]
            digest = hashlib.blake2b(file.read_bytes(), digest_size=32).hexdigest()
            assert data["span"] == day
            span = (datetime.date.fromisoformat(day) - datetime.date(1970, 1, 1)).days
            told = {"path": str(file), "bytes": file.stat().st_size, "digest": digest, "span": span}
            assert data["files"] == [told]


def test_what_a_version_was_made_of_is_told_with_the_runs_that_made_it(daily):
    again = daily.results[1]
    found = daily.ask("lineage", daily.versions[1])
    runs = {each["type"]: each["run_id"] for each in found["artifacts"] if each["component"] not in BORROWED}
    assert (found["run_id"], found["labels"], found["exists"]) == (again.run_id, [], True)
    assert found["baseline_version"] == daily.versions[0]
    assert runs["PushedModel"] == runs["Model"] == again.run_id
    assert runs["Schema"] == runs["TransformGraph"] == daily.results[0].run_id  # from the cache
    assert Path(found["model_dir"]).is_dir()
    tree = daily.tree(daily.versions[1])
    assert f"version {daily.versions[1]} (no label)\n" in tree
    assert f"/{DAYS[1]}.csv (" in tree
    assert f"examples of {DAYS[1]} " in tree
    assert f"compared with version {daily.versions[0]}\n" in tree
    assert "trained on it: 2 versions" in daily.tree(daily.folder / "trips" / f"{DAYS[1]}.csv")


def test_a_model_begins_with_the_one_that_serves_but_not_with_one_of_the_same_rows(daily):
    records = [json.loads(Path(result.report).with_name("release.json").read_text()) for result in daily.results]
    assert [schema_faults(record) for record in records] == [[]] * 5
    stable = daily.versions[0]  # the others are canaries
    assert [record["training"]["started_from"] for record in records] == [
        *[{"version": None, "why_not": "no version serves yet"}] * 2,
        *[{"version": stable, "why_not": ""}] * 3,
    ]


def test_a_report_has_the_day_before_beside_the_days_own_rows(daily):
    sets = [re.findall(r"</svg> ([^<]*)</span>", Path(run.report).read_text()) for run in daily.results]
    assert [f"{day} train" in sets[3] for day in DAYS] == [False, True, False]
    assert not any(f"{day} train" in sets[2] for day in DAYS)  # before the first day, there is none


def test_a_file_is_known_by_its_content_and_one_that_changed_by_its_path(daily, tmp_path):
    second, again, *_ = daily.versions
    file = daily.folder / "trips" / f"{DAYS[1]}.csv"
    renamed = tmp_path / "renamed.csv"
    file.rename(renamed)
    assert daily.trained_on(renamed) == {second: "content", again: "content"}
    assert daily.trained_on(file) == {second: "path", again: "path"}  # not there any more
    file.write_text("something else")
    assert daily.trained_on(file) == {second: "path", again: "path"}
    (tmp_path / "other.csv").write_text("nobody read this")
    assert daily.trained_on(tmp_path / "other.csv") == {}
    renamed.rename(file)
    for wrong in (tmp_path / "nowhere.csv", "17", tmp_path):
        daily.ask("lineage", wrong, exit_code=2)


def test_the_history_has_each_run_with_what_came_of_it(daily):
    runs = daily.ask("history")["runs"]
    assert [run["run_id"] for run in runs] == [result.run_id for result in daily.results[::-1]]
    assert [run["version"] for run in runs] == daily.versions[::-1]
    assert [run["span"] for run in runs] == [DAYS[0], DAYS[2], DAYS[0], DAYS[1], DAYS[1]]
    assert {run["outcome"] for run in runs} == {"pushed"}
    assert [run["labels"] for run in (runs[0], runs[-1])] == [["canary"], ["stable"]]
    for run, result in zip(runs, daily.results[::-1], strict=True):
        interval = result.intervals["auc"]
        assert run["metric"] == {"name": "auc", "value": pytest.approx(result.metrics["auc"]), **interval}
        assert run["rows"] == ROWS
    assert daily.ask("history", "--last", 2, "--outcome", "pushed", "--since", "2026-01-01")["runs"] == runs[:2]
    assert daily.ask("history", "--outcome", "refused")["runs"] == daily.ask("history", "--since", "2999-01-01")["runs"]


def test_each_day_is_compared_with_the_one_before_and_not_with_later_ones(daily):
    found = [
        json.loads((daily.output / "small" / "runs" / r.run_id / "release.json").read_text()) for r in daily.results
    ]
    assert [{each["against"] for each in record["data_gate"]["distances"]} for record in found] == [
        set(), set(), set(), {f"span {DAYS[1]}", f"span {DAYS[0]}"}, set()
    ]  # fmt: skip
    distances = found[3]["data_gate"]["distances"]
    assert {each["column"] for each in distances} == {
        "fare", "trip_miles", "trip_seconds", "trip_start_hour", "payment_type"
    }  # fmt: skip
    assert {(each["kind"], each["split"], each["verdict"]) for each in distances} == {("drift", "train", "within")}
    assert all(each["value"] < each["limit"] == 0.1 for each in distances)
    (note,) = found[0]["gates"][0]["notes"]
    assert note == "There is nothing to compare the data with yet: no earlier span has passed DataGate before."


def test_nothing_is_removed_beside_a_run_nor_where_the_versions_cannot_be_seen(daily):
    with folder.exclusive(daily.config(daily.text)):
        daily.ask("clean", "--keep-runs", 1, exit_code=2)
    aside = daily.serving.rename(daily.folder / "aside")
    daily.ask("clean", "--keep-runs", 1, exit_code=2)
    aside.rename(daily.serving)
    daily.ask("clean", exit_code=2)  # which runs to keep, was not said
    assert daily.ask("clean", "--keep-runs", 1, "--older-than", 1)["removed"] == []


def test_clean_removes_what_no_version_needs_and_every_command_goes_on(daily, monkeypatch):
    second, _, _, third, first_again = daily.versions
    daily.ask("gc", "--keep", 1)
    planned = daily.ask("clean", "--keep-runs", 1, "--dry-run")
    assert planned["removed"] == [result.run_id for result in daily.results[1:4]]
    before = sizes(daily.output)
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr("turnstile.folders.shutil.rmtree", _killed_at_the_third())
        cleaning.clean(daily.config(daily.text), 1)
    rest = daily.ask("clean", "--keep-runs", 1)
    after = sizes(daily.output)
    assert 0 < rest["bytes"] < planned["bytes"] == sum(before.values()) - sum(after.values())
    assert daily.ask("clean", "--keep-runs", 1)["bytes"] == 0
    for version in (second, first_again):
        assert all(artifact["exists"] for artifact in daily.ask("lineage", version)["artifacts"])
    assert daily.trained_on(daily.folder / "trips" / f"{DAYS[2]}.csv") == {third: "content"}  # it is not forgotten
    assert {run["version"] for run in daily.ask("history")["runs"]} == {second, first_again}
    assert {version["version"] for version in daily.ask("models")["versions"]} == {second, first_again}
    compared_with = references.passed(opened(daily.output / "small" / "metadata.db"), "small.DataGate")
    assert {_day(each.span) for each in compared_with} == set(DAYS)  # though the run of the last is removed
    assert daily.learnt(data__span=DAYS[0]) == ("cached", DAYS[0], DAYS[0])
    assert daily.learnt() == ("done", DAYS[2], DAYS[2])  # no answer from what was removed


def test_a_day_whose_fares_are_in_cents_has_drifted_and_stops(daily):
    header, *rows = (daily.folder / "trips" / f"{DAYS[2]}.csv").read_text().splitlines()
    at = header.split(",").index("fare")
    cents = [[*row[:at], str(100 * float(row[at])), *row[at + 1 :]] for row in (row.split(",") for row in rows)]
    tomorrow = daily.folder / "trips" / "2026-11-24.csv"
    tomorrow.write_text("\n".join([header, *map(",".join, cents)]) + "\n")
    result = daily.run(daily.text, data_gate__allow=["fare:FLOAT_TYPE_BIG_FLOAT"])  # which would stop it as well
    tomorrow.unlink()
    assert result.exit_code == 11
    (gate,) = result.gates
    (reason,) = gate.reasons
    assert reason.startswith(f"column 'fare' has drifted: its distance from span {DAYS[2]} is ")
    record = json.loads((daily.output / "small" / "runs" / result.run_id / "release.json").read_text())
    moved = {each["column"]: each for each in record["data_gate"]["distances"] if each["against"] == f"span {DAYS[2]}"}
    assert moved["fare"]["value"] > 0.5 > moved["fare"]["limit"] == 0.1
    assert {name: each["verdict"] for name, each in moved.items() if each["verdict"] != "within"} == {"fare": "refused"}


def sizes(root):
    """The size of each file below a folder, but for ML Metadata's."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != "metadata.db")
    return {path: path.stat().st_size for path in files}


def _killed_at_the_third():
    calls, rmtree = [], shutil.rmtree

    def removed(path, **options):
        if "tmp" not in Path(path).name:
            calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt
        rmtree(path, **options)

    return removed
