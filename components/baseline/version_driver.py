"""Looks up a pushed version before the cache is asked, so that no answer is older than the last promotion."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.dsl.components.base import base_driver
from tfx.orchestration import metadata
from tfx.orchestration.portable import base_driver as portable_driver
from tfx.orchestration.portable import data_types
from tfx.proto.orchestration import driver_output_pb2

_NONE = -1  # the driver's word for "no version": it can only give an integer, and 0 is a version


class VersionDriver(base_driver.BaseDriver, portable_driver.BaseDriver):
    """Gives a version to the executor as a parameter, which TFX makes part of the cache's key.

    Attributes:
        PARAMETER: the name of that parameter.
    """

    PARAMETER: ClassVar[str]

    def __init__(self, connection: metadata.Metadata):
        base_driver.BaseDriver.__init__(self, connection)
        portable_driver.BaseDriver.__init__(self, connection)

    @staticmethod
    def look_up(input_dict: dict, exec_properties: dict[str, Any]) -> int | None:
        """Returns the version; None if there is none. Arguments as in TFX's BaseExecutor.Do."""
        raise NotImplementedError

    def run(self, execution_info: data_types.ExecutionInfo) -> driver_output_pb2.DriverOutput:
        """Returns what was looked up."""
        output = driver_output_pb2.DriverOutput()
        version = self.look_up(execution_info.input_dict, execution_info.exec_properties)
        output.exec_properties[self.PARAMETER].int_value = _NONE if version is None else version
        return output

    @classmethod
    def found(cls, input_dict: dict, exec_properties: dict[str, Any]) -> int | None:
        """Returns, in the executor, the version that was looked up; looks it up where no driver has run."""
        version = exec_properties.get(cls.PARAMETER)
        if version is None:  # not every orchestrator runs drivers
            return cls.look_up(input_dict, exec_properties)
        return None if version == _NONE else version
