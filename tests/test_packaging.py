"""What a user installs is whole: wheel and editable install each give a working plugin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest
from npe2 import PluginManifest

ROOT = Path(__file__).parent.parent
EMBEDDED = "napari_brainseg/models/embedded"
SCRIPTS = ["brainseg", "brainseg-train"]

pytestmark = pytest.mark.packaging

# Run in the new environment: what napari and Python find there, as JSON.
PROBE = """
import importlib.metadata, json
from pathlib import Path
from npe2 import PluginManager
import brainseg_train, napari_brainseg

manager = PluginManager()
manager.discover()
manifest = manager.get_manifest("napari-brainseg")
distribution = importlib.metadata.distribution("napari-brainseg")
package = Path(napari_brainseg.__file__).parent
print(json.dumps({
    "metadata": str(distribution.locate_file("")),
    "plugin": str(package),
    "training": str(Path(brainseg_train.__file__).parent),
    "version": [napari_brainseg.__version__, distribution.version, manifest.package_version],
    "widgets": [widget.display_name for widget in manifest.contributions.widgets],
    "typed": [(Path(m.__file__).parent / "py.typed").is_file()
              for m in (napari_brainseg, brainseg_train)],
    "embedded": sorted(str(path.relative_to(package)) for path in
                       (package / "models" / "embedded").rglob("*.safetensors")),
}))
"""


def run(*command: object, cwd: Path | None = None) -> str:
    """Run a command away from the checkout and give back what it printed."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build_wheel(source: Path, target: Path) -> Path:
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target)
    run(*build, source, cwd=target)
    (wheel,) = target.glob("*.whl")
    return wheel


def source_files(folder: str) -> set[str]:
    """List the files of a folder of the checkout by their paths in a wheel."""
    return {
        path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


def new_environment(folder: Path) -> Path:
    """Make an environment that sees our dependencies, but not our own installation.

    A .pth file puts this environment's packages behind the new one's. Python does not follow the
    .pth files of a folder reached that way, so the editable install of this checkout stays out.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    inside = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=inside))
    outer = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (packages / "dependencies.pth").write_text("\n".join(outer) + "\n", encoding="utf-8")
    return Path(sysconfig.get_path("scripts", "venv", vars=inside))


def install(scripts: Path, *what: object) -> None:
    pip = (sys.executable, "-m", "pip", "--python", scripts / "python", "install", "-q")
    run(*pip, "--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed", *what)


def probe(scripts: Path, cwd: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(scripts / "python", "-c", PROBE, cwd=cwd))
    return found


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_an_installation_is_a_plugin_that_napari_finds(kind, wheel, tmp_path):
    environment = tmp_path / "environment"
    scripts = new_environment(environment)
    install(scripts, *([wheel] if kind == "wheel" else ["-e", ROOT]))

    found = probe(scripts, cwd=tmp_path)

    home = environment if kind == "wheel" else ROOT
    assert Path(found["metadata"]).is_relative_to(environment)
    assert Path(found["plugin"]).is_relative_to(home)
    assert Path(found["training"]).is_relative_to(home)
    assert len(set(found["version"])) == 1
    assert found["widgets"] == ["Segment", "Work list"]
    assert found["typed"] == [True, True]
    expected = {name for name in source_files(EMBEDDED) if name.endswith(".safetensors")}
    assert {f"napari_brainseg/{name}" for name in found["embedded"]} == expected
    for script in SCRIPTS:
        assert "Usage" in run(scripts / script, "--help", cwd=tmp_path)


def test_the_wheel_holds_the_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert len(names) == len(set(names))
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"napari_brainseg", "brainseg_train"}
    assert source_files(EMBEDDED) <= set(names)


def test_the_wheel_holds_the_manifest_where_symlinks_became_text(tmp_path):
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    unneeded = shutil.ignore_patterns("*.safetensors", "__pycache__")
    for folder in ("napari_brainseg", "training"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=unneeded, symlinks=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", "napari.yaml"):
        shutil.copy(ROOT / name, checkout / name)
    link = checkout / "napari_brainseg" / "napari.yaml"
    link.unlink()
    link.write_text("../napari.yaml", encoding="utf-8")

    wheel = build_wheel(checkout, tmp_path)

    manifest = zipfile.ZipFile(wheel).read("napari_brainseg/napari.yaml")
    assert manifest == (ROOT / "napari.yaml").read_bytes()


def test_everything_the_manifest_names_can_be_imported():
    PluginManifest.from_distribution("napari-brainseg").validate_imports()
