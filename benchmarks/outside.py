"""How a model does on scans from elsewhere: other scanners, no skull, other units, no tumour.

    python benchmarks/outside.py MODEL [--only WORDS ...] [--json FILE]

MODEL is the name of a model or its folder. ``../shared/outside`` beside the checkout, or what
``--outside`` names, holds ``brats18``, ``brats13_zscored``, ``stripped`` and ``no_tumour``, and
``../shared/scans`` (``--scans``) the head with its skull; what is not there is left out, and said.
Every fourth slice of the isotropic scans is taken, as a scan of 4 mm slices. Nothing is trained or
chosen here: the mask is what the model's card makes of the probabilities; Dice at other thresholds
goes to the JSON file for comparison.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.io import read_scan
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.pipeline.postprocess import label_map
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle

SHARED = Path(__file__).parents[2] / "shared"
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)
EVERY = 4
"""Of isotropic scans, every so many-th slice is taken."""

MOST_ML = 3.0
"""What may be marked in a scan without tumour."""

Images = dict[str, Scan]
"""One scan of one channel by role of the model."""


@dataclass(frozen=True, slots=True)
class Result:
    """One scan, segmented.

    Parameters
    ----------
    kind, case : str
        What is tried, and on which scan.
    ml : float
        Volume that was marked, in millilitres.
    dice : float or None
        With the reference; None without one.
    ratio : float or None
        Marked volume by that of the reference.
    doubts : int
        Notes and doubts that the user is told.
    by_threshold : dict
        Dice, or millilitres without a reference, by threshold.
    """

    kind: str
    case: str
    ml: float
    dice: float | None = None
    ratio: float | None = None
    doubts: int = 0
    by_threshold: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Images to segment, and the reference (Z, Y, X) on their grid, if there is one."""

    kind: str
    case: str
    images: Images
    reference: NDArray[np.bool_] | None = None


def thick(scan: Scan, every: int = EVERY) -> Scan:
    """Take every so many-th axial slice of an isotropic scan of axial slices."""
    affine = scan.affine.copy()
    affine[:3, 2] *= every
    return Scan(scan.data[:, ::every], affine, scan.channels, scan.source, scan.units)


def changed(scan: Scan, change: Callable[[NDArray[np.float32]], NDArray[np.generic]]) -> Scan:
    """Return a scan of other intensities."""
    data = change(scan.data.astype(np.float32))
    source = Source("nifti", scan.source.name)
    return Scan(data, scan.affine, scan.channels, source, scan.units)


def z_scored(data: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make z-scores of the brain amid exact zeros: negative values are brain."""
    brain = data != 0
    scores = (data - data[brain].mean()) / data[brain].std()
    return np.where(brain, scores, 0).astype(np.float32)


def windowed(data: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Clip to the percentiles 2 and 99.8 of the brain and store in 8 bit."""
    low, high = np.percentile(data[data != 0], (2, 99.8))
    return (255 * np.clip((data - low) / (high - low), 0, 1)).round().astype(np.uint8)


def biased(data: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply by a field that rises from 0.6 to 1.4 across the slices, from corner to corner."""
    rows, columns = (np.linspace(-1, 1, length) for length in data.shape[-2:])
    slope = 1 + 0.4 * (rows[:, None] + columns) / 2
    return (data * slope).astype(np.float32)


CHANGES: Mapping[str, Callable[[NDArray[np.float32]], NDArray[np.generic]]] = {
    "z-scored": z_scored,
    "8-bit window": windowed,
    "bias field ±40 %": biased,
}


def brats18(folder: Path) -> Iterator[Trial]:
    """Gliomas of BraTS 2018: FLAIR alone, with both T1, and FLAIR in other units."""
    for home in sorted(folder.glob("Brats18_*")):
        images = {
            role: thick(read_scan(path).scan)
            for role, suffix in (
                ("FLAIR", "flair"),
                ("pre-contrast", "t1"),
                ("post-contrast", "t1ce"),
            )
            if (path := home / f"{home.name}_{suffix}.nii.gz").is_file()
        }
        truth = thick(read_scan(home / f"{home.name}_seg.nii.gz").scan).data[0] > 0
        flair = images["FLAIR"]
        yield Trial("BraTS 2018, FLAIR alone", home.name, {"FLAIR": flair}, truth)
        if len(images) > 1:
            yield Trial("BraTS 2018, all sequences", home.name, images, truth)
        for name, change in CHANGES.items():
            altered = {"FLAIR": changed(flair, change)}
            yield Trial(f"BraTS 2018, {name}", home.name, altered, truth)


def brats13(folder: Path) -> Iterator[Trial]:
    """Gliomas of BraTS 2013, whose FLAIR is stored as z-scores."""
    for home in sorted(folder.glob("brats_2013_*")):
        flair = thick(read_scan(home / "Flair_subtrMeanDivStd.nii.gz").scan)
        truth = thick(read_scan(home / "OTMultiClass.nii.gz").scan).data[0] > 0
        yield Trial("BraTS 2013, z-scores", home.name, {"FLAIR": flair}, truth)


def no_tumour(folder: Path) -> Iterator[Trial]:
    """Heads of people with multiple sclerosis: nothing should be marked but small plaques."""
    for path in sorted(folder.glob("*_flair.nii.gz")):
        yield Trial("no tumour", path.name.split("_study")[0], {"FLAIR": read_scan(path).scan})


def skull(stripped: Path, whole: Path) -> Iterator[tuple[Trial, Trial]]:
    """One head without and with its skull: FLAIR alone, and with both T1."""
    names = {"FLAIR": "flair", "pre-contrast": "t1_pre", "post-contrast": "t1_post"}
    bare = {
        role: read_scan(stripped / f"mr_clinical_{name}_stripped.nii.gz").scan
        for role, name in names.items()
    }
    full = {role: read_scan(whole / f"{name}.nii.gz").scan for role, name in names.items()}
    for roles, said in ((("FLAIR",), "FLAIR alone"), (tuple(names), "all sequences")):
        yield (
            Trial("skull removed", said, {role: bare[role] for role in roles}),
            Trial("skull on", said, {role: full[role] for role in roles}),
        )


def probabilities(bundle: Bundle, images: Images) -> tuple[NDArray[np.float32], int]:
    """Return the model's probabilities (Z, Y, X) of the first class, and how much it said."""
    channels = {role: Channel(scan, 0) for role, scan in images.items()}
    found = segment_scan(images["FLAIR"], bundle, channels=channels, device="cpu", plane="axial")
    return found.probabilities[0].astype(np.float32), len(found.notes)


def measure(bundle: Bundle, trial: Trial) -> tuple[Result, NDArray[np.uint8]]:
    """Segment a scan as the card says, and compare; return the mask too."""
    found, doubts = probabilities(bundle, trial.images)
    card, voxel = bundle.card, trial.images["FLAIR"].voxel_volume / 1000
    masks = {
        threshold: label_map(found, threshold, card.keep_fraction, value=1)
        for threshold in (*THRESHOLDS, card.threshold)
    }
    mask = masks[card.threshold]
    volume = float(mask.sum()) * voxel
    if trial.reference is None:
        by = {str(t): round(float(masks[t].sum()) * voxel, 2) for t in THRESHOLDS}
        return Result(trial.kind, trial.case, volume, doubts=doubts, by_threshold=by), mask
    by = {str(t): round(overlap(masks[t], trial.reference).dice, 4) for t in THRESHOLDS}
    dice = overlap(mask, trial.reference).dice
    ratio = float(mask.sum() / max(trial.reference.sum(), 1))
    return Result(trial.kind, trial.case, volume, dice, ratio, doubts, by), mask


def run(bundle: Bundle, outside: Path, scans: Path, only: Sequence[str] = ()) -> list[Result]:
    """Segment everything that is at hand.

    Parameters
    ----------
    bundle : Bundle
        The model.
    outside, scans : Path
        Folders of the scans.
    only : sequence of str
        Kinds that hold one of these words; all if there is none.

    Returns
    -------
    list of Result
        In the order of the kinds.

    Raises
    ------
    FileNotFoundError
        If nothing is.
    """
    results = []
    for name, trials in (
        ("brats18", brats18),
        ("brats13_zscored", brats13),
        ("no_tumour", no_tumour),
    ):
        if (outside / name).is_dir():
            wanted = (each for each in trials(outside / name) if _is_wanted(each.kind, only))
            results += [measure(bundle, trial)[0] for trial in wanted]
        else:
            print(f"left out: there is no {name} in {outside}", file=sys.stderr)
    if not _is_wanted("skull removed", only):
        pass
    elif (outside / "stripped").is_dir() and (scans / "mr_clinical").is_dir():
        for bare, full in skull(outside / "stripped", scans / "mr_clinical"):
            (without, mask), (whole, other) = measure(bundle, bare), measure(bundle, full)
            agreement = overlap(mask, other)
            ratio = without.ml / max(whole.ml, 1e-9)
            results.append(Result(bare.kind, bare.case, without.ml, agreement.dice, ratio))
            results.append(Result(full.kind, full.case, whole.ml))
    else:
        print(f"left out: no head with and without its skull in {outside}", file=sys.stderr)
    if not results:
        raise FileNotFoundError(f"{outside} holds none of the scans")
    return results


def _is_wanted(kind: str, only: Sequence[str]) -> bool:
    return not only or any(words in kind for words in only)


def summary(results: list[Result]) -> dict[str, dict[str, float]]:
    """Return mean, median and worst per kind (Dice, or millilitres without a reference)."""
    table: dict[str, dict[str, float]] = {}
    for kind in dict.fromkeys(result.kind for result in results):
        rows = [result for result in results if result.kind == kind]
        scored = [row.dice for row in rows if row.dice is not None]
        values = scored or [row.ml for row in rows]
        worst = min(values) if scored else max(values)
        table[kind] = {"n": len(rows), "mean": float(np.mean(values)), "worst": worst}
        table[kind]["median"] = float(np.median(values))
    return table


def show(results: list[Result]) -> str:
    """Make a markdown table of all results and one of the kinds."""
    lines = ["| what | scan | Dice | marked, mL | of the reference |", "|---|---|---|---|---|"]
    for each in results:
        dice = "" if each.dice is None else f"{each.dice:.3f}"
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        lines.append(f"| {each.kind} | {each.case} | {dice} | {each.ml:.1f} | {ratio} |")
    lines += ["", "| what | n | mean | median | worst |", "|---|---|---|---|---|"]
    for kind, row in summary(results).items():
        numbers = " | ".join(f"{row[key]:.3f}" for key in ("mean", "median", "worst"))
        lines.append(f"| {kind} | {row['n']:.0f} | {numbers} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; say so, and end well, where the scans are not at hand."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", help="name or folder")
    parser.add_argument("--outside", type=Path, default=SHARED / "outside")
    parser.add_argument("--scans", type=Path, default=SHARED / "scans")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORDS", help="kinds to try")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not options.outside.is_dir():
        print(f"skipped: there is no folder {options.outside}")
        return
    at = Path(options.model)
    bundle = open_bundle(at) if at.is_dir() else find_models().get(options.model)
    started = time.perf_counter()
    results = run(bundle, options.outside, options.scans, options.only)
    print(f"{bundle.card.name}, threshold {bundle.card.threshold:g}\n\n{show(results)}")
    print(f"\n{time.perf_counter() - started:.0f} s", file=sys.stderr)
    if options.json:
        plain = {"model": bundle.card.name, "results": [asdict(each) for each in results]}
        options.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
