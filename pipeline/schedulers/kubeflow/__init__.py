"""What Kubeflow Pipelines and Vertex AI need beside the pipeline itself: its spec, and what runs in a container."""
