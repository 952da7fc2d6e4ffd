"""While stages run, Beam inspects each method once, and finds what it finds without that; then all is as before."""

from __future__ import annotations

import sys

import apache_beam as beam
from apache_beam.transforms import core, userstate

from pipeline.run.stages import remembering, stages

COUNT = beam.DoFn.StateParam(userstate.CombiningValueStateSpec("count", combine_fn=sum))


class Counted(beam.DoFn):
    def process(self, element, count=COUNT):
        yield element, count.read()


class Added(beam.DoFn):
    def __init__(self, number):
        self.number = number

    def process(self, element, window=beam.DoFn.WindowParam, times=2):
        yield (element + self.number) * times

    def add(self, element):
        return element + self.number


FUNCTIONS = [lambda element, times=3: [element] * times, Added(1).add]
FNS = [Counted(), Added(1), Added(2), *map(core.CallableWrapperDoFn, FUNCTIONS)]


def found():
    """What Beam finds of each method and each state of some DoFns, asked twice."""
    names = ("process", "start_bundle", "finish_bundle")
    arguments = [core.get_function_arguments(fn, name) for fn in FNS * 2 for name in names]
    return arguments, [userstate.get_dofn_specs(fn) for fn in FNS * 2]


def test_beam_finds_the_same():
    before, functions = found(), (core.get_function_args_defaults, sys.argv)
    with stages():
        assert core.get_function_args_defaults is not functions[0]
        assert found() == before
    assert (core.get_function_args_defaults, sys.argv) == functions


def test_a_method_is_inspected_once_and_what_is_no_method_each_time():
    asked = []

    def inspect(function):
        asked.append(function)
        return ["element"], []

    arguments = remembering(inspect)
    for fn in (Added(1), Added(2), Counted()):
        arguments(fn.process)[0].append("changed by the caller")
        assert arguments(fn.process) == (["element"], [])
    arguments(abs)
    arguments(abs)
    assert len(asked) == 4
