"""What every format promises. Inherit :class:`FormatContract` and say how to make a sample."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io import can_read, default_mask_path, read_mask, read_scan
from napari_brainseg.io import write_mask as save

if TYPE_CHECKING:
    from napari_brainseg.scan import Scan

N_MUTATIONS = 60
GRID_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha", ".tif", ".tiff")
"""What the mask of any scan can be saved as; DICOM SEG is for DICOM alone, see test_seg."""


class FormatContract(ABC):
    """Tests for one format.

    A sample is a scan whose slice ``z`` holds ``10 * z`` in every voxel, written so that the
    order of names, or of writing, is not the order of slices where the format allows it.
    """

    n_slices = 12
    """How many slices a sample has; 1 for formats of single slices."""

    @abstractmethod
    def make(self, folder: Path) -> Path:
        """Write a sample into an empty folder; give the path to open."""

    def damage(self, path: Path) -> Path:
        """Tell which file of a sample to damage: opening ``path`` must then fail."""
        return path

    @pytest.fixture
    def sample(self, tmp_path: Path) -> Path:
        # A folder whose name must not turn up in any message.
        folder = tmp_path / "Doe^Jane"
        folder.mkdir()
        return self.make(folder)

    @pytest.fixture
    def scan(self, sample: Path) -> Scan:
        return read_scan(sample).scan

    def test_the_scan_is_well_formed(self, scan: Scan) -> None:
        assert scan.data.ndim == 4
        assert not scan.data.flags.writeable
        assert scan.data.dtype.isnative
        assert scan.affine.shape == (4, 4)
        assert scan.affine.dtype == np.float64
        assert len(scan.channels) == len(scan.data)
        assert scan.source.name
        assert all(isinstance(file, Path) and file.is_file() for file in scan.source.files)

    def test_it_is_recognised(self, sample: Path) -> None:
        assert can_read(sample)
        assert can_read(str(sample))

    def test_slices_come_in_the_order_of_their_places(self, scan: Scan) -> None:
        expected = 10 * np.arange(self.n_slices)
        np.testing.assert_array_equal(scan.data[0].min(axis=(1, 2)), expected)
        np.testing.assert_array_equal(scan.data[0].max(axis=(1, 2)), expected)

    @pytest.mark.parametrize("top", [1, 255, 256, 65535])
    @pytest.mark.parametrize("suffix", GRID_SUFFIXES)
    def test_a_mask_comes_back_voxel_for_voxel_on_the_same_grid(
        self, scan: Scan, tmp_path: Path, suffix: str, top: int
    ) -> None:
        labels = np.random.default_rng(top).integers(0, top + 1, scan.grid)
        labels.flat[0] = top
        found, affine = read_mask(save(labels, scan, tmp_path / f"mask{suffix}"))
        np.testing.assert_array_equal(found, labels)
        assert found.dtype == (np.uint8 if top < 256 else np.uint16)
        np.testing.assert_allclose(affine, scan.affine, rtol=1e-6, atol=1e-6)

    def test_the_proposed_place_is_free_and_takes_the_mask(self, scan: Scan) -> None:
        path = default_mask_path(scan)
        assert not path.exists()
        save(np.ones(scan.grid, np.uint8), scan, path)
        assert path.is_file()

    def test_the_sample_opens_the_same_with_its_mask_beside_it(
        self, sample: Path, scan: Scan
    ) -> None:
        save(np.ones(scan.grid, np.uint8), scan, default_mask_path(scan))
        again = read_scan(sample).scan
        np.testing.assert_array_equal(again.data, scan.data)

    def test_the_scan_itself_is_never_overwritten(self, scan: Scan) -> None:
        before = scan.source.files[0].read_bytes()
        with pytest.raises(SaveError):
            save(np.ones(scan.grid, np.uint8), scan, scan.source.files[0], overwrite=True)
        assert scan.source.files[0].read_bytes() == before

    @pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.8], ids=lambda kept: f"{kept:.0%}")
    def test_a_file_cut_short_is_refused_by_name(self, sample: Path, kept: float) -> None:
        victim = self.damage(sample)
        content = victim.read_bytes()
        victim.write_bytes(content[: int(len(content) * kept)])
        self.check_refusal(sample, victim)

    def test_garbage_is_refused_by_name(self, sample: Path) -> None:
        victim = self.damage(sample)
        victim.write_bytes(random.Random(0).randbytes(5000))
        self.check_refusal(sample, victim)

    def test_a_flipped_byte_gives_a_scan_or_a_refusal(self, sample: Path) -> None:
        victim = self.damage(sample)
        content = victim.read_bytes()
        rng = random.Random(1)
        for _ in range(N_MUTATIONS):
            mutant = bytearray(content)
            mutant[rng.randrange(min(len(mutant), 1500))] = rng.randrange(256)
            victim.write_bytes(mutant)
            message = ""
            try:
                read_scan(sample)
            except ScanError as error:
                message = str(error)
            assert "Doe^Jane" not in message

    def check_refusal(self, sample: Path, victim: Path) -> None:
        with pytest.raises(ScanError) as refusal:
            read_scan(sample)
        assert victim.name in str(refusal.value)
        assert str(sample.parent) not in str(refusal.value)
        assert "Doe^Jane" not in str(refusal.value)


class ChannelsContract(FormatContract):
    """Tests for a format that holds several channels on one grid."""

    @abstractmethod
    def make_channels(self, folder: Path) -> Path:
        """Write a sample of two channels, the second of which holds 100 more in every voxel."""

    def test_channels_are_told_apart(self, tmp_path: Path) -> None:
        scan = read_scan(self.make_channels(tmp_path)).scan
        expected = 10 * np.arange(self.n_slices)
        assert len(scan.channels) == len(set(scan.channels)) == len(scan.data) == 2
        for channel, more in zip(scan.data, (0, 100), strict=True):
            np.testing.assert_array_equal(channel.min(axis=(1, 2)), expected + more)
            np.testing.assert_array_equal(channel.max(axis=(1, 2)), expected + more)

    def test_a_mask_has_one_channel_whatever_the_scan_has(self, tmp_path: Path) -> None:
        scan = read_scan(self.make_channels(tmp_path)).scan
        labels = np.random.default_rng(0).integers(0, 3, scan.grid)
        found, affine = read_mask(save(labels, scan, default_mask_path(scan)))
        np.testing.assert_array_equal(found, labels)
        np.testing.assert_allclose(affine, scan.affine, rtol=1e-6, atol=1e-6)
