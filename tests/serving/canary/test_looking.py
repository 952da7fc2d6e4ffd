"""A log, outcomes and labels in, a look out: which rows count, by which bound, and that looks agree with each other."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from serving.ab.arms import CANARY, STABLE
from serving.canary import in_words
from serving.canary.acting import act
from serving.canary.looking import facts, look
from serving.releases import release_record
from serving.releases.control import promote, rollback
from serving.releases.state import read
from tests import made_logs
from tests.made_canaries import LATER, NEW, OLD, asked, two_arms
from turnstile.errors import UsageError

EARLIER = "2001-01-01T00:00:00.000+00:00"


def verdict(where, question):
    return look(where, question).judgement.verdict


def test_a_canary_is_judged_by_the_bound_that_its_release_had(tmp_path):
    where = two_arms(tmp_path, max_rise=0.2)
    found = look(where, asked(tmp_path, 1000, noise=0.5))
    assert (found.metric, found.judgement.margin, found.judgement.verdict) == ("log_loss", 0.2, "promote")
    again = asked(tmp_path / "again", 1000, noise=0.5, margin=0.0)
    assert verdict(where, again) == "wait"
    assert verdict(two_arms(tmp_path / "free", max_rise=None), again) == "wait"


def test_a_metric_with_a_bound_is_taken_before_a_finer_one_without(tmp_path):
    where = two_arms(tmp_path)
    record = {"thresholds": {"overall": {"accuracy": {"max_drop": 0.3}}}}
    release_record.write(where.folder / str(NEW), record)
    found = look(where, asked(tmp_path, 1000, noise=0.5))
    assert (found.metric, found.judgement.margin, found.judgement.verdict) == ("accuracy", 0.3, "promote")
    assert 0.2 < found.judgement.losses[STABLE] < 0.4, "the share of wrong answers"


def test_rows_of_other_versions_and_from_before_do_not_count(tmp_path):
    where, question = two_arms(tmp_path), asked(tmp_path, 150, noise=0.5)
    rows = [
        made_logs.asked("a", CANARY, {"probability": 0.5}, version=9, time=LATER),
        made_logs.asked("b", CANARY, {"probability": 0.5}, version=NEW, time=EARLIER),
        made_logs.asked("c", STABLE, {"probability": 0.5}, version=NEW, time=LATER),
        made_logs.asked("d", STABLE, {"probability": 0.5}, version=OLD, time=LATER, model="other"),
        made_logs.asked("e", STABLE, {"probability": 0.5}, version=None, time=LATER),  # REST does not say
    ]
    made_logs.log(Path(question.logs[0]), rows)
    with Path(question.outcomes).open("a") as file:
        file.writelines(json.dumps({"id": key, "paid": 1}) + "\n" for key in "abcde")
    found = look(where, question)
    assert found.judgement.outcomes == {STABLE: 151, CANARY: 150}
    assert found.others == {"rows_of_others": 4, "young_rows": 0}
    assert "4 rows of other versions, or from before" in "\n".join(in_words.lines(found))


def test_what_is_found_does_not_depend_on_the_order_of_files_rows_and_outcomes(tmp_path):
    where, question = two_arms(tmp_path), asked(tmp_path, 400, noise=0.8)
    log, outcomes = Path(question.logs[0]), Path(question.outcomes)
    first = look(where, question).judgement
    for seed, file in enumerate((log, outcomes)):
        lines = file.read_text().splitlines(keepends=True)
        random.Random(seed).shuffle(lines)
        file.write_text("".join(lines))
    halves = log.read_text().splitlines(keepends=True)
    log.write_text("".join(halves[:300]))
    (tmp_path / "more").write_text("".join(halves[300:]))
    both = type(question)(logs=[str(tmp_path / "more"), str(log)], outcomes=question.outcomes, key="id", outcome="paid")
    found = look(where, both).judgement
    assert found.outcomes == first.outcomes
    assert found.difference.value == pytest.approx(first.difference.value)
    assert found.difference.low == pytest.approx(first.difference.low)


def test_a_key_that_asks_again_keeps_its_first_answer(tmp_path):
    where, question = two_arms(tmp_path), asked(tmp_path, 150, noise=0.5)
    before = look(where, question).judgement
    again = made_logs.asked("canary0", CANARY, {"probability": 0.001}, version=NEW, time=LATER.replace("2999", "3000"))
    made_logs.log(Path(question.logs[0]), [again])
    assert look(where, question).judgement == before


def test_requests_whose_outcome_may_still_come_are_not_counted(tmp_path):
    where = two_arms(tmp_path)
    found = look(where, asked(tmp_path, 150, noise=0.5, settle_hours=24.0))
    assert found.judgement.outcomes == {STABLE: 0, CANARY: 0}
    assert found.others["young_rows"] == 300


def test_before_the_first_outcome_it_waits_and_shows_what_the_keys_are_like(tmp_path):
    where, question = two_arms(tmp_path), asked(tmp_path, 5, noise=0.5)
    Path(question.outcomes).write_text("")
    found = look(where, question)
    assert found.judgement.verdict == "wait"
    assert "the keys of the log are like stable0, stable1, stable2" in in_words.why(found)
    Path(question.logs[0]).write_text("")
    assert verdict(where, question) == "wait"


@pytest.mark.parametrize("label", [CANARY, STABLE])
def test_without_two_arms_there_is_nothing_to_decide(tmp_path, label):
    question, where = asked(tmp_path, 5, noise=0.5), two_arms(tmp_path)
    promote(where, OLD if label == CANARY else NEW, label)
    found = look(where, question)
    assert (found.judgement, act(where, found)) == (None, None)
    assert "there is no canary" in in_words.lines(found)[0]


def test_a_metric_that_does_not_suit_and_a_file_that_is_not_there_are_told(tmp_path):
    where = two_arms(tmp_path)
    with pytest.raises(UsageError, match=r"--metric absolute_error: does not suit .*; suiting: log_loss, accuracy"):
        look(where, asked(tmp_path, 5, noise=0.5, metric="absolute_error"))
    with pytest.raises(UsageError, match=r"none\.jsonl: cannot be read"):
        look(where, asked(tmp_path / "b", 5, noise=0.5, outcomes=str(tmp_path / "none.jsonl")))


# Acting.


@pytest.mark.parametrize(("noise", "labels"), [(0.0, {STABLE: NEW, CANARY: NEW}), (3.0, {STABLE: OLD, CANARY: OLD})])
def test_what_is_decided_is_done_once_with_its_evidence(tmp_path, noise, labels):
    where, question = two_arms(tmp_path, max_rise=0.1), asked(tmp_path, 1500, noise=noise)
    looked = look(where, question)
    act(where, looked)
    state = read(where)
    assert state.labels == labels
    entry = state.entries[-1]
    assert entry.evidence == json.loads(json.dumps(facts(looked)))
    assert entry.evidence["files"][0]["path"] == question.logs[0]
    assert len(entry.evidence["files"][1]["sha256"]) == 64
    assert "at all looks together" in entry.why
    assert act(where, look(where, question)) is None
    assert read(where).entries == state.entries


def test_a_look_at_other_labels_does_nothing(tmp_path):
    where, question = two_arms(tmp_path), asked(tmp_path, 1500, noise=3.0)
    looked = look(where, question)
    promote(where, NEW)  # a person was faster
    with pytest.raises(UsageError, match="stable was 1 and is 2: somebody moved it meanwhile"):
        act(where, looked)
    rollback(where)


def test_a_canary_that_was_left_undecided_is_not_promoted_without_a_person(tmp_path):
    where, question = two_arms(tmp_path, max_rise=0.1), asked(tmp_path, 1500, noise=0.0)
    folder = where.folder / str(NEW)
    undecided = [{"gate": "Evaluator", "verdict": "undecided"}]
    release_record.write(folder, release_record.read(folder) | {"gates": undecided})
    looked = look(where, question)
    assert looked.judgement.verdict == "promote"
    assert f"turnstile override {NEW} --why REASON" in looked.held
    assert act(where, looked) is None
    assert read(where).labels == {STABLE: OLD, CANARY: NEW}
