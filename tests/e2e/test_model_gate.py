"""Models that must not be released, and slices that may or may not stop one."""

from __future__ import annotations

import csv
import json
import random
import shutil

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from serving.releases import release_record, state
from tests.e2e.conftest import tree
from tests.made_records import schema_faults


def rewritten(trips, path, change):
    """Copies the trips with `change` applied to the list of rows."""
    with trips.open(newline="") as source:
        rows = list(csv.DictReader(source))
    with path.open("w", newline="") as target:
        writer = csv.DictWriter(target, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(change(rows))
    return path


def shuffled_labels(rows):
    """Tips dealt out anew: nothing that is learned from them holds."""
    tips = [row["tips"] for row in rows]
    random.Random(0).shuffle(tips)
    return [row | {"tips": tip} for row, tip in zip(rows, tips, strict=True)]


def one_hour(rows):
    """The same hour everywhere: a model that sees nothing else can only give one answer."""
    return [row | {"trip_start_hour": "12"} for row in rows]


def only(small, feature):
    head, rest = small.split("[features]\n")
    return f"{head}[features]\n{feature}\n[training]{rest.split('[training]')[1]}"


@pytest.fixture
def serving_before(workspace, trained):
    """What serves already, in another folder than it was trained for."""
    shutil.copytree(trained[0].serving, workspace.serving)
    return tree(workspace.serving)


def test_a_model_of_shuffled_labels_is_refused(workspace, serving_before, small, trips, tmp_path):
    data = rewritten(trips, tmp_path / "shuffled.csv", shuffled_labels)
    result = workspace.run(small, data__path=str(data))
    assert (result.exit_code, result.blessed, result.pushed_version) == (10, False, None)
    assert result.gates[1].gate == "Evaluator"
    # Such a model may also predict one class only, which is a reason of its own, before this one.
    assert result.gates[1].reasons[-1].startswith("auc (overall) is 0.")
    assert tree(workspace.serving) == serving_before
    a_person_may_override_it(workspace, result)


def a_person_may_override_it(workspace, refused):
    """In writing; and that what Evaluator said stays in the record of the version."""
    served = ["--config", str(workspace.folder / "config.toml"), "--serving-dir", str(workspace.serving), "--json"]

    def turnstile(*arguments):
        typed = [*served, *(["--output", str(workspace.output)] if arguments[0] == "override" else [])]
        done = CliRunner().invoke(main, [*arguments, *typed], catch_exceptions=False)
        return done.exit_code, json.loads(done.stdout) if done.exit_code == 0 else done.output

    code, unknown = turnstile("override", "no-such-run", "--why", "known drift")
    assert (code, "has no run 'no-such-run'" in unknown) == (2, True)
    code, done = turnstile("override", refused.run_id, "--why", "known drift")
    assert (code, done["action"], list(done["changed"])) == (0, "override", ["canary"])
    version, before = turnstile("models")[1]["versions"]
    assert (version["version"], version["labels"], version["run_id"]) == (done["version"], ["canary"], refused.run_id)
    assert version["metrics"]["auc"] == pytest.approx(refused.metrics["auc"])
    assert version["override"]["why"] == "known drift"
    assert version["override"]["reasons"] == refused.gates[1].reasons
    record = release_record.read(workspace.serving / "small" / str(version["version"]))
    assert (schema_faults(record), record["outcome"], record["training"]["epochs"] == []) == ([], "pushed", False)
    assert record["data"]["files"][0]["path"].endswith("shuffled.csv")
    assert {gate["gate"]: gate["passed"] for gate in version["gates"]} == {
        "DataGate": True,
        "Evaluator": False,
        "ServingValidator": True,
    }
    code, again = turnstile("override", refused.run_id, "--why", "again")
    assert (code, f"its model is version {version['version']}" in again) == (2, True)
    code, passed = turnstile("override", str(before["version"]), "--why", "again")
    assert (code, "nothing to override" in passed) == (2, True)


def test_a_model_that_always_gives_the_same_answer_is_refused(workspace, serving_before, small, trips, tmp_path):
    data = rewritten(trips, tmp_path / "one_hour.csv", one_hour)
    constant = only(small, 'trip_start_hour = { kind = "categorical", size = 24 }')
    least = constant.replace("auc = { min = 0.85, max_drop = 0.05 }", "auc = { min = 0.5001 }")
    result = workspace.run(least, data__path=str(data))
    assert result.exit_code == 10
    assert result.metrics["auc"] == pytest.approx(0.5, abs=1e-6)
    assert result.gates[1].reasons[0].startswith("the model finds none of the ")
    assert result.metrics["accuracy"] > 0.7  # the majority class: an accuracy that looks like something
    assert tree(workspace.serving) == serving_before


PER_SLICE = '\n[[release.per_slice]]\nslice = "payment_type"\nmetric = "{metric}"\nmin = {least}\n'


def test_slices_are_judged_if_they_are_large_enough_and_there(pushed, small):
    workspace, _ = pushed
    # Of the payment types only Cash and Credit Card have 60 examples, and the others fewer than 50.
    counted = small + PER_SLICE.format(metric="example_count", least=60)
    passed = workspace.run(counted)
    assert (passed.error, passed.exit_code) == (None, 0)

    refused = workspace.run(counted.replace("min_slice_size = 50", "min_slice_size = 1"))
    assert refused.exit_code == 10
    assert {reason.split(" is ")[0] for reason in refused.gates[1].reasons} >= {
        "example_count (payment_type=No Charge)",
        "example_count (payment_type=Unknown)",
    }

    accurate = small + PER_SLICE.format(metric="accuracy", least=0.9)
    refused = workspace.run(accurate)
    assert [reason.split(" is ")[0] for reason in refused.gates[1].reasons] == ["accuracy (payment_type=Credit Card)"]
    assert workspace.run(accurate + 'value = "Cash"\n').exit_code == 0

    # The hour 25 exists neither in the data nor, being a number, in a list of the schema.
    never = '\n[[release.per_slice]]\nslice = "trip_start_hour"\nmetric = "accuracy"\nmin = 0.5\nvalue = 25\n'
    missing = workspace.run(small + never)
    assert missing.exit_code == 10
    assert missing.gates[1].reasons == ["there is no example of the slice trip_start_hour=25 to judge"]


def test_what_the_rows_cannot_tell_is_canary_only_until_a_person_says_otherwise(pushed, small):
    workspace, first = pushed
    where = state.release_folder(workspace.config(small).serving, "small")
    stable = state.read(where).labels["stable"]
    about_as_good = small.replace("min = 0.85", f"min = {first.metrics['auc']:.3f}")
    result = workspace.run(about_as_good.replace("max_epochs = 6", "max_epochs = 5"))
    assert (result.exit_code, result.blessed, result.gates[1].verdict) == (0, True, "undecided")
    assert state.read(where).labels == {"canary": int(result.pushed_version), "stable": stable}
    served = ["--config", str(workspace.folder / "config.toml"), "--serving-dir", str(workspace.serving)]

    def turnstile(*arguments):
        done = CliRunner().invoke(main, [*arguments, result.pushed_version, *served], catch_exceptions=False)
        return done.exit_code, done.output

    code, refusal = turnstile("promote")
    assert (code, "Evaluator could not tell whether it is good enough" in refusal) == (2, True)
    assert turnstile("override", "--why", "tried by hand")[0] == 0
    assert turnstile("promote")[0] == 0
    assert state.read(where).labels["stable"] == int(result.pushed_version)
