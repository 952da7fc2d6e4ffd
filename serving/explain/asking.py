"""`turnstile explain`: rows in, explanations out, from a model server, the serving folder, or any exported model."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple

from serving.asking import routed_rows
from serving.asking.job import Job
from serving.asking.predict import rows_progress, tell_absent
from serving.asking.routed_rows import Route
from serving.client.base import Client, ModelSpec, RawSignature, RefusedError
from serving.client.concurrent_calls import in_order
from serving.client.connect import Options, connect, fetch_signature
from serving.client.offline import OfflineClient
from serving.client.retries import Retries
from serving.explain import background
from serving.explain.explained import Explained, Row
from serving.explain.explaining import ROWS_OF_A_REQUEST, Explainer
from serving.explain.settings import Settings
from serving.rows import reading
from serving.rows.reading import Arrays
from serving.settings import Served
from turnstile.aliases import columns_of
from turnstile.errors import UsageError


class _Model:
    """The model that is asked, and from the first answer on the version that gave it.

    Labels may move meanwhile: one explanation is made of many answers, which must be those of one version.
    """

    def __init__(self, client: Client, spec: ModelSpec, signature: RawSignature, retries: Retries):
        self.spec = spec
        self._client, self._signature, self._retries = client, signature, retries

    def __call__(self, rows: Arrays) -> Arrays:
        try:
            answer = self._retries(lambda: self._client.predict(self.spec, rows, self._signature))
        except RefusedError as error:
            raise routed_rows.advised(error) from error
        if self.spec.version is None and answer.version is not None:
            self.spec = replace(self.spec, version=answer.version, label=None)
        return answer.outputs


def explain(
    job: Job, settings: Settings, options: Options, config: Callable[[], Served], most: int | None = None
) -> Explained:
    """Explains the rows of a file.

    Args:
        job: the file, and how to send its rows.
        settings: how to explain them.
        options: whom to ask.
        config: reads the pipeline's config.
        most: how many rows to explain, from the first on; all of them if None.

    Raises:
        UsageError: the file, the background or an option is wrong, or the model answers nothing that can be explained.
        UnavailableError: no answer came, however often a request was sent.
        RefusedError: the model refused to answer.
    """
    with job.rows() as rows:
        client, spec = connect(options, config)
        with closing(client), rows_progress(job, rows, waits=True) as progress:
            if most:
                progress.portion = lambda done: done / most
            retries = Retries(job.retries, progress.note)
            signature = fetch_signature(client, spec, retries)
            compared = _background(job, settings, client, spec, signature)
            model = _Model(client, spec, signature, retries)
            at_a_time = job.batch_rows if options.online else job.batch or ROWS_OF_A_REQUEST
            explainer = Explainer(model, signature, compared, settings, at_a_time)

            def explained(asked: _Asked) -> Row:
                return Row(asked.given(), explainer(asked.arrays))

            wanted = tell_absent(itertools.islice(rows, most), [Route(spec, signature)], progress.note)
            found = []
            for row in in_order(explained, _asked(wanted, signature, job.decimal), client.max_concurrent):
                found.append(row)
                progress.done()
    if not found:
        raise UsageError(routed_rows.NO_ROWS)
    return Explained(
        model=model.spec, scale=explainer.scale, settings=settings, compared=explainer.compared, rows=found
    )


def _background(job: Job, settings: Settings, client: Client, spec: ModelSpec, signature: RawSignature) -> Arrays:
    if settings.background:
        how = (job.null_values, job.dialect)
        return background.of_file(settings.background, signature.inputs, settings.compared, *how)
    if isinstance(client, OfflineClient):
        return background.recorded(client.folder(spec), signature.inputs)
    raise UsageError(f"{client.address}: a server does not tell which rows a version carries. {background.GIVE_ONE}")


class _Asked(NamedTuple):
    """A row as the model takes it.

    Attributes:
        names: what the file calls each input of the model.
        arrays: an array of shape [1] for each input.
    """

    names: Sequence[str]
    arrays: Arrays

    def given(self) -> dict[str, Any]:
        """Returns the values by the names of the file, as JSON has them."""
        values = (reading.written_values(array)[0] for array in self.arrays.values())
        return dict(zip(self.names, values, strict=True))


def _asked(rows: Iterator[reading.Row], signature: RawSignature, decimal: str) -> Iterator[_Asked]:
    for number, row in enumerate(rows, start=1):
        columns = columns_of(tuple(signature.inputs), tuple(row))
        names = [columns.get(name, name) for name in signature.inputs]
        values = reading.to_values(row, signature.inputs, number, decimal)
        yield _Asked(names, reading.stack([values], signature.inputs))
