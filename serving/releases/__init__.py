"""Release control: which versions there are, which labels they have, who moved them, and what may be removed."""
