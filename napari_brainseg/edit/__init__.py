"""Operations that correct a mask: arrays in, arrays out, no window.

Masks are bool arrays and labels int arrays, of two axes (one slice) or three (slices first), with
as many spacings, in mm or in pixels. :mod:`~napari_brainseg.edit.protect` turns the mask that a
tool wants into the labels that it may write.
"""
