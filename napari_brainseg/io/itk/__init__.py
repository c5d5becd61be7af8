"""NRRD and MetaImage, the formats of ITK and 3D Slicer."""
