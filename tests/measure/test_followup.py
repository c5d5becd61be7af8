"""Time points: volume and diameters against baseline and nadir, as RANO 2.0 words them."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from pydicom.dataset import Dataset

from napari_brainseg.measure import MaskReport, measure_mask, reports_csv, reports_json
from napari_brainseg.measure.followup import TimePoint, exam_date, follow_up, time_point
from napari_brainseg.scan import DicomSource, Scan, Source


def scan_named(name: str) -> Scan:
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    return Scan(np.zeros((1, 10, 80, 90), np.int16), affine, ("FLAIR",), Source(name))


def blocks(*sizes: tuple[int, int]) -> np.ndarray:
    """Draw a rectangular lesion of each size in mm, 4 mm thick, side by side."""
    labels = np.zeros((10, 80, 90), np.uint8)
    column = 2
    for rows, columns in sizes:
        labels[3:7, 5 : 5 + rows, column : column + columns] = 1
        column += columns + 3
    return labels


def point(*sizes: tuple[int, int], name: str = "visit", date: str = "") -> TimePoint:
    return time_point(measure_mask(blocks(*sizes), scan_named(name)), name, date)


def test_the_sum_is_that_of_the_three_largest_measurable_lesions():
    found = point((20, 12), (18, 11), (15, 15), (12, 12), (9, 30))
    assert (found.lesions, found.measurable) == (5, 4)
    corner = measure_mask(blocks((20, 12)), scan_named("x")).table[0].diameters
    assert corner is not None
    singles = sorted(
        (point(size).products_mm2 for size in ((20, 12), (18, 11), (15, 15), (12, 12))),
        reverse=True,
    )
    assert found.products_mm2 == pytest.approx(sum(singles[:3]))


def test_change_is_told_against_baseline_and_nadir():
    found = follow_up([point((20, 20)), point((10, 20)), point((15, 20))])
    change = found.volume_ml
    assert (change.baseline, change.nadir, change.now) == (1.6, 0.8, 1.2)
    assert change.from_baseline_percent == pytest.approx(-25)
    assert change.from_nadir_percent == pytest.approx(50)


def test_the_first_of_two_is_both_and_nothing_is_divided_by_nothing():
    change = follow_up([point(), point((20, 20))]).volume_ml
    assert (change.baseline, change.nadir, change.from_baseline_percent) == (0, 0, None)


def test_dates_give_the_order_where_all_have_one():
    visits = [point((n, 20), name=f"v{n}", date=f"20{n}-01-01") for n in (12, 10, 11)]
    assert [each.name for each in follow_up(visits).points] == ["v10", "v11", "v12"]
    visits[1] = point((10, 20), name="v10")
    assert [each.name for each in follow_up(visits).points] == ["v12", "v10", "v11"]


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("TCGA_FG_6692_20020606", "2002-06-06"),
        ("sub-01_ses-2021-03-09_flair", "2021-03-09"),
        ("flair 20019999", ""),
        ("1234567890123", ""),
    ],
)
def test_a_name_may_tell_the_date(name, date):
    assert exam_date(scan_named(name)) == date


def test_dicom_tells_the_date():
    dataset = Dataset()
    dataset.StudyDate = "20190215"
    scan = scan_named("x")
    source = DicomSource("20020606", dataset=dataset)
    assert exam_date(Scan(scan.data, scan.affine, scan.channels, source)) == "2019-02-15"


def test_the_export_holds_changes_and_days_but_no_dates():
    first = point((20, 20), name="a", date="2020-01-01")
    followed = follow_up([first, point((10, 20), name="b", date="2020-03-01")])
    measures = measure_mask(blocks((10, 20)), scan_named("b"))
    report = MaskReport("b", measures, followup=followed)
    (row,) = csv.DictReader(io.StringIO(reports_csv([report])))
    assert float(row["volume_ml_from_baseline_percent"]) == -50
    assert float(row["products_mm2_nadir"]) > 0
    text = reports_json([report])
    (told,) = json.loads(text)
    assert [each["day"] for each in told["followup"]["points"]] == [0, 60]
    assert "2020-" not in text
