"""The signature of a version, by OpenSSF model signing with a key pair of one's own: no network is asked.

It covers every file of the version but itself, and so the record with its digests. The library takes a second to
import, so only those who have a key import it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnstile.errors import UsageError
from turnstile.files import flush

if TYPE_CHECKING:
    from serving.settings import ServingConfig

FILE = Path("assets.extra") / "model.sig"  # in the version
PRIVATE, PUBLIC = "private.pem", "public.pem"
_CURVES = ("secp256r1", "secp384r1", "secp521r1")  # those that model signing knows
_MAKE = "Make a key pair: turnstile key new"


def new_pair(folder: Path) -> tuple[Path, Path]:
    """Makes a key pair on the curve P-256; returns the files of the private and the public key.

    Raises:
        UsageError: there is a key already, or the folder cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    files = folder / PRIVATE, folder / PUBLIC
    if there := next((file for file in files if file.exists()), None):
        raise UsageError(
            f"{there}: is there already, and a key is never overwritten. Name another folder: --dir FOLDER"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text, mode in zip(files, (private, public), (0o600, 0o644), strict=True):
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as handle:
                handle.write(text)
            flush(file)
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: cannot be written ({error.strerror})") from error
    return files


def check_keys(serving: ServingConfig) -> None:
    """Checks the keys of a config whose run pushes here.

    Raises:
        UsageError: a key is not there or is none, or what this run pushes would be refused.
    """
    private = _private_key(serving.sign_with) if serving.sign_with else None
    public = public_key(serving.verify_with) if serving.verify_with else None
    if not public:
        return
    if not private:
        raise UsageError(
            "serving.verify_with: without a signature, the version that this run pushes would be refused. "
            f'Name the private key too: sign_with = "FILE"; or remove verify_with. {_MAKE}'
        )
    if private.public_key().public_numbers() != public.public_numbers():
        raise UsageError(
            f"serving.verify_with: {serving.verify_with} does not belong to {serving.sign_with} (serving.sign_with), "
            "so what this run pushes would be refused. Name the two keys of one pair"
        )


def _private_key(file: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return _key("serving.sign_with", "private", file, lambda data: load_pem_private_key(data, password=None))


def public_key(file: str) -> Any:
    """Reads serving.verify_with; raises UsageError if it is not there, or not a public key."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return _key("serving.verify_with", "public", file, load_pem_public_key)


def _key(name: str, kind: str, file: str, load: Any) -> Any:
    try:
        key = load(Path(file).read_bytes())
        usable = key.curve.name in _CURVES
    except OSError as error:
        raise UsageError(f"{name}: {file}: cannot be read ({error.strerror}). {_MAKE}") from error
    except Exception:  # text that is no key, another kind of key, a passphrase: each raises an error of its own class
        usable = False
    if not usable:
        raise UsageError(
            f"{name}: {file}: expected the {kind} key of an elliptic curve (P-256, P-384 or P-521), as PEM without a "
            f"passphrase. {_MAKE}"
        )
    return key


def sign(version: Path, private_key: str) -> None:
    """Writes the signature of a version that is complete; what changes in it afterwards is found by `fault`.

    Raises:
        UsageError: the key is not there, or is none.
    """
    _private_key(private_key)
    from model_signing import signing

    config = signing.Config().use_elliptic_key_signer(private_key=private_key)
    config.set_hashing_config(_hashing()).sign(version, version / FILE)


def fault(version: Path, verify_with: str) -> str:
    """Says why the signature of a version does not hold; "" if it does.

    Raises:
        UsageError: the key is not there, or is none.
    """
    public_key(verify_with)
    if not (version / FILE).exists():
        return "has no signature, and serving.verify_with asks for one"
    from model_signing import verifying

    config = verifying.Config().use_elliptic_key_verifier(public_key=verify_with)
    try:
        config.set_hashing_config(_hashing()).verify(version.resolve(), version / FILE)
    except Exception as error:  # its bytes may be of any kind
        if "Key mismatch" in str(error):
            return f"was signed with another key than that of serving.verify_with, {verify_with}"
        return f"{FILE} is not the signature of these files: one of them was changed, or the signature itself"
    return ""


def _hashing() -> Any:
    from model_signing import hashing

    return hashing.Config().set_ignored_paths(paths=[FILE], ignore_git_paths=False)
