"""The pipeline of `turnstile tune`: that of a run as far as Transform, and then Tuner."""

from __future__ import annotations

from tfx.components.tuner.component import Tuner
from tfx.orchestration import pipeline
from tfx.proto import trainer_pb2

from components.tuner.settings import TunerSettings
from pipeline import cache_key
from pipeline.assembly import assembled
from pipeline.config import Config
from pipeline.dag import data_stages, transform_stage
from pipeline.run import folder
from turnstile import source_imports
from turnstile.model_inputs import Columns

_TUNER_FN = "components.tuner.search.tuner_fn"


def create_tuning_pipeline(config: Config, began: float) -> pipeline.Pipeline:
    """Wires the stages of a run that come before Trainer, and Tuner.

    Args:
        config: everything there is to decide.
        began: when the command began, in seconds since 1970. It is never the same, so the cache never answers for
            Tuner, which itself knows the trials that are done.

    Returns:
        A pipeline in the same folder as that of a run, whose cache it shares.
    """
    columns = Columns(features=config.features, label=config.label)
    data = data_stages(config, columns)
    transform = transform_stage(columns, data)
    settings = TunerSettings(columns=columns, training=config.training, tuning=config.tuning)
    only_train = ["train"]  # the eval split is left to the gate
    tuner = Tuner(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        tuner_fn=_TUNER_FN,
        train_args=trainer_pb2.TrainArgs(splits=only_train),
        eval_args=trainer_pb2.EvalArgs(splits=only_train),
        custom_config={
            "settings": settings.model_dump_json(),
            "folder": str(folder.tunings(config).resolve()),
            "code": cache_key.digest(source_imports.closure([_TUNER_FN.rpartition(".")[0]])),
            "began": began,
        },
    )
    return assembled(config, [*data, transform, tuner])
