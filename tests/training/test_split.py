"""No patient is ever on both sides."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainseg_train.data.case import Case
from brainseg_train.data.split import split_by_patient
from brainseg_train.errors import DataError


def cases_of(visits: list[tuple[int, int]]) -> list[Case]:
    names = [f"TCGA_{'ABC'[p % 3]}X_{p:04d}_{19900101 + v}" for p, v in visits]
    return [Case(name, Path(name)) for name in names]


visits = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 3)), min_size=6, max_size=60, unique=True
)


@given(visits, st.floats(0.1, 0.9), st.integers(0, 1000))
def test_no_patient_is_on_two_sides(
    pairs: list[tuple[int, int]], fraction: float, seed: int
) -> None:
    cases = cases_of(pairs)
    try:
        split = split_by_patient(cases, fraction, seed)
    except DataError:
        return
    train = {case.patient for case in split.train}
    held = {case.patient for case in split.validation}
    assert not train & held
    assert len(split.train) + len(split.validation) == len(cases)
    assert split == split_by_patient(list(reversed(cases))[::-1], fraction, seed)


def test_every_institution_is_held_out_in_proportion() -> None:
    split = split_by_patient(cases_of([(p, 0) for p in range(60)]), 0.2, seed=1)
    counts = [sum(c.institution == code for c in split.validation) for code in ("AX", "BX", "CX")]
    assert counts == [4, 4, 4]


def test_an_excluded_patient_is_on_neither_side() -> None:
    cases = cases_of([(p, v) for p in range(10) for v in (0, 1)])
    split = split_by_patient(cases, 0.3, 0, exclude=[cases[0].name])
    assert cases[0].patient not in {case.patient for case in split.train + split.validation}


def test_excluding_an_unknown_name_is_an_error() -> None:
    with pytest.raises(DataError, match="nobody"):
        split_by_patient(cases_of([(p, 0) for p in range(10)]), 0.3, 0, exclude=["nobody"])


def test_too_few_patients_are_refused() -> None:
    with pytest.raises(DataError, match="one side empty"):
        split_by_patient(cases_of([(0, 0)]), 0.5, 0)


@pytest.mark.parametrize("fraction", [0.01, 0.2, 0.99])
def test_two_patients_are_one_to_learn_from_and_one_to_validate_on(fraction: float) -> None:
    split = split_by_patient(cases_of([(0, 0), (0, 1), (1, 0)]), fraction, 0)
    assert len({case.patient for case in split.train}) == 1
    assert len({case.patient for case in split.validation}) == 1
