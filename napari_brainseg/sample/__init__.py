"""The bundled sample: a computed brain with a known lesion."""

from napari_brainseg.sample.brain import phantom, phantom_lesion

__all__ = ["phantom", "phantom_lesion"]
