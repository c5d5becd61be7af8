"""What it buys to let several networks answer together, and to mirror the slices as well.

    python benchmarks/members.py MODEL DATA --fold 2 [--exclude PATIENT ...]

MODEL is a row of a benchmark with several members, by name; measured are the test
patients of that fold of DATA, at probability 0.5, so that nothing is chosen on anybody. Printed is
the mean Dice by patient of single networks, in the mean of the members, and of all together.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.data.case import load_patient
from brainseg_train.data.cases import find_cases
from brainseg_train.data.split import fold_by_patient
from brainseg_train.evaluate.predict import predict_patient, score
from brainseg_train.evaluate.statistics import paired_p_value
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.catalog import find_models
from napari_brainseg.models.ensemble import Ensemble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import nn

    from brainseg_train.data.case import Patient


def dice(network: nn.Module, patients: Sequence[Patient], *, flip: bool) -> NDArray[np.float64]:
    """Dice of each patient's mask at probability 0.5, without a component filter."""
    found = (predict_patient(network, patient, "cpu", flip=flip) for patient in patients)
    pairs = zip(found, (patient.mask for patient in patients), strict=True)
    return np.array([each[0].dice for each in score(pairs, 0.5, 0.0)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("data", type=Path)
    parser.add_argument("--fold", type=int, required=True, help="from 1, of five")
    parser.add_argument("--exclude", action="append", default=[], help="as when it was trained")
    options = parser.parse_args()
    bundle = find_models().get(options.model)
    network = load_network(bundle)
    if not isinstance(network, Ensemble):
        parser.error(f"{bundle.card.name} is one network. Name a model of several.")
    test = fold_by_patient(find_cases(options.data), 5, options.fold - 1, 0, options.exclude).test
    patients = [load_patient(case, bundle.card.preprocessing) for case in test]
    count = len(network.members)
    rows = []
    for flip, name in ((False, ""), (True, ", mirrored too")):
        singles = [dice(member, patients, flip=flip) for member in network.members]
        rows.append((f"one network{name}", 1 + flip, np.mean(singles, axis=0)))
        rows.append((f"all {count}{name}", count * (1 + flip), dice(network, patients, flip=flip)))
    single = rows[0][2]
    print(f"{bundle.card.name}, {len(patients)} test cases; p: Wilcoxon, against one network")
    print("| | forward passes | mean Dice | median | lowest | difference | p |")
    print("|---|---|---|---|---|---|---|")
    for name, passes, values in rows:
        p = "" if values is single else f"{paired_p_value(values.tolist(), single.tolist()):.3f}"
        print(
            f"| {name} | {passes} | {values.mean():.3f} | {np.median(values):.3f} | "
            f"{values.min():.3f} | {(values - single).mean():+.3f} | {p} |"
        )


if __name__ == "__main__":
    main()
