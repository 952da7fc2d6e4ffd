"""Runs the same pipeline elsewhere: writes Airflow's DAG, and what Kubeflow and Vertex AI take."""
