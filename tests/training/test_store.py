"""Cases are read once; what is stored is what was read, and is read anew when files change."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from brainseg_train.data.case import Case
from brainseg_train.data.cases import checked_data, find_cases, inspect
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.store import known_case, store_folder
from brainseg_train.errors import DataError
from brainseg_train.files import write_array
from napari_brainseg.models.preprocessing import Preprocessing

if TYPE_CHECKING:
    from pathlib import Path

PARAMS = Preprocessing(mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4), size=96)


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINSEG_CACHE", str(tmp_path / "cache"))


def test_a_second_start_reads_no_file_and_finds_the_same(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, first = checked_data(dataset, "trained")
    before = load_dataset(find_cases(dataset), PARAMS)
    monkeypatch.setattr(Case, "labels", None)
    _, second = checked_data(dataset, "trained")
    after = load_dataset(find_cases(dataset), PARAMS)
    assert second == first
    assert np.array_equal(after.slices.images.numpy(), before.slices.images.numpy())


def test_the_store_does_not_change_the_digest_of_the_data(dataset: Path) -> None:
    before = inspect(find_cases(dataset)).sha256
    assert checked_data(dataset, "trained")[1].sha256 == before
    assert inspect(find_cases(dataset)).sha256 == before


@pytest.mark.parametrize(
    "params",
    [
        PARAMS,
        Preprocessing(mean=(0.4,) * 3, std=(0.2,) * 3, size=160, scaling="brain"),
        Preprocessing(mean=(0.4,) * 3, std=(0.2,) * 3, size=64, scaling="brain", bare_contrast=1.5),
        Preprocessing(mean=(0.4,) * 3, std=(0.2,) * 3, size=96, neighbours=1),
        Preprocessing(mean=(0.4,) * 3, std=(0.2,) * 3, size=64, windows=((0, 90), None, (9, 80))),
    ],
    ids=["padded", "resampled, brain", "bare", "neighbours", "windows"],
)
def test_slices_from_the_store_are_the_plugins_bit_for_bit(
    dataset: Path, params: Preprocessing
) -> None:
    loaded = load_dataset(find_cases(dataset)[:2], params)
    images, masks = loaded.slices.batch(range(len(loaded.slices)))
    ours = np.concatenate([p.prepared.batch(range(4)) for p in loaded.patients])
    assert np.array_equal(images.numpy(), ours)
    assert np.array_equal(masks.numpy(), np.concatenate([p.target for p in loaded.patients]))
    assert (loaded.slices.batch([0])[1].any(), loaded.slices.holds.tolist()[:2]) == (
        False,
        [False, True],
    )


def test_a_changed_file_is_read_anew(dataset: Path) -> None:
    checked_data(dataset, "trained")
    case = find_cases(dataset)[0]
    before = known_case(case)
    path = next(case.folder.glob("*_2.tif"))
    image = tifffile.imread(path)
    image[0, 0, 0] ^= 1
    tifffile.imwrite(path, image, photometric="rgb")
    assert before is not None
    assert known_case(case) is None
    checked_data(dataset, "trained")
    after = known_case(case)
    assert after is not None
    assert after.inspected.content != before.inspected.content


def test_a_damaged_copy_is_read_anew(dataset: Path) -> None:
    checked_data(dataset, "trained")
    for path in store_folder().rglob("case.json"):
        path.write_text("{")
    assert known_case(find_cases(dataset)[0]) is None


def test_what_is_only_looked_at_is_not_kept(dataset: Path) -> None:
    checked_data(dataset, "measured")
    assert not list(store_folder().rglob("scan.npy"))


def test_a_store_that_cannot_be_written_is_told(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BRAINSEG_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="name another folder by BRAINSEG_CACHE"):
        checked_data(dataset, "trained")


@pytest.mark.parametrize(
    "values",
    [
        np.arange(24, dtype=">i2").reshape(2, 3, 4),
        np.asfortranarray(np.eye(3, dtype=np.float32)),
        np.zeros((0, 4), np.uint8),
        np.array([True, False])[::-1],
    ],
)
def test_an_array_is_written_as_numpy_writes_it(tmp_path: Path, values: np.ndarray) -> None:
    parts = [values[place : place + 2] for place in range(0, len(values), 2)]
    write_array(tmp_path / "a.npy", parts, values.shape, values.dtype)
    read = np.load(tmp_path / "a.npy")
    assert np.array_equal(read, values)
    assert read.dtype == values.dtype


FILL = """
import errno, sys
from pathlib import Path
import numpy as np
from brainseg_train.files import write_array
try:
    write_array(Path(sys.argv[1]) / "a.npy", 8 * [np.ones((1, 1 << 20))], (8, 1 << 20), np.float64)
except OSError as error:
    raise SystemExit(0 if error.errno == errno.ENOSPC else 3)
raise SystemExit(4)
"""


def test_a_full_disk_is_an_error_and_not_the_end_of_the_process(tmp_path: Path) -> None:
    disk = f"mount -t tmpfs -o size=1m none {shlex.quote(str(tmp_path))}"
    apart = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.run([*apart, disk], check=False).returncode:
        pytest.skip("no disk of its own can be had here")
    filling = shlex.join([sys.executable, "-c", FILL, str(tmp_path)])
    assert subprocess.run([*apart, f"{disk} && {filling}"], check=False).returncode == 0


def test_slices_are_chosen_without_copies(dataset: Path) -> None:
    loaded = load_dataset(find_cases(dataset), PARAMS)
    some = loaded.slices.select([5, 1])
    assert some.cases is loaded.slices.cases
    images = some.images.numpy()
    assert np.array_equal(images, loaded.slices.images.numpy()[[5, 1]])
