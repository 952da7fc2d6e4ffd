"""The copy of a serving folder in Cloud Storage, for servers elsewhere: whole versions first, models.config last.

The folder on this machine is the truth: a version appears there by a rename, and labels change under a lock. An object
store has neither. But one object is replaced as a whole, and who serves from the copy loads what its models.config
names. So that is written when all that it names is there; and only if it is this folder's own, and is as it was read.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.releases import model_config
from serving.releases.version_folders import is_version, version_folder, versions
from turnstile.errors import TurnstileError, UsageError
from turnstile.files import replace

if TYPE_CHECKING:
    from serving.releases.state import ReleaseFolder

# Seconds for which the first request is tried again; the client's own limit is two minutes, in which a command would
# seem to hang under the lock.
_RETRY_SECONDS = 15.0
# The file in a serving folder, and the word with an object, that say to which folder a copy belongs.
_ID, _OWNER = ".mirror", "turnstile-folder"


def update(where: ReleaseFolder, after: Any) -> None:
    """Copies what a models.config names, as far as it is not there, and then the file itself.

    Args:
        where: where the model's releases are, and their copy.
        after: what the models.config of the folder on this machine, which is locked, is about to be.

    Raises:
        UsageError: the copy is not this folder's, or a version is not in this folder.
        TurnstileError: the store does not answer, or says no; its models.config is what it was.
    """
    with _told(where):
        bucket, root = _bucket(where)
        name = f"{root}{model_config.NAME}"
        earlier, own = bucket.get_blob(name, retry=_retry()), _own_id(where)
        if earlier and (earlier.metadata or {}).get(_OWNER) != own:
            raise _another(where)
        for model in after.model_config_list.config:
            for number in model.model_version_policy.specific.versions:
                _copy(bucket, _folder(where, model.name, number), f"{root}{model.name}/{number}/")
        text = model_config.in_text(_seen_there(where, after))
        new = bucket.blob(name)
        new.metadata = {_OWNER: own}
        new.upload_from_string(text, if_generation_match=earlier.generation if earlier else 0)


def tidy(where: ReleaseFolder, config: Any) -> None:
    """Removes from the copy the versions of the model that are not on this machine any more.

    Args:
        where: where the model's releases are, and their copy.
        config: the models.config of the folder on this machine, which is locked; the copy's may be behind it.

    Raises:
        UsageError, TurnstileError: as `update`.
    """
    update(where, config)
    with _told(where):
        bucket, root = _bucket(where)
        here, above = {int(version.name) for version in versions(where.folder)}, f"{root}{where.name}/"
        for blob in list(bucket.list_blobs(prefix=above, retry=_retry())):
            number = blob.name.removeprefix(above).partition("/")[0]
            if is_version(number) and int(number) not in here:
                blob.delete()


def _bucket(where: ReleaseFolder) -> tuple[Any, str]:
    """Returns the bucket, and how the names of all objects of the copy begin."""
    from google.cloud import storage

    name, _, folder = str(where.mirror).removeprefix("gs://").partition("/")
    return storage.Client().bucket(name), f"{folder}/" if folder else ""


def _retry() -> Any:
    from google.cloud.storage.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(_RETRY_SECONDS)


def _seen_there(where: ReleaseFolder, config: Any) -> Any:
    """Returns a models.config whose versions are in the copy."""
    seen = model_config.ModelServerConfig()
    seen.CopyFrom(config)
    for model in seen.model_config_list.config:
        model.base_path = f"{where.mirror}/{model.name}"
    return seen


def _own_id(where: ReleaseFolder) -> str:
    """Returns a word that no other folder has; it is made once, and stays if a command is killed."""
    file = where.serving_dir / _ID
    if not file.exists():
        replace(file, uuid.uuid4().hex)
    return file.read_text()


def _another(where: ReleaseFolder) -> UsageError:
    return UsageError(
        f"{where.mirror}/{model_config.NAME}: was not written by {where.serving_dir}, so it was left as it is, and "
        "nothing was changed. Another serving folder is copied there, or somebody edited it. Choose another address "
        "(serving.mirror); or remove this object, and run the command again"
    )


def _folder(where: ReleaseFolder, name: str, number: int) -> Path:
    folder = version_folder(where.serving_dir / name, number)
    if not folder.is_dir():
        raise UsageError(
            f"{where.config_file}: names version {number} of {name}, which is not in {where.serving_dir}, so it cannot "
            f"be copied to {where.mirror}. Take it out of the file, or [serving] mirror out of the config"
        )
    return folder


def _copy(bucket: Any, folder: Path, above: str) -> None:
    """Uploads the files of a version that are not there, or are others."""
    there = {blob.name: blob.md5_hash for blob in bucket.list_blobs(prefix=above)}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = above + file.relative_to(folder).as_posix()
        if there.get(name) != _md5(file):
            bucket.blob(name).upload_from_filename(str(file), checksum="md5")


def _md5(file: Path) -> str:
    """Returns the MD5 of a file as Cloud Storage writes it."""
    with file.open("rb") as content:
        return base64.b64encode(hashlib.file_digest(content, "md5").digest()).decode()


@contextmanager
def _told(where: ReleaseFolder) -> Iterator[None]:
    """Says in words what the store said."""
    from google.api_core.exceptions import GoogleAPIError, PreconditionFailed
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except PreconditionFailed as error:
        raise TurnstileError(
            f"{where.mirror}/{model_config.NAME}: somebody else changed it meanwhile; nothing was changed. "
            "Run the command again"
        ) from error
    except (GoogleAPIError, GoogleAuthError, OSError) as error:  # the last, of the connection
        said = " ".join(str(error).split()).rstrip(".")
        raise TurnstileError(
            f"{where.mirror}: cannot be written ({said}); nothing was changed. Check the address, the network, and the "
            "credentials in the environment (docs/storage.md), and run the command again"
        ) from error
