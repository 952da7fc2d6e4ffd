"""What an engine says when it gives a job up is told in a sentence, and what others say is left to them."""

import grpc
import pytest

from pipeline.engine_faults import in_a_sentence

STACK = """Pipeline job-003 failed in state FAILED: bundle inst002 stage-037 failed:Traceback (most recent call last):
  File "sdk_worker.py", line 311, in _execute
    response = task()
ValueError: trips.csv: no such column

"""


class Away(grpc.RpcError):
    def details(self):
        return "Connection refused"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError(STACK), "the engine has given the job up: ValueError: trips.csv: no such column. Type the"),
        (RuntimeError("Pipeline job-003 failed in state CANCELLED: "), "given the job up: it does not say why. Type"),
        (Away(), "the engine does not answer any more: Connection refused. Type the command again"),
    ],
)
def test_a_job_that_was_given_up_is_told_in_a_sentence(error, words):
    assert words in in_a_sentence(error)
    assert "\n" not in in_a_sentence(error)


def test_what_no_engine_has_said_is_left_as_it_is():
    assert in_a_sentence(RuntimeError("the label is missing")) is None
