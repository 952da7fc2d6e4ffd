"""ExampleGen reads CSV and Parquet files and writes them as tf.Examples, divided into splits."""
