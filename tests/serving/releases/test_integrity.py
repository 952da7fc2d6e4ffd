"""A version that is not what was pushed is refused by all who would use it, and what was refused is said in words."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from serving.releases import digests, model_config, release_record, signatures
from serving.releases.control import override, promote, retire, rollback
from serving.releases.listing import listing
from serving.releases.state import read
from serving.server import loading
from serving.server.version_states import END, States
from tests.made_versions import sealed, taxi, versions
from turnstile.errors import UsageError

DATA, WORDS = "variables/variables.data-00000-of-00001", "assets/words"
USERS = ("promote", "rollback", "predict", "serve")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return signatures.new_pair(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def other_keys(tmp_path_factory):
    return signatures.new_pair(tmp_path_factory.mktemp("others"))


class Place:
    """Three versions, signed; 2 is stable, and a rollback leads to 1, which a test changes."""

    def __init__(self, folder, keys, monkeypatch):
        self.folder, self.keys, self.version = folder, keys, folder / "taxi" / "1"
        versions(folder, 1, 2, 3)
        for number in (1, 2, 3):
            version = folder / "taxi" / str(number)
            (version / DATA).write_bytes(b"weights %d" % number)
            (version / "assets").mkdir()
            (version / WORDS).write_text("cash\ncredit\n")
            sealed(version, keys[0])
        promote(taxi(folder), 1)
        promote(taxi(folder), 2)
        (folder / "rows.jsonl").write_text("{}\n")
        monkeypatch.setattr(loading, "Servable", lambda name, number, folder: _Loaded())

    def use(self, user, verify_with=None):
        """Uses version 1; returns why it is refused, "" if it is not."""
        if user == "serve":
            return self._serve(verify_with)
        words = {
            "promote": ["promote", "1"],
            "rollback": ["rollback"],
            "predict": ["predict", str(self.folder / "rows.jsonl"), "--version", "1"],
        }[user]
        config, before = self.folder / "taxi.toml", read(taxi(self.folder)).config
        key = f'verify_with = "{verify_with}"' if verify_with else ""
        config.write_text(f'name = "taxi"\n[serving]\ndir = "{self.folder}"\nreload_seconds = 0\n{key}\n')
        found = CliRunner().invoke(main, [*words, "--config", str(config)])
        if "so this version is not used" not in found.output:
            assert user == "predict" or found.exit_code == 0, found.output  # there is no model in it to ask
            return ""
        assert found.exit_code == 2
        assert read(taxi(self.folder)).config == before
        return found.output

    def _serve(self, verify_with):
        states = States()
        loader = loading.Loader(states, lambda: None, verify_with)
        loader.get("taxi", 1, self.folder / "taxi")
        loader.wait()
        loaded = loader.get("taxi", 1, self.folder / "taxi")
        status = states.of("taxi")[1]
        assert (loaded is None) == (status.state == END) == bool(status.error)
        return status.error


class _Loaded:
    warmed_up = 0


@pytest.fixture
def place(tmp_path, keys, monkeypatch):
    return Place(tmp_path, keys, monkeypatch)


def flip_a_byte(version):
    content = bytearray((version / DATA).read_bytes())
    content[3] ^= 1
    (version / DATA).write_bytes(content)


def damage_the_record(version):
    text = (version / release_record.FILE).read_text()
    (version / release_record.FILE).write_text(text[: len(text) // 2])


TAMPERINGS = {
    f"{DATA} was changed": flip_a_byte,
    f"{WORDS} was changed": lambda version: (version / WORDS).write_text("cash\ncredit card\n"),
    f"{WORDS}.1 was added": lambda version: (version / f"{WORDS}.1").write_text(""),
    "lib was added": lambda version: (version / "lib").symlink_to(version / "variables"),
    "variables/variables.index is missing": lambda version: (version / "variables" / "variables.index").unlink(),
    "assets.extra/release.json was damaged": damage_the_record,
}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("words", TAMPERINGS)
def test_a_changed_version_is_refused(place, user, words):
    TAMPERINGS[words](place.version)
    assert f"{place.version}: {words}, so this version is not used" in place.use(user)


def changed_with_its_record(place):
    flip_a_byte(place.version)
    record = release_record.read(place.version)
    release_record.write(place.version, record | {digests.KEY: digests.of(place.version)})


def with_the_signature_of_another(place):
    shutil.copy(place.folder / "taxi" / "2" / signatures.FILE, place.version / signatures.FILE)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (changed_with_its_record, "assets.extra/model.sig is not the signature of these files"),
        (with_the_signature_of_another, "assets.extra/model.sig is not the signature of these files"),
        (lambda place: (place.version / signatures.FILE).write_text("{}"), "assets.extra/model.sig is not the sig"),
        (lambda place: (place.version / signatures.FILE).unlink(), "has no signature, and serving.verify_with asks"),
        (lambda place: flip_a_byte(place.version), f"{DATA} was changed"),
    ],
)
def test_what_a_signature_tells(place, user, tamper, words):
    tamper(place)
    refusal = place.use(user, place.keys[1])
    assert words in refusal
    assert ("Put back the files" in refusal) == (words == f"{DATA} was changed")  # no file makes a signature good


@pytest.mark.parametrize("user", USERS)
def test_a_signature_by_another_key_is_refused(place, user, other_keys):
    assert f"was signed with another key than that of serving.verify_with, {other_keys[1]}" in place.use(
        user, other_keys[1]
    )


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("signed", [True, False])
def test_what_was_not_changed_is_used_also_under_another_number(place, user, signed):
    shutil.rmtree(place.version)
    shutil.copytree(place.folder / "taxi" / "3", place.version)
    assert place.use(user, place.keys[1] if signed else None) == ""


@pytest.mark.parametrize("user", USERS)
def test_a_version_without_digests_is_used_unless_a_key_is_named(place, user):
    release_record.write(place.version, {"run_id": "of an older Turnstile"})
    (place.version / signatures.FILE).unlink()
    assert "has no signature" in place.use(user, place.keys[1])
    assert place.use(user) == ""


def test_models_shows_which_version_would_be_refused(place):
    def states(verify_with=None):
        where = dataclasses.replace(taxi(place.folder), verify_with=verify_with)
        return {found.version: found.state for found in listing(where, read(where))}

    (place.folder / "taxi" / "3" / signatures.FILE).unlink()
    assert states() == {1: "standby", 2: "stable", 3: "pushed"}
    flip_a_byte(place.version)
    assert states() == {1: "standby, not as pushed", 2: "stable", 3: "pushed"}
    assert states(str(place.keys[1]))[3] == "pushed, not as pushed"


def undecided(version, private_key):
    gates = [{"gate": "Evaluator", "verdict": "undecided"}]
    release_record.write(version, release_record.read(version) | {"gates": gates})
    signatures.sign(version, private_key)


def test_a_person_s_word_in_the_record_is_signed_too(place):
    private, public = map(str, place.keys)
    where, third = taxi(place.folder), place.folder / "taxi" / "3"
    undecided(third, private)
    with pytest.raises(
        UsageError, match=r"3: is signed, .* has to be signed again\. Name the private key .* sign_with"
    ):
        override(where, 3, "canary", "known drift")
    assert "override" not in release_record.read(third)
    where = dataclasses.replace(where, sign_with=private, verify_with=public)
    override(where, 3, "canary", "known drift")
    assert release_record.read(third)["override"]["why"] == "known drift"
    promote(where, 3)
    assert [path.name for path in where.folder.glob(".*")] == []


def test_no_word_of_a_person_makes_a_changed_version_good(place):
    private, public = map(str, place.keys)
    undecided(place.version, private)
    changed_with_its_record(place)
    where = dataclasses.replace(taxi(place.folder), sign_with=private, verify_with=public)
    with pytest.raises(UsageError, match="so this version is not used"):
        override(where, 1, "canary", "known drift")
    assert signatures.fault(place.version, public)


def test_a_changed_version_can_be_left_and_taken_out(place):
    rollback(taxi(place.folder))
    flip_a_byte(place.version)
    promote(taxi(place.folder), 3)
    assert retire(taxi(place.folder), 1).after == {"stable": 3}
    assert model_config.labels(read(taxi(place.folder)).config, "taxi") == {"stable": 3}
