"""MINC 1 and 2, as nibabel reads them; written here as libminc lays them out."""

from __future__ import annotations

import gzip
import sys

import h5py
import minc_files
import nibabel as nib
import numpy as np
import pytest
from contracts.format_contract import ChannelsContract
from contracts.geometry import GEOMETRIES, ORIENTATIONS, oriented
from minc_files import AXES, write_minc1, write_minc2

from napari_brainseg.errors import ScanError
from napari_brainseg.io import default_mask_path, find_scans, guards, read_scan, write_mask


def ramp():
    return np.broadcast_to(10 * np.arange(12, dtype=np.int16)[:, None, None], (12, 7, 6)).copy()


WRITERS = [write_minc1, write_minc2]


class TestMinc1Contract(ChannelsContract):
    suffix, writer = ".mnc", staticmethod(write_minc1)

    def make(self, folder):
        return self.writer(folder / f"t1{self.suffix}", ramp())

    def make_channels(self, folder):
        both = np.stack([ramp(), ramp() + np.int16(100)])
        return self.writer(folder / f"t1{self.suffix}", both, ("time", *AXES))


class TestMinc2Contract(TestMinc1Contract):
    writer = staticmethod(write_minc2)


class TestPackedMincContract(TestMinc1Contract):
    suffix = ".mnc.gz"

    @staticmethod
    def writer(path, *given):
        plain = write_minc1(path.with_suffix(""), *given)
        path.write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
        return path


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS[::7])
@pytest.mark.parametrize("geometry", ["anisotropic", "oblique"])
def test_voxels_lie_where_nibabel_says(tmp_path, write, order, signs, geometry):
    affine = oriented((0, 1, 2), (1, 1, 1), GEOMETRIES[geometry])[:3, :3]
    names = ("xspace", "yspace", "zspace")
    lengths = np.linalg.norm(affine, axis=0)
    cosines = {name: affine[:, i] / lengths[i] for i, name in enumerate(names)}
    steps = {name: signs[i] * lengths[i] for i, name in enumerate(names)}
    voxels = np.random.default_rng(0).integers(1, 999, (5, 6, 7)).astype(np.int16)
    path = write(tmp_path / "a.mnc", voxels, [names[i] for i in order], cosines, steps, top=0.5)
    scan, image = read_scan(path).scan, nib.load(path)
    np.testing.assert_allclose(scan.data[0], image.get_fdata(), rtol=1e-6)
    np.testing.assert_allclose(scan.data[0], voxels / 2, rtol=1e-6)
    np.testing.assert_allclose(scan.affine[:, [2, 1, 0, 3]], image.affine, atol=1e-9)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_real_numbers_stay_as_stored(tmp_path, write, kind):
    path = write(tmp_path / "a.mnc", ramp().astype(kind))
    assert read_scan(path).scan.data.dtype == kind


def test_it_is_found_in_a_folder_and_its_mask_is_nifti(tmp_path):
    write_minc2(tmp_path / "T1.mnc", ramp())
    (found,) = find_scans(tmp_path)
    scan = read_scan(found.path).scan
    path = default_mask_path(scan)
    assert path.name == "T1_mask.nii.gz"
    write_mask(scan.data[0] > 50, scan, path)
    np.testing.assert_allclose(nib.load(path).affine, scan.affine, rtol=1e-6)


@pytest.mark.parametrize(
    ("axes", "shape"),
    [
        ((*AXES, "vector_dimension"), (4, 5, 6, 3)),
        (("time", "zspace", "yspace"), (4, 5, 6)),
        (("a", "time", *AXES), (2, 2, 4, 5, 6)),
        (("time", *AXES), (65, 2, 2, 2)),
    ],
)
@pytest.mark.parametrize("write", WRITERS)
def test_axes_that_a_scan_has_not_are_refused(tmp_path, write, axes, shape):
    path = write(tmp_path / "a.mnc", np.ones(shape, np.int16), axes)
    with pytest.raises(ScanError, match=r"a\.mnc: (the axes are|the image has 65 volumes)"):
        read_scan(path)


def outside(file, image):
    """Have the voxels lie in another file."""
    del file[image]
    file[image] = h5py.ExternalLink("/etc/hostname", "/x")


def external(file, image):
    del file[image]
    made = file.create_dataset(image, (12, 7, 6), "u1", external=[("/etc/passwd", 0, 504)])
    made.attrs["dimorder"] = np.bytes_(",".join(AXES).encode())


def linked_axis(file, image):
    del file["minc-2.0/dimensions/xspace"]
    file["minc-2.0/dimensions/xspace"] = h5py.ExternalLink("/etc/hostname", "/x")


@pytest.mark.parametrize("change", [outside, external, linked_axis])
def test_voxels_of_other_files_are_not_fetched(tmp_path, change):
    path = write_minc2(tmp_path / "a.mnc", ramp())
    with h5py.File(path, "r+") as file:
        change(file, "minc-2.0/image/0/image")
    with pytest.raises(ScanError, match=r"a\.mnc: parts of it are said to lie elsewhere"):
        read_scan(path)


@pytest.mark.parametrize("how", [{}, {"chunks": (1, 7, 6)}])
def test_voxels_that_are_not_stored_are_not_taken_for_zeros(tmp_path, how):
    path = write_minc2(tmp_path / "a.mnc", ramp(), **how)
    with h5py.File(path, "r+") as file:
        del file["minc-2.0/image/0/image"]
        made = file.create_dataset("minc-2.0/image/0/image", (12, 7, 6), "i2", **how)
        if how:
            made[:6] = 1
        made.attrs["dimorder"] = np.bytes_(",".join(AXES).encode())
    with pytest.raises(ScanError, match=r"a\.mnc: the header announces 1,008 bytes"):
        read_scan(path)


def test_compressed_chunks_open(tmp_path):
    path = write_minc2(tmp_path / "a.mnc", ramp(), chunks=(5, 4, 3), compression="gzip")
    np.testing.assert_array_equal(read_scan(path).scan.data[0], ramp())


def test_without_h5py_the_remedy_is_one_line(tmp_path, monkeypatch):
    path = write_minc2(tmp_path / "a.mnc", ramp())
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ScanError, match=r'pip install "napari-brainseg\[minc\]"') as refusal:
        read_scan(path)
    assert "\n" not in str(refusal.value)
    write_minc1(path, ramp())
    assert read_scan(path).scan.grid == (12, 7, 6)


def test_a_packed_file_that_unfolds_to_gigabytes_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.mnc.gz"
    path.write_bytes(gzip.compress(b"CDF\x01" + bytes(50_000_000)))

    class Little:
        available = 10_000_000

    monkeypatch.setattr("psutil.virtual_memory", Little)
    with pytest.raises(ScanError, match=r"a\.mnc\.gz: .* GB of memory are free"):
        read_scan(path)


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(guards, "SMALL", 10**7)
    path = tmp_path / "a.mnc.gz"
    path.write_bytes(gzip.compress(b"CDF\x01" + bytes(50_000_000)))
    with pytest.raises(
        ScanError, match=r"^a\.mnc\.gz: unpacks to more than 10,000,000 bytes from "
    ):
        read_scan(path)


@pytest.mark.parametrize("write", [write_minc1, write_minc2])
def test_uneven_distances_are_told(tmp_path, monkeypatch, write):
    monkeypatch.setattr(minc_files, "SPACING", b"irregular")
    path = write(tmp_path / "a.mnc", np.ones((3, 4, 5), np.int16))
    with pytest.raises(ScanError, match=r"^a\.mnc: says that its slices lie at uneven distances"):
        read_scan(path)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(("unit", "factor"), [("mm", 1), ("um", 1e-3), ("M", 1000), ("furlong", 1)])
def test_the_unit_of_length_is_obeyed_and_told(tmp_path, write, unit, factor):
    plain = read_scan(write(tmp_path / "a.mnc", ramp())).scan
    units = dict.fromkeys(AXES, unit)
    scan = read_scan(write(tmp_path / "b.mnc", ramp(), units=units)).scan
    np.testing.assert_allclose(scan.affine[:3], factor * plain.affine[:3])
    told = (f"The header counts in {unit.lower()}; shown in millimetres.",)
    assert scan.source.warnings == (told if factor != 1 else ())
    with pytest.raises(ScanError, match=r"^c\.mnc: its axes count in "):
        read_scan(write(tmp_path / "c.mnc", ramp(), units={**units, "zspace": "cm"}))
