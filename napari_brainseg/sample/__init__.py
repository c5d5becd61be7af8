"""The bundled sample: a real head with a computed, known lesion."""

from napari_brainseg.sample.brain import phantom, phantom_lesion

__all__ = ["phantom", "phantom_lesion"]
