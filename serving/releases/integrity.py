"""Whether a version is still what was pushed: the one check of all who use it, and the one way to change its record."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from serving.releases import digests, release_record, signatures
from serving.releases.version_folders import GOING
from turnstile.errors import UsageError
from turnstile.files import flush
from turnstile.typed_command import typed

_NAMED = 5  # files that a message names


def check(version: Path, verify_with: str | None) -> None:
    """Refuses a version that is not what was pushed. It reads all of its files.

    A version without digests, pushed by hand or by an older Turnstile, is as good as one whose digests hold.

    Args:
        version: its folder.
        verify_with: the public key by which its signature must hold; None to ask for none.

    Raises:
        UsageError: a file was changed, added or removed, the signature does not hold, or a file cannot be read.
    """
    found, remedy = "", "Put back the files as they were pushed. Or take"
    try:
        found = _fault(version)
        if verify_with and not found:
            found, remedy = signatures.fault(version, verify_with), "Take"
    except OSError as error:
        found = f"{error.filename} cannot be read ({error.strerror})"
        remedy = "Give yourself the right to read it. Or take"
    if found:
        raise UsageError(
            f"{version}: {found}, so this version is not used. {remedy} another version ({typed('models')}), or push "
            f"one: {typed('run', '--no-cache')}"
        )


def intact(version: Path, verify_with: str | None) -> bool:
    """Returns whether `check` accepts a version."""
    try:
        check(version, verify_with)
    except UsageError:
        return False
    return True


def change_record(version: Path, record: dict[str, Any], sign_with: str | None, verify_with: str | None) -> None:
    """Replaces the record of a version, and its signature with it if it has one.

    Args:
        version: its folder.
        record: the new record, with the digests of the old one.
        sign_with: the private key for the new signature; None if there is none.
        verify_with: the public key by which the old signature must hold, as in `check`.

    Raises:
        UsageError: the version is not what was pushed, or there is no key for a new signature.
    """
    check(version, verify_with)
    signed = (version / signatures.FILE).exists()
    if signed and not sign_with:
        raise UsageError(
            f"{version}: is signed, and this changes its record, so it has to be signed again. Name the private key in "
            'the config, under [serving]: sign_with = "FILE"'
        )
    # The library signs folders, so a copy is signed: whoever reads the version meanwhile finds it whole.
    with tempfile.TemporaryDirectory(prefix=GOING, dir=version.parent) as aside:
        copy = Path(aside) / version.name
        shutil.copytree(version, copy)
        release_record.write(copy, record)
        if signed and sign_with:
            signatures.sign(copy, sign_with)
        for file in (release_record.FILE, *([signatures.FILE] if signed else [])):
            flush(copy / file)
            (copy / file).replace(version / file)


def _fault(version: Path) -> str:
    """Says in which files a version differs from its record; "" if it does not, or has none."""
    record = release_record.read(version)
    recorded = record.get(digests.KEY, {})
    if not isinstance(recorded, dict) or (not record and (version / release_record.FILE).exists()):
        return f"{release_record.FILE} was damaged"
    changed = digests.differences(version, recorded) if digests.KEY in record else []
    more = [f"and {len(changed) - _NAMED} more"] if len(changed) > _NAMED else []
    return ", ".join(changed[:_NAMED] + more)
