"""Record every attempt to reach the network, of every program and window: make network.

Each command runs under strace with all its processes. Printed is what connects, sends or asks
beyond this machine; loopback and sockets of files are this machine. The exit status is 1 if
anything did, or a command failed. It needs strace, and a display or xvfb-run for the window.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tifffile

ROOT = Path(__file__).resolve().parents[1]

ADDRESS = re.compile(r'sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|AF_INET6, )"([^"]+)"')
"""Port and host of a call."""

HERE = re.compile(r"127\.|::1$|::ffff:127\.")
"""Hosts that are this machine."""

HOSTILE = ("tu-hf-hub:a/b", "https://host/a", "hf-hub:a/b", "tu-local-dir:/etc")

CALLS = "trace=connect,sendto,sendmsg,sendmmsg"

PROGRAM = "from {} import app; app()"


def commands(work: Path) -> dict[str, list[str]]:
    """Return what is tried, by name; inputs are made in a folder."""
    scan, mask = write_phantom(work / "scan"), work / "mask.nii.gz"
    patients = write_patients(work / "patients")
    write_hostile(work / "models")
    brainseg, train = (
        [sys.executable, "-c", PROGRAM.format(name)]
        for name in ("napari_brainseg.cli", "brainseg_train.cli")
    )
    made = ["--models", str(work / "models"), "--runs", str(work / "runs")]
    tiny = ["--size", "64", "--epochs", "1", "--slices", "8", "--batch", "4", "--init", "random"]
    encoder = ["--encoder", "timm-mobilenetv3_small_minimal_100"]
    display = str(ROOT / "scripts" / "with_display.sh")
    return {
        "predict": [*brainseg, "predict", str(scan), "-o", str(mask)],
        "report": [*brainseg, "report", str(mask), str(scan)],
        "predict side by side": [
            *(*brainseg, "predict", str(scan), str(scan), "-o", str(work / "masks")),
            *("--workers", "2"),
        ],
        "models": [*brainseg, "models"],
        "models verify": [*brainseg, "models", "verify"],
        "doctor": [*brainseg, "doctor"],
        "fit": [*train, "fit", str(patients), "--name", "first", *made, *tiny, *encoder],
        "models import": [
            *(*brainseg, "models", "import", str(work / "models" / "first" / "model.safetensors")),
            *("--name", "own", "--architecture", "unet", *encoder, "--classes", "tumour"),
            *("--sequences", "pre-contrast,FLAIR,post-contrast", "--folder", str(work / "own")),
        ],
        "models export": [*brainseg, "models", "export", "first", str(work / "a.onnx")],
        "demo": [display, *brainseg, "demo", "--output", str(work / "demo"), "--screenshot"],
    }


FAILING = ("models verify",)
"""What ends with 1, because of the hostile models."""


def write_phantom(folder: Path) -> Path:
    """Write a stack of noise; return its file."""
    folder.mkdir()
    voxels = np.random.default_rng(0).integers(0, 900, (3, 48, 40)).astype(np.uint16)
    tifffile.imwrite(folder / "flair.tif", voxels, photometric="minisblack")
    return folder / "flair.tif"


def write_patients(root: Path) -> Path:
    """Write four patients in the layout of the LGG set."""
    random = np.random.default_rng(0)
    for number in range(4):
        folder = root / f"TCGA_AX_{1000 + number}_20000101"
        folder.mkdir(parents=True)
        for k in range(1, 4):
            image = random.integers(0, 255, (64, 64, 3)).astype(np.uint8)
            found = np.zeros((64, 64), np.uint8)
            found[20:40, 20:40] = 255
            tifffile.imwrite(folder / f"{folder.name}_{k}.tif", image, photometric="rgb")
            tifffile.imwrite(folder / f"{folder.name}_{k}_mask.tif", found)
    return root


def write_hostile(folder: Path) -> None:
    """Write models whose cards ask for an encoder from elsewhere."""
    source = ROOT / "napari_brainseg" / "models" / "embedded" / "lgg-flair-unet"
    for number, encoder in enumerate(HOSTILE):
        copy = folder / f"hostile-{number}"
        shutil.copytree(source, copy)
        card = json.loads((copy / "card.json").read_text(encoding="utf-8"))
        (copy / "card.json").write_text(json.dumps({**card, "encoder": encoder}), encoding="utf-8")


def attempts(log: Path) -> list[str]:
    """Return the hosts and ports beyond this machine that a log of strace names."""
    found = ADDRESS.findall(log.read_text(encoding="utf-8", errors="replace"))
    return sorted({f"{host} port {port}" for port, host in found if not HERE.match(host)})


def main() -> int:
    """Run everything; return 1 if anything left this machine."""
    if not (strace := shutil.which("strace")):
        print("strace is not installed: apt-get install strace")
        return 2
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        environment = {"BRAINSEG_MODELS": str(work / "models"), "HOME": str(work)}
        for name, command in commands(work).items():
            log = work / "strace.log"
            traced = ["env", *(f"{key}={value}" for key, value in environment.items())]
            traced += [strace, "-f", "-qq", "-e", CALLS, "-o", str(log), *command]
            done = subprocess.run(traced, capture_output=True, text=True, check=False)
            found = attempts(log)
            failed = done.returncode != (name in FAILING)
            print(f"{name}: {', '.join(found) or 'nothing left this machine'}", flush=True)
            if failed:
                print(f"  failed with {done.returncode}: {done.stderr[-600:]}")
            wrong += bool(found) + failed
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
