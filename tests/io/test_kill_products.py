"""A checkpoint, an imported model and a report: killed at any moment they are whole or absent.

The next start takes away what the killed one left, and goes on.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from napari_brainseg.io import write_mask
from napari_brainseg.io.nifti import write_nifti_image
from napari_brainseg.models.architectures import Architecture, build_network
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.importing import Answers, import_model
from napari_brainseg.report.folder import TABLE_NAME, report_folder
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable

ENCODER = "timm-mobilenetv3_small_minimal_100"

CODE = """
import itertools, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_kill_products import PRODUCTS
write, folder = PRODUCTS[sys.argv[1]], Path(sys.argv[2])
for turn in itertools.count(1):
    write(folder, turn)
    print(turn, flush=True)
"""


def checkpoint(folder: Path, turn: int) -> None:
    """Save the state of a training after so many epochs."""
    from lightning_fabric import Fabric

    from brainseg_train.train.loop import _save
    from brainseg_train.train.progress import Epoch

    fabric = Fabric(accelerator="cpu", devices=1)
    state: dict[str, Any] = {"model": torch.full((2_000_000,), float(turn))}
    history = [Epoch(1.0, None, 1.0, 1.0, 1)] * turn
    _save(fabric, folder / "checkpoint.pt", state, history, {"weights": state["model"]})


def checkpoints(folder: Path) -> list[int]:
    content = torch.load(folder / "checkpoint.pt", weights_only=True)
    turn = len(content["history"])
    assert (content["model"] == turn).all()
    assert (content["best"]["weights"] == turn).all()
    return [turn]


def imported(folder: Path, turn: int) -> None:
    """Make a bundle of weights from elsewhere, under a name of its own."""
    answers = Answers(
        name=f"own-{turn}",
        architecture="unet",
        encoder=ENCODER,
        roles=("FLAIR",),
        classes=("tumour",),
    )
    import_model(folder / "own.safetensors", answers, folder / "models")


def imports(folder: Path) -> list[int]:
    shown = [each for each in (folder / "models").iterdir() if not each.name.startswith(".")]
    for bundle in shown:
        load_network(open_bundle(bundle))
    return [int(bundle.name.removeprefix("own-")) for bundle in shown]


def report(folder: Path, turn: int) -> None:
    """Write the pages of a folder of two scans, whose masks have as many voxels as turns."""
    ones = np.ones((1, 9, 60, 70), np.int16)
    scan = Scan(ones, np.diag([-1.0, -1.0, 1.0, 1.0]), ("FLAIR",), Source("a"))
    for name in "ab":
        if not (folder / f"{name}.nii.gz").exists():
            write_nifti_image(folder / f"{name}.nii.gz", scan.data[0], scan)
        mask = np.zeros(scan.grid, np.uint8)
        mask.reshape(-1)[:turn] = 1
        write_mask(mask, scan, folder / f"{name}_mask.nii.gz", overwrite=True)
    assert [each.problem for each in report_folder(folder)] == ["", ""]


def reports(folder: Path) -> list[int]:
    for page in folder.glob("*.html"):
        assert page.read_text("utf-8").rstrip().endswith("</html>")
    lines = (folder / TABLE_NAME).read_text("utf-8").splitlines()
    assert len(lines) == 3
    return []


PRODUCTS: dict[str, Callable[[Path, int], None]] = {
    "checkpoint": checkpoint,
    "import": imported,
    "report": report,
}
FOUND: dict[str, Callable[[Path], list[int]]] = {
    "checkpoint": checkpoints,
    "import": imports,
    "report": reports,
}


def prepare(kind: str, folder: Path) -> None:
    if kind == "import":
        from safetensors.torch import save_file

        torch.manual_seed(0)
        network = build_network(Architecture.UNET, ENCODER, 1, 1)
        save_file(network.state_dict(), folder / "own.safetensors")


def kill_while_writing(kind: str, folder: Path, rng: random.Random) -> int:
    """Kill a process at any moment of its second turn or its third; give the last one it told."""
    code = CODE.format(here=str(Path(__file__).parent))
    process = subprocess.Popen(
        [sys.executable, "-c", code, kind, str(folder)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        began = time.monotonic()
        assert process.stdout.readline() == "2\n"
        time.sleep(rng.uniform(0, time.monotonic() - began))
        process.kill()
        told = process.stdout.read().split("\n")[:-1]
    return int(told[-1]) if told else 2


@pytest.mark.timeout(900)  # nine starts of Python, which take long on a busy machine
@pytest.mark.parametrize("kind", PRODUCTS)
def test_a_kill_leaves_what_is_whole_and_the_next_start_goes_on(tmp_path: Path, kind: str) -> None:
    rng = random.Random(kind)
    for attempt in range(3):
        folder = tmp_path / f"{attempt}"
        folder.mkdir()
        prepare(kind, folder)
        last = kill_while_writing(kind, folder, rng)
        assert set(FOUND[kind](folder)) <= set(range(1, last + 2))
        PRODUCTS[kind](folder, last + 2)
        assert set(FOUND[kind](folder)) <= set(range(1, last + 3))
        assert kind == "report" or last + 2 in FOUND[kind](folder)
        assert [each for each in folder.rglob(".brainseg*") if ".lock" not in each.name] == []
