"""What earlier runs have left: listed by `turnstile history`, removed by `turnstile clean`."""
