"""Beam's flags follow the config and always name the runner, and Beam finds each value where it looks for it."""

import pytest

from pipeline.beam import BeamConfig, beam_args, importing

pytestmark = pytest.mark.slow  # its functions load TFX or Beam

EXTERNAL = {"worker_address": "workers.example.com:50000"}
ENGINES = {
    "portable": BeamConfig(runner="portable", endpoint="prism.example.com:8073", **EXTERNAL),
    "flink": BeamConfig(runner="flink", endpoint="flink.example.com:8081", parallelism=6, workers=0, **EXTERNAL),
    "spark": BeamConfig(runner="spark", endpoint="spark.example.com:6066", workers=2, **EXTERNAL),
    "dataflow": BeamConfig(
        runner="dataflow",
        project="a-project",
        region="europe-west4",
        temp_location="gs://bucket/temp",
        worker_image="registry.example.com/turnstile:1",
        parallelism=8,
    ),
}


@pytest.mark.parametrize(
    ("beam", "mode", "workers"),
    [
        (BeamConfig(), "in_memory", 1),
        (BeamConfig(mode="multi_processing", workers=4), "multi_processing", 4),
        (BeamConfig(mode="multi_threading", workers=0), "multi_threading", 0),
    ],
)
def test_flags(beam, mode, workers):
    assert beam_args(beam) == [
        "--runner=DirectRunner",
        f"--direct_running_mode={mode}",
        f"--direct_num_workers={workers}",
        "--sdk_container_image=none",
        "--pickle_library=cloudpickle",
        "--allow_unsafe_triggers",
    ]


def test_the_direct_runner_hands_nothing_to_prism(monkeypatch):
    import apache_beam as beam
    from apache_beam.runners.portability import prism_runner

    monkeypatch.setattr(prism_runner.PrismRunner, "run_pipeline", lambda *_: pytest.fail("Prism was tried"))
    with beam.Pipeline(argv=beam_args(BeamConfig())) as pipeline:
        pipeline | beam.Create([1]) | beam.Map(str)  # what Prism can do


@pytest.mark.parametrize("beam", [BeamConfig(), *ENGINES.values()], ids=["direct", *ENGINES])
def test_no_stage_builds_a_package_of_tfx(beam):
    from tfx.utils import dependency_utils

    assert dependency_utils.make_beam_dependency_flags(beam_args(beam)) == beam_args(beam)


@pytest.mark.parametrize("beam", [BeamConfig(), *ENGINES.values()], ids=["direct", *ENGINES])
def test_beam_knows_every_flag_and_finds_no_fault(beam, caplog, monkeypatch):
    from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions, StandardOptions
    from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator

    options = PipelineOptions(beam_args(beam))
    options.get_all_options()
    assert "Discarding" not in caplog.text  # what Beam says of a flag that it does not know
    name = options.view_as(StandardOptions).runner
    assert name in StandardOptions.KNOWN_RUNNER_NAMES
    runner = type(name, (), {})()  # the validator asks for no more than its name; Dataflow's own takes seconds to load
    # It would ask Google about the bucket.
    monkeypatch.setattr(GoogleCloudOptions, "_warn_if_soft_delete_policy_enabled", lambda *_: None)
    assert PipelineOptionsValidator(options, runner).validate() == []


@pytest.mark.parametrize(
    ("how", "told", "value"),
    [
        ({"worker_image": "turnstile:1"}, "container_image", "turnstile:1"),
        ({"worker_command": "/opt/turnstile/worker"}, "command", "/opt/turnstile/worker"),
        ({"worker_address": "10.0.0.2:50000"}, "url", "10.0.0.2:50000"),
    ],
)
def test_workers_come_to_their_code_as_the_config_says_and_a_job_brings_nothing(how, told, value):
    from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
    from apache_beam.transforms.environments import Environment

    beam = BeamConfig(runner="portable", endpoint="a:1", **how)
    found = Environment.from_options(PipelineOptions(beam_args(beam)).view_as(PortableOptions))
    assert (getattr(found, told), list(found.artifacts())) == (value, [])


def test_flink_and_spark_are_sent_the_job_where_the_config_says():
    from apache_beam.options.pipeline_options import FlinkRunnerOptions, PipelineOptions, PortableOptions
    from apache_beam.runners.portability.flink_runner import FlinkRunner
    from apache_beam.runners.portability.spark_runner import SparkRunner

    flink = PipelineOptions(beam_args(ENGINES["flink"]))
    assert flink.view_as(PortableOptions).job_server_timeout == 86_400  # after Beam's own 60 s, any job has failed
    assert FlinkRunner().default_job_server(flink)._master_url == "http://flink.example.com:8081"
    assert flink.view_as(FlinkRunnerOptions).parallelism == 6
    assert flink.view_as(PortableOptions).sdk_worker_parallelism == "0"
    spark = PipelineOptions(beam_args(ENGINES["spark"]))
    assert SparkRunner().default_job_server(spark)._rest_url == "http://spark.example.com:6066"
    assert spark.view_as(PortableOptions).sdk_worker_parallelism == "2"


def test_workers_import_a_library_first_where_no_driver_has():
    from apache_beam.options.pipeline_options import PipelineOptions, SetupOptions

    found = PipelineOptions(importing(ENGINES["portable"], "Transform")).view_as(SetupOptions).beam_plugins
    assert found == ["tensorflow_transform"]
    assert importing(ENGINES["portable"], "Trainer") == importing(BeamConfig(), "Transform") == []


def test_dataflow_takes_the_image_and_so_many_machines():
    from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions, WorkerOptions

    options = PipelineOptions(beam_args(ENGINES["dataflow"]))
    cloud, workers = options.view_as(GoogleCloudOptions), options.view_as(WorkerOptions)
    assert (cloud.project, cloud.region, cloud.temp_location) == ("a-project", "europe-west4", "gs://bucket/temp")
    assert (workers.sdk_container_image, workers.max_num_workers) == ("registry.example.com/turnstile:1", 8)
