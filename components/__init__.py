"""What each stage of the pipeline does, a folder a stage."""
