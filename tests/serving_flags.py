"""The flags of tensorflow_model_server that we set, for the tests of what sets them."""

from __future__ import annotations

# The flags we use and their types, from tensorflow_serving/model_servers/main.cc and server.h (repository
# tensorflow/serving, commit a9a8e7b of 2023, which 2.15 and later have). Release notes since then remove no flag.
FLAGS: dict[str, type] = {
    "port": int,
    "rest_api_port": int,
    "rest_api_enable_cors_support": bool,
    "model_name": str,
    "model_base_path": str,
    "model_config_file": str,
    "model_config_file_poll_wait_seconds": int,
    "file_system_poll_wait_seconds": int,
    "allow_version_labels_for_unavailable_models": bool,
    "num_load_threads": int,
    "num_unload_threads": int,
    "enable_batching": bool,
    "batching_parameters_file": str,
    "monitoring_config_file": str,
    "tensorflow_intra_op_parallelism": int,
    "tensorflow_inter_op_parallelism": int,
    "grpc_channel_arguments": str,
}
