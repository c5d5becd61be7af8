"""Scans never leave the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np

if TYPE_CHECKING:
    import pytest

# An audit hook sees every connection of the process, whichever library makes it.
GUARDED = """
import sys

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind")

def forbid(event, arguments):
    if event in NETWORK:
        raise RuntimeError(f"{event}: {arguments[1:]}")

sys.addaudithook(forbid)
"""
PREDICT = """
from napari_brainseg.cli import app

app(["predict", sys.argv[1], "-o", sys.argv[2]])
"""
CONNECT = """
import socket

socket.create_connection(("127.0.0.1", 9), timeout=1)
"""

# Records rather than forbids: an exception may be caught by whoever made the attempt.
CARDS = """
import json
import os
import sys
from pathlib import Path

attempts = []
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
sys.addaudithook(lambda event, given: attempts.append(event) if event in NETWORK else None)

from typer.testing import CliRunner

from napari_brainseg.cli import app
from napari_brainseg.models import catalog

source = Path(catalog.__file__).parent / "embedded" / "lgg-flair-unet"
os.environ["BRAINSEG_MODELS"] = sys.argv[1]
addresses = ("hf-hub:a/b", "local-dir:/etc", "https://host/a", "s3://a/b", "file:///etc/passwd")
prefixes = ("", "tu-", "timm-", "tu-resnet18.")
encoders = [f"{prefix}{each}" for prefix in prefixes for each in addresses]
encoders += ["TU-HF-HUB:a/b", "tu- hf-hub:a/b", "tu-resnet18@hf-hub:a/b", ""]
for number, encoder in enumerate(encoders):
    folder = Path(sys.argv[1]) / f"m{number}"
    folder.mkdir()
    for file in source.iterdir():
        (folder / file.name).symlink_to(file)
    card = json.loads((source / "card.json").read_text())
    (folder / "card.json").unlink()
    (folder / "card.json").write_text(json.dumps({**card, "encoder": encoder}))
runner = CliRunner()
for command in (["models"], ["models", "verify"]):
    result = runner.invoke(app, command)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    said = result.output + result.stderr
    assert all(f"m{number}" in said for number in range(len(encoders))), said
assert attempts == [], attempts
"""


def guarded(code: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", GUARDED + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_scan_is_read_segmented_and_saved_without_the_network(tmp_path: Path) -> None:
    path = tmp_path / "flair.nii.gz"
    voxels = np.random.default_rng(0).integers(0, 400, (48, 40, 3)).astype(np.int16)
    nib.save(nib.Nifti1Image(voxels, np.diag([-1.0, -1.0, 5.0, 1.0])), path)
    result = guarded(PREDICT, path, tmp_path / "mask.nii.gz")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "mask.nii.gz").is_file()


def test_the_guard_would_notice() -> None:
    result = guarded(CONNECT)
    assert result.returncode != 0
    assert "socket.connect" in result.stderr or "socket.getaddrinfo" in result.stderr


def test_no_card_makes_anything_ask_the_network(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    command = [sys.executable, "-c", CARDS, str(tmp_path / "models")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]


def test_the_recorder_of_system_calls_tells_this_machine_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "scripts")
    from network import attempts

    there = (
        'connect(3, {{sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr("{}")}}, 16) = 0'
    )
    lines = [there.format(443, host) for host in ("127.0.0.1", "127.0.1.1")]
    lines.append('connect(3, {sa_family=AF_UNIX, sun_path="/tmp/.X11-unix/X1"}, 20) = 0')
    (tmp_path / "log").write_text("\n".join(lines))
    assert attempts(tmp_path / "log") == []
    lines.append(there.format(53, "10.0.0.2"))
    lines.append(
        "sendto(3, x, 1, 0, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
        'inet_pton(AF_INET6, "2606:4700::1", &sin6_addr), sin6_scope_id=0}, 28) = 1'
    )
    (tmp_path / "log").write_text("\n".join(lines))
    assert attempts(tmp_path / "log") == ["10.0.0.2 port 53", "2606:4700::1 port 443"]
