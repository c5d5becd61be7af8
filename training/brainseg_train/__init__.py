"""Training, evaluation and export of the models that napari-brainseg runs."""
