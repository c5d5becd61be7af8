"""Streams that fail, and machines that lack something: one line, and what was written counts."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest

from napari_brainseg.cli.program import Program, SafeStream
from napari_brainseg.errors import LittleMemory
from napari_brainseg.io import read_mask

if TYPE_CHECKING:
    from pathlib import Path

RUN = "from {}.cli import app; app()"


class Failing(io.StringIO):
    """A stream on a full disk, or into a pipe that nobody reads."""

    encoding = "utf-8"

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


class Ascii(io.StringIO):
    encoding = "ascii"


def program(act: object) -> Program:
    app = Program(name="prog", add_completion=False)

    @app.command()
    def run() -> None:
        act()  # type: ignore[operator]

    return app


def ended(app: Program, monkeypatch: pytest.MonkeyPatch, out: object) -> tuple[int, str]:
    err = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(sys, "argv", ["prog"])
    with pytest.raises(SystemExit) as end:
        app()
    return int(end.value.code or 0), err.getvalue()


@pytest.mark.parametrize(
    ("out", "said"),
    [
        (Failing(OSError(28, "No space left on device")), "No space left on device"),
        (None, "it is closed"),
        (Failing(BrokenPipeError(32, "Broken pipe")), ""),
    ],
)
def test_work_goes_on_where_results_cannot_be_printed(monkeypatch, out, said) -> None:  # type: ignore[no-untyped-def]
    done = []

    def act() -> None:
        for number in range(3):
            print(number)
            done.append(number)

    status, text = ended(program(act), monkeypatch, out)
    assert done == [0, 1, 2]
    assert status == 1
    assert text.count("\n") == bool(said)
    assert said in text


def test_letters_that_a_terminal_has_not_are_question_marks(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    out = Ascii()
    status, text = ended(program(lambda: print("腫瘍 · 31 mL")), monkeypatch, out)
    assert (status, text, out.getvalue()) == (0, "", "?? ? 31 mL\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "not enough memory. Close other programs"),
        (ImportError("DLL load failed while importing _C", name="torch._C"), "torch cannot be"),
        (OSError("libcudart.so.12: cannot open shared object file"), "a library cannot be loaded"),
    ],
)
def test_what_the_machine_lacks_is_one_line(monkeypatch, error, said) -> None:  # type: ignore[no-untyped-def]
    def act() -> None:
        raise error

    status, text = ended(program(act), monkeypatch, io.StringIO())
    assert status == 1
    assert text.startswith("prog: ")
    assert text.count("\n") == 1
    assert said in text


def test_a_defect_of_ours_keeps_its_traceback(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def act() -> None:
        raise OSError(2, "No such file")

    monkeypatch.setattr(sys, "argv", ["prog"])
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    with pytest.raises(OSError, match="No such file"):
        program(act)()


def test_a_stream_that_works_is_as_it_was() -> None:
    inner = io.StringIO()
    stream = SafeStream(inner)
    assert (stream.write("abc"), stream.isatty(), stream.lost) == (3, False, None)
    assert inner.getvalue() == stream.getvalue() == "abc"


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    values = np.random.default_rng(0).gamma(2, 30, (20, 24, 4)).astype(np.int16)
    path = tmp_path / "腫瘍.nii.gz"
    nib.save(nib.Nifti1Image(values, np.diag([3.0, 3.0, 5.0, 1.0])), path)
    return path


needs_limits = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux limits the addresses of a process"
)


def run(
    *words: object, program: str = "napari_brainseg", **options: object
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN.format(program), *map(str, words)]
    options = {"stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.run(command, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/full is Linux's")
def test_a_mask_that_was_written_counts_though_its_line_could_not_be_printed(scan: Path) -> None:
    with open("/dev/full", "w") as full:
        done = run("predict", scan, "-q", "--json", stdout=full)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "results could not be printed (No space left on device)" in line
    assert read_mask(scan.with_name("腫瘍_mask.nii.gz"))[0].shape == (4, 24, 20)


def limited(
    megabytes: int, *words: object, program: str = "napari_brainseg"
) -> subprocess.CompletedProcess[str]:
    """Run the command with so many addresses, as ``ulimit -v`` leaves them."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 10**6,) * 2)

    return run(*words, program=program, stdout=subprocess.PIPE, preexec_fn=limit, timeout=120)


@needs_limits
@pytest.mark.parametrize("megabytes", [120, 200, 300, 340, 420, 540, 580, 660])
def test_little_memory_is_one_line_and_no_wait_for_ever(scan: Path, megabytes: int) -> None:
    done = limited(megabytes, "predict", scan, "-q")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "memory, and the limit on this process leaves" in done.stderr
    assert "Raise the limit" in done.stderr


@needs_limits
def test_where_workers_have_no_room_scans_are_segmented_one_after_another(scan: Path) -> None:
    for number in range(3):
        shutil.copy(scan, scan.with_name(f"{number}.nii.gz"))
    done = limited(1200, "predict", scan.parent, "-q", "-o", scan.parent / "masks")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(scan.parent.glob("masks/*_mask.nii.gz"))) == 4


@needs_limits
@pytest.mark.parametrize("name", ["napari_brainseg", "brainseg_train"])
def test_help_is_there_in_little_memory(name: str) -> None:
    import resource

    done = subprocess.run(
        [sys.executable, "-c", f"from {name}.cli import app; app()", "--help"],
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (150_000_000,) * 2),
    )
    assert (done.returncode, done.stderr) == (0, b"")


@needs_limits
def test_a_training_asks_for_the_room_of_torch() -> None:
    done = limited(900, "fit", "no-such-folder", program="brainseg_train")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "brainseg-train: This program needs" in done.stderr


def test_torch_is_not_loaded_where_its_libraries_have_no_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from napari_brainseg import memory
    from napari_brainseg.models import runtime

    for module in (memory, runtime):
        monkeypatch.setattr(module, "address_room", lambda: 500_000_000)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    runtime._see_room.cache_clear()
    with pytest.raises(LittleMemory, match=r"torch needs .* leaves 0\.50 GB"):
        runtime.ready_torch()
    assert "torch" not in sys.modules


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        ("Exception from plugin.cpp:53: Resource temporarily unavailable", True),
        ("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory", True),
        ("std::bad_alloc", True),
        ("an index is wrong", False),
    ],
)
def test_a_library_without_memory_is_one_line_and_a_defect_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: str, is_told: bool
) -> None:
    program = Program(name="brainseg")

    @program.command()
    def work() -> None:
        raise RuntimeError(error)

    monkeypatch.setattr(sys, "argv", ["brainseg"])
    for name in ("stdout", "stderr"):  # put back afterwards
        monkeypatch.setattr(sys, name, getattr(sys, name))
    with pytest.raises(SystemExit if is_told else RuntimeError):
        program()
    assert ("not enough memory" in capsys.readouterr().err) == is_told


def test_a_home_that_takes_no_file_and_a_locale_without_letters_hinder_nothing(
    scan: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.write_text("no folder")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "HOME": str(home)}
    paths = {key: value for key, value in os.environ.items() if "XDG" not in key}
    done = run("predict", scan, "-q", stdout=subprocess.PIPE, env={**paths, **plain})
    assert (done.returncode, done.stderr) == (0, "")
    assert scan.with_name("腫瘍_mask.nii.gz").is_file()


@pytest.mark.parametrize("error", ["ImportError('DLL load failed')", "OSError('WinError 126')"])
def test_a_broken_torch_hinders_no_run_that_does_not_need_it(
    scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    from napari_brainseg.pipeline import devices

    monkeypatch.setattr(devices, "accelerator_possible", lambda: True)
    monkeypatch.setattr(devices, "ready_torch", lambda: None)

    class Broken:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "torch":
                raise eval(error)

    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken, *sys.meta_path])
    assert [each.name for each in devices.list_devices()] == ["cpu"]
    assert "torch cannot be loaded" in devices.find_devices()[0].unusable


@pytest.mark.parametrize(("number", "is_told"), [(13, True), (36, True), (17, False)])
def test_what_nobody_may_look_at_is_a_line(
    monkeypatch: pytest.MonkeyPatch, number: int, is_told: bool
) -> None:
    def act() -> None:
        raise OSError(number, os.strerror(number), "/home/doe/closed/x.nii")

    if not is_told:
        monkeypatch.setattr(sys, "argv", ["prog"])
        with pytest.raises(OSError, match=r"x\.nii"):
            program(act)()
        return
    status, err = ended(program(act), monkeypatch, io.StringIO())
    assert (status, err.count("\n")) == (1, 1)
    assert err.startswith(f"prog: x.nii: {os.strerror(number)}. Check the name, or ask")
    assert "doe" not in err


WARNING = """
import warnings
from napari_brainseg.cli.program import Program
app = Program()
app.command()(lambda: warnings.warn("an identifier is too long", stacklevel=2))
app()
"""


@pytest.mark.parametrize(
    ("asked", "expected"), [({}, False), ({"PYTHONWARNINGS": "default"}, True)]
)
def test_what_libraries_tell_programmers_is_printed_if_asked_for(
    asked: dict[str, str], expected: bool
) -> None:
    """pydicom, say, warns of each identifier that is too long."""
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"}
    done = subprocess.run(
        [sys.executable, "-c", WARNING], capture_output=True, text=True, env=plain | asked
    )
    assert done.returncode == 0
    assert ("an identifier is too long" in done.stderr) == expected
