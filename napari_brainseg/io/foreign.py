"""Files of other kinds that scans and what is made of them come in: what they are, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.io.files import has_suffix
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["why_foreign"]

AS_TIFF = marked("Save it as OME-TIFF with the program that made it, or with Fiji.")
AS_NIFTI = marked("Open it in 3D Slicer or ITK-SNAP, and save it as NIfTI.")

KINDS = {
    (".head", ".brik", ".brik.gz"): (
        marked("a scan of AFNI"),
        marked("Convert it to NIfTI with 3dAFNItoNIFTI."),
    ),
    (".mif", ".mif.gz", ".mih"): (
        marked("a scan of MRtrix"),
        marked("Convert it to NIfTI with mrconvert."),
    ),
    (".par", ".rec", "2dseq"): (
        marked("a scan as Philips or Bruker keep it"),
        marked("Export it as DICOM, or convert it to NIfTI with dcm2niix or brkraw."),
    ),
    (".zarr",): (marked("a folder of Zarr (NGFF)"), AS_TIFF),
    (".czi", ".lif", ".nd2", ".svs", ".ndpi", ".vsi", ".ims", ".oir", ".oib", ".mrxs", ".scn"): (
        marked("a picture of a microscope"),
        AS_TIFF,
    ),
    (".vtk", ".vti", ".gipl", ".gipl.gz", ".vmr", ".hv", ".mnc2"): (
        marked("a volume of another program"),
        AS_NIFTI,
    ),
    (".npy", ".npz", ".mat", ".h5", ".hdf5", ".raw", ".pt"): (
        marked("numbers that do not say where in the patient they lie"),
        marked("Save them as NIfTI, with an affine, in the program that made them."),
    ),
    (".jp2", ".j2k", ".jxl", ".bmp", ".gif", ".webp", ".heic", ".pdf", ".mp4", ".avi"): (
        marked("a picture, a film or a page"),
        marked("Open the scan that it was made of; or save it as PNG."),
    ),
    (".gii", ".trk", ".tck", ".annot", ".stl", ".obj", ".ply", ".vtp", ".tfm"): (
        marked("a surface, fibres or a transform, and no image"),
        marked("Open the scan that it was made of."),
    ),
}
"""By the endings of names, in lower case: what such a file is, and what helps."""


def why_foreign(path: Path) -> str:
    """Say what a file or folder of another kind is, and what to do; empty for what is not known."""
    for endings, (kind, remedy) in KINDS.items():
        if has_suffix(path, endings):
            return tr(
                "{name}: is by its name {kind}, which is not opened here. {remedy}",
                name=path.name,
                kind=tr(kind),
                remedy=tr(remedy),
            )
    return ""
