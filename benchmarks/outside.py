"""How models do on scans from elsewhere: other scanners, no skull, other units, no tumour.

    python benchmarks/outside.py [MODEL ...] [--only WORDS ...] [--lgg DATA] [--json FILE]
                                 [--pictures FOLDER] [--averaged SLICES]

MODEL is the name of a model or its folder; without one, all models in the package are tried.
``../shared/outside`` beside the checkout, or what ``--outside`` names, holds ``brats18``,
``brats13_zscored``, ``stripped`` and ``no_tumour``, and ``../shared/scans`` (``--scans``) the head
with its skull; what is not there is left out, and said. ``--lgg`` adds patients of the LGG set that
no model in the package has seen (``--kept``). Every fourth slice of the isotropic scans is taken,
as a scan of 4 mm slices; or four (``--averaged``) are averaged, in each of the three planes, and
run on axial slices or (*not turned*) on those of the plane. Nothing is trained or chosen here: the
mask is what the model's card makes of the probabilities; Dice at other thresholds goes to the JSON
file for comparison.

``--pictures`` draws best, median and worst of each kind, reference in green and mask in red;
of a kind with one case its best, median and worst slice. Of data that may not be passed on, the
pictures may not be either.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.benchmark.charts import draw_examples
from brainseg_train.data.cases import find_cases
from napari_brainseg.frames import frame_for
from napari_brainseg.io import read_scan
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.catalog import EMBEDDED_FOLDER, find_models
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.pipeline.postprocess import label_map
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.frames import Plane
    from napari_brainseg.models.bundle import Bundle

SHARED = Path(__file__).parents[2] / "shared"
THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
EVERY = 4
"""Of isotropic scans, every so many-th slice is taken."""

PLANES: tuple[Plane, ...] = ("axial", "coronal", "sagittal")
"""In which isotropic scans are cut into thick slices."""

ROLES = ("pre-contrast", "FLAIR", "post-contrast")
"""Of the LGG set's channels."""

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
    ml : float or None
        Volume that was marked, in millilitres; None where the scan stores no spacing.
    dice : float or None
        With the reference; None without one.
    ratio : float or None
        Marked volume by that of the reference.
    doubts : tuple of str
        Notes and doubts that the user is told before the mask.
    by_threshold : dict
        Dice, or millilitres without a reference, by threshold.
    """

    kind: str
    case: str
    ml: float | None
    dice: float | None = None
    ratio: float | None = None
    doubts: tuple[str, ...] = ()
    by_threshold: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Images to segment in a plane, and the reference (Z, Y, X) on their grid, if there is one."""

    kind: str
    case: str
    images: Images
    reference: NDArray[np.bool_] | None = None
    plane: Plane = "axial"


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One slice to draw: how good its mask is, of what, and arrays (h, w)."""

    kind: str
    score: float
    title: str
    image: NDArray[np.generic]
    reference: NDArray[np.generic]
    mask: NDArray[np.generic]


class Gallery:
    """Keeps a slice of each case, and each slice of the first case of a kind."""

    def __init__(self) -> None:
        self._cases: dict[str, list[Shot]] = {}
        self._slices: dict[str, list[Shot]] = {}

    def add(self, trial: Trial, result: Result, mask: NDArray[np.uint8]) -> None:
        """Keep what can be drawn of a trial: slices in the order of the scan."""
        volume, reference = trial.images["FLAIR"].data[0], trial.reference
        truth = np.zeros(mask.shape, dtype=bool) if reference is None else reference
        area = 2 * truth.sum(axis=(1, 2)) + mask.sum(axis=(1, 2))
        score = -(result.ml or 0.0) if result.dice is None else result.dice
        told = f"{result.ml or 0.0:.1f} mL" if result.dice is None else f"Dice {result.dice:.2f}"

        def shot(z: int, score: float, told: str) -> Shot:
            return Shot(trial.kind, score, told, volume[z], truth[z], mask[z])

        self._cases.setdefault(trial.kind, []).append(shot(int(area.argmax()), score, told))
        if trial.kind not in self._slices and reference is not None:
            by_slice = [(z, overlap(mask[z], truth[z]).dice) for z in np.flatnonzero(area)]
            self._slices[trial.kind] = [
                shot(z, dice, f"slice {z}: Dice {dice:.2f}") for z, dice in by_slice
            ]

    def write(self, folder: Path, model: str) -> None:
        """Draw best, median and worst of each kind into PNG files."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind, cases in self._cases.items():
            shots = cases if len(cases) > 1 else self._slices.get(kind, cases)
            ordered = sorted(shots, key=lambda shot: shot.score)
            places = {"best": -1, "median": len(ordered) // 2, "worst": 0}
            chosen = [(name, ordered[place]) for name, place in places.items()]
            words = re.sub("[^a-z0-9]+", "-", f"{model} {kind}".lower())
            content = draw_examples(
                [(f"{name}, {s.title}", s.image, s.reference, s.mask) for name, s in chosen]
            )
            (folder / f"{words}.png").write_bytes(content)


def thick(scan: Scan, every: int = EVERY) -> Scan:
    """Take every so many-th axial slice of an isotropic scan of axial slices."""
    affine = scan.affine.copy()
    affine[:3, 2] *= every
    return Scan(scan.data[:, ::every], affine, scan.channels, scan.source, scan.units)


def averaged(scan: Scan, plane: Plane, every: int) -> Scan:
    """Average so many slices of a plane at a time, as a scan of thick slices has them."""
    axis = frame_for(scan.affine, plane).order[0]
    # Array axes are the reverse of the affine's columns.
    column, count = 2 - axis, scan.data.shape[1 + axis] // every
    slabs = np.moveaxis(scan.data, 1 + axis, 1)[:, : count * every].astype(np.float32)
    means = slabs.reshape(len(slabs), count, every, *slabs.shape[2:]).mean(axis=2)
    affine = scan.affine.copy()
    affine[:3, 3] += affine[:3, column] * (every - 1) / 2
    affine[:3, column] *= every
    return Scan(np.moveaxis(means, 1, 1 + axis), affine, scan.channels, scan.source, scan.units)


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


def clipped(data: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clip the brightest tenth of the brain to one value, as too narrow a window does."""
    return np.minimum(data, np.percentile(data[data != 0], 90))


CHANGES: Mapping[str, Callable[[NDArray[np.float32]], NDArray[np.generic]]] = {
    "z-scored": z_scored,
    "8-bit window": windowed,
    "bias field ±40 %": biased,
    "a tenth of the brain clipped": clipped,
}


def brats18(folder: Path, every: int) -> Iterator[Trial]:
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
        whole, marked = (
            read_scan(home / f"{home.name}_{kind}.nii.gz").scan for kind in ("flair", "seg")
        )
        marked = changed(marked, lambda labels: labels > 0)
        for plane in PLANES:
            half = averaged(marked, plane, every).data[0] >= 0.5
            thicker = {"FLAIR": averaged(whole, plane, every)}
            yield Trial(f"BraTS 2018, {plane}, averaged", home.name, thicker, half)
            if plane != "axial":
                kind = f"BraTS 2018, {plane}, averaged, not turned"
                yield Trial(kind, home.name, thicker, half, plane)


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


def lgg(folder: Path, kept: Sequence[str]) -> Iterator[Trial]:
    """Patients of the LGG set that were kept aside: with all sequences, and FLAIR alone."""
    for case in find_cases(folder):
        if case.patient not in kept:
            continue
        scan, reference = case.read()
        images = {
            role: Scan(scan.data[index : index + 1], scan.affine, (role,), scan.source, scan.units)
            for index, role in enumerate(ROLES)
        }
        yield Trial("LGG kept aside, all sequences", case.name, images, reference > 0)
        alone = {"FLAIR": images["FLAIR"]}
        yield Trial("LGG kept aside, FLAIR alone", case.name, alone, reference > 0)


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


def probabilities(
    bundle: Bundle, images: Images, plane: Plane = "axial"
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Return the model's probabilities (Z, Y, X) of the first class, and what it said."""
    channels = {role: Channel(scan, 0) for role, scan in images.items()}
    found = segment_scan(images["FLAIR"], bundle, channels=channels, device="cpu", plane=plane)
    return found.probabilities[0].astype(np.float32), found.notes


def measure(bundle: Bundle, trial: Trial) -> tuple[Result, NDArray[np.uint8]]:
    """Segment a scan as the card says, and compare; return the mask too."""
    found, doubts = probabilities(bundle, trial.images, trial.plane)
    card, flair = bundle.card, trial.images["FLAIR"]
    voxel = flair.voxel_volume / 1000
    masks = {
        threshold: label_map(found, threshold, card.keep_fraction, value=1)
        for threshold in (*THRESHOLDS, card.threshold)
    }
    mask = masks[card.threshold]
    volume = float(mask.sum()) * voxel if flair.units == "mm" else None
    if trial.reference is None:
        by = {str(t): round(float(masks[t].sum()) * voxel, 2) for t in THRESHOLDS}
        return Result(trial.kind, trial.case, volume, doubts=doubts, by_threshold=by), mask
    by = {str(t): round(overlap(masks[t], trial.reference).dice, 4) for t in THRESHOLDS}
    dice = overlap(mask, trial.reference).dice
    ratio = float(mask.sum() / max(trial.reference.sum(), 1))
    return Result(trial.kind, trial.case, volume, dice, ratio, doubts, by), mask


def run(
    bundle: Bundle,
    outside: Path,
    scans: Path,
    only: Sequence[str] = (),
    data: Path | None = None,
    kept: Sequence[str] = (),
    gallery: Gallery | None = None,
    every: int = EVERY,
) -> list[Result]:
    """Segment everything that is at hand.

    Parameters
    ----------
    bundle : Bundle
        The model.
    outside, scans : Path
        Folders of the scans.
    only : sequence of str
        Kinds that hold one of these words; all if there is none.
    data : Path, optional
        The LGG set.
    kept : sequence of str
        Patients of it that no model has seen.
    gallery : Gallery, optional
        Keeps what is to be drawn.
    every : int
        Slices that are averaged to a thick one.

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
    for trial in _trials(outside, data, kept, every):
        if _is_wanted(trial.kind, only):
            result, mask = measure(bundle, trial)
            results.append(result)
            if gallery is not None:
                gallery.add(trial, result, mask)
    if not _is_wanted("skull removed", only):
        pass
    elif (outside / "stripped").is_dir() and (scans / "mr_clinical").is_dir():
        for bare, full in skull(outside / "stripped", scans / "mr_clinical"):
            (without, mask), (whole, other) = measure(bundle, bare), measure(bundle, full)
            agreement = overlap(mask, other)
            ratio = (without.ml or 0.0) / max(whole.ml or 0.0, 1e-9)
            results.append(Result(bare.kind, bare.case, without.ml, agreement.dice, ratio))
            results.append(Result(full.kind, full.case, whole.ml))
    else:
        print(f"left out: no head with and without its skull in {outside}", file=sys.stderr)
    if not results:
        raise FileNotFoundError(f"{outside} holds none of the scans")
    return results


def _trials(outside: Path, data: Path | None, kept: Sequence[str], every: int) -> Iterator[Trial]:
    for name, trials in (
        ("brats18", partial(brats18, every=every)),
        ("brats13_zscored", brats13),
        ("no_tumour", no_tumour),
    ):
        if (outside / name).is_dir():
            yield from trials(outside / name)
        else:
            print(f"left out: there is no {name} in {outside}", file=sys.stderr)
    if data is not None:
        yield from lgg(data, kept)


def _is_wanted(kind: str, only: Sequence[str]) -> bool:
    return not only or any(words in kind for words in only)


def summary(results: list[Result]) -> dict[str, dict[str, float]]:
    """Return mean, median and worst per kind (Dice, or millilitres without a reference)."""
    table: dict[str, dict[str, float]] = {}
    for kind in dict.fromkeys(result.kind for result in results):
        rows = [result for result in results if result.kind == kind]
        scored = [row.dice for row in rows if row.dice is not None]
        values = scored or [row.ml or 0.0 for row in rows]
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
        volume = "" if each.ml is None else f"{each.ml:.1f}"
        lines.append(f"| {each.kind} | {each.case} | {dice} | {volume} | {ratio} |")
    lines += ["", "| what | n | mean | median | worst |", "|---|---|---|---|---|"]
    for kind, row in summary(results).items():
        numbers = " | ".join(f"{row[key]:.3f}" for key in ("mean", "median", "worst"))
        lines.append(f"| {kind} | {row['n']:.0f} | {numbers} |")
    return "\n".join(lines)


def compare(by_model: Mapping[str, list[Result]]) -> str:
    """Make a markdown table of kinds and models: the mean, in parentheses the worst."""
    tables = {model: summary(results) for model, results in by_model.items()}
    kinds = dict.fromkeys(kind for table in tables.values() for kind in table)
    lines = [f"| scans | n | {' | '.join(tables)} |", "|---|---|" + "---|" * len(tables)]
    for kind in kinds:
        rows = [table.get(kind) for table in tables.values()]
        cells = [f"{row['mean']:.3f} ({row['worst']:.2f})" if row else "" for row in rows]
        count = next(int(row["n"]) for row in rows if row)
        lines.append(f"| {kind} | {count} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _bundle(name: str) -> Bundle:
    return open_bundle(Path(name)) if Path(name).is_dir() else find_models().get(name)


def main() -> None:
    """Measure and print; say so, and end well, where the scans are not at hand."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("models", nargs="*", help="names or folders; those in the package if none")
    parser.add_argument("--outside", type=Path, default=SHARED / "outside")
    parser.add_argument("--scans", type=Path, default=SHARED / "scans")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORDS", help="kinds to try")
    parser.add_argument("--lgg", type=Path, help="the LGG set")
    parser.add_argument("--kept", nargs="+", default=["TCGA_FG_6692"], help="its unseen patients")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--averaged", type=int, default=EVERY, metavar="SLICES")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    if not options.outside.is_dir():
        print(f"skipped: there is no folder {options.outside}")
        return
    embedded = sorted(path.parent.name for path in EMBEDDED_FOLDER.glob("*/card.json"))
    by_model: dict[str, list[Result]] = {}
    for bundle in map(_bundle, options.models or embedded):
        started, gallery = time.perf_counter(), Gallery()
        tried = options.only, options.lgg, options.kept, gallery, options.averaged
        results = run(bundle, options.outside, options.scans, *tried)
        name = bundle.card.name
        by_model[name] = results
        print(f"{name}, threshold {bundle.card.threshold:g}\n\n{show(results)}\n", flush=True)
        print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
        if options.pictures:
            gallery.write(options.pictures, name)
    print(compare(by_model))
    if options.json:
        plain = [
            {"model": name, "results": [asdict(each) for each in results]}
            for name, results in by_model.items()
        ]
        options.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
