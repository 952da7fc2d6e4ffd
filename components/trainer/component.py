"""Trainer as a TFX component: the stock one, which also sees the raw rows of the eval split.

The stock Trainer sees transformed rows only. `run_fn` needs some as a client would send them, to record how the model
that was trained answers them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tfx import types
from tfx.components.trainer import executor as stock
from tfx.dsl.components.base import base_component, executor_spec
from tfx.proto import trainer_pb2
from tfx.types import artifact_utils, component_spec, standard_artifacts, standard_component_specs
from tfx.utils import io_utils, json_utils

from components.trainer.serving_sample import RAW_EVAL_FILES
from components.trainer.settings import TrainerSettings

_RAW_EXAMPLES = "raw_examples"
_RUN_FN = "components.trainer.training.run_fn"


class TrainerSpec(standard_component_specs.TrainerSpec):
    """The stock inputs, outputs and parameters, and the raw examples."""

    INPUTS: ClassVar = {
        **standard_component_specs.TrainerSpec.INPUTS,
        _RAW_EXAMPLES: component_spec.ChannelParameter(type=standard_artifacts.Examples),
    }


class Executor(stock.GenericExecutor):
    """The stock executor, which also tells `run_fn` the files of the raw eval rows."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:
        """Trains and exports a model; arguments as in TFX's BaseExecutor.Do."""
        key = standard_component_specs.CUSTOM_CONFIG_KEY
        raw = artifact_utils.get_split_uris(input_dict[_RAW_EXAMPLES], "eval")
        custom = json_utils.loads(exec_properties[key]) | {RAW_EVAL_FILES: [io_utils.all_files_pattern(u) for u in raw]}
        super().Do(input_dict, output_dict, exec_properties | {key: json_utils.dumps(custom)})


class Trainer(base_component.BaseComponent):
    """Trains on the transformed train split and exports; the eval split is for the gate.

    Args:
        examples: Transform's examples.
        raw_examples: the examples they were made from.
        transform_graph: Transform's graph.
        schema: the schema of the raw examples.
        settings: what `run_fn` gets, beside the raw files.
        base_model: WarmStart's, with the weights to begin with; by default the model begins from nothing.
    """

    SPEC_CLASS = TrainerSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        examples: types.BaseChannel,
        raw_examples: types.BaseChannel,
        transform_graph: types.BaseChannel,
        schema: types.BaseChannel,
        settings: TrainerSettings,
        base_model: types.BaseChannel | None = None,
    ):
        spec = TrainerSpec(
            run_fn=_RUN_FN,
            examples=examples,
            raw_examples=raw_examples,
            transform_graph=transform_graph,
            schema=schema,
            base_model=base_model,
            train_args=trainer_pb2.TrainArgs(splits=["train"]),
            eval_args=trainer_pb2.EvalArgs(splits=["eval"]),
            custom_config=json_utils.dumps({"settings": settings.model_dump_json()}),
            model=types.Channel(type=standard_artifacts.Model),
            model_run=types.Channel(type=standard_artifacts.ModelRun),
        )
        super().__init__(spec=spec)
