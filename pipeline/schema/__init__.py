"""The schema's life: it is proposed from the data, shown, compared with the reviewed one, and accepted."""
