"""Tools that correct a mask: arrays in, arrays out.

Masks are bool arrays and labels int arrays, (Y, X) or (Z, Y, X), with one spacing per axis, in mm
or in pixels. :mod:`~napari_brainseg.edit.protect` turns the mask that a tool wants into the labels
that it may write.
"""
