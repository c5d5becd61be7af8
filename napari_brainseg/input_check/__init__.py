"""Whether the chosen images look like what a model was trained on."""
