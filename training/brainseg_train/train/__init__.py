"""One training run, from configuration to bundle."""
