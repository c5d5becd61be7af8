"""A page of one mask: what stands on it, that texts are escaped, and a folder of them."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_brainseg.cli import app
from napari_brainseg.io import MaskInfo, read_scan, write_mask
from napari_brainseg.io.nifti import write_nifti_image
from napari_brainseg.measure import measure_mask
from napari_brainseg.measure.edit_record import EditTime, count_edits
from napari_brainseg.measure.followup import follow_up, time_point
from napari_brainseg.report import make_page, render
from napari_brainseg.report.folder import write_page
from napari_brainseg.report.pictures import slice_pictures
from napari_brainseg.scan import FileSource, Scan, SlicesSource, Source, UnplacedSource

EVIL = '<script>alert(1)</script>\x1b[31m & "co"'


@pytest.fixture
def scan() -> Scan:
    data = np.random.default_rng(0).integers(0, 900, (1, 8, 60, 70)).astype(np.int16)
    return Scan(data, np.diag([-0.9, -0.8, 5.0, 1.0]), ("FLAIR",), Source(EVIL))


@pytest.fixture
def labels(scan: Scan) -> np.ndarray:
    mask = np.zeros(scan.grid, np.uint8)
    mask[3:6, 10:40, 20:45] = 1
    mask[4, 45:50, 50:55] = 2
    return mask


class Texts(HTMLParser):
    """Collects tags and texts as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += f"{data} "


def test_a_page_says_all_that_is_known_and_texts_of_files_are_texts(scan, labels):
    info = MaskInfo({1: EVIL, 2: "core"}, made="SEMIAUTOMATIC", algorithm=EVIL, version="1")
    edits = count_edits(
        labels * 0, labels, scan, against="model", model="m", weights="w", rules={}, time=EditTime()
    )
    points = [time_point(measure_mask(part, scan), EVIL) for part in (labels == 1, labels)]
    html = render(make_page(labels, scan, info, mask=EVIL, edits=edits, followup=follow_up(points)))
    page = Texts(html)
    assert "script" not in page.tags
    assert "\x1b" not in html
    assert page.tags.count("img") == 3
    measures = measure_mask(labels, scan)
    for told in (
        f"{measures.volume_ml:.2f} mL",
        f"{measures.diameters.long_mm:.1f} mm",
        "2 (1 measurable)",
        "by the model, corrected by hand",
        "Changes by hand",
        "from baseline",
        "nadir",
        "Research software, not a medical device",
        "<script>alert(1)</script>",
    ):
        assert told in page.text, told
    assert "http" not in html  # nothing is fetched


def test_several_labels_are_listed_in_their_colours_apart_from_what_they_amount_to(scan, labels):
    """Outlines in two colours had no legend, and the sum stood as if it were of one."""
    info = MaskInfo({1: "core", 2: "oedema"}, colors={1: "#d62728", 2: "#2ca02c"})
    html = render(make_page(labels, scan, info))
    for name, color in (("core", "#d62728"), ("oedema", "#2ca02c")):
        assert f'<span style="color: {color}">■</span> {name}' in html
    assert "All labels together" in Texts(html).text
    one = render(make_page(labels == 1, scan, info))
    assert "■" not in one
    assert "together" not in one


def test_the_first_picture_is_of_the_acquisition_plane_and_shows_the_outline(scan, labels):
    info = MaskInfo({1: "oedema"}, {1: "#ff0000"})
    pictures = slice_pictures(scan, labels, info, measure_mask(labels, scan).diameters)
    assert [each.caption.partition(",")[0] for each in pictures] == ["axial", "coronal", "sagittal"]
    image = Image.open(io.BytesIO(pictures[0].png))
    # 70 by 60 voxels of 0.9 by 0.8 mm.
    assert image.size == (420, round(420 * 48 / 63))
    red = np.argwhere((np.asarray(image) == (255, 0, 0)).all(axis=2))
    per_mm = 420 / 63
    # The affine runs to the left and to the back, as the radiological view does.
    assert red.min(axis=0) / per_mm == pytest.approx((10 * 0.8, 20 * 0.9), abs=0.5)
    assert red.max(axis=0) / per_mm == pytest.approx((40 * 0.8, 45 * 0.9), abs=0.5)


def test_an_empty_mask_and_one_of_no_scan_say_so(scan, labels):
    empty = Texts(render(make_page(labels * 0, scan, MaskInfo())))
    assert "The mask is empty" in empty.text
    unplaced = Scan(scan.data, scan.affine, scan.channels, UnplacedSource("alone"), "pixel")
    text = Texts(render(make_page(labels, unplaced, MaskInfo()))).text
    assert "left and right are not known" in text
    assert "stores no voxel size" in text


def test_sides_are_named_where_a_file_says_how_the_patient_lies(scan, labels, tmp_path):
    """On a page as on the canvas: believed of pictures, they are not told."""
    file = (tmp_path / "scan",)
    said = []
    for source in (FileSource("a", file), SlicesSource("a", file)):
        placed = Scan(scan.data * 0, scan.affine, scan.channels, source)
        image = Image.open(io.BytesIO(slice_pictures(placed, labels, MaskInfo())[0].png))
        left = np.asarray(image)[image.height // 2 - 12 : image.height // 2 + 12, 4:20]
        page = Texts(render(make_page(labels, placed, MaskInfo()))).text
        said.append(((left == 255).all(axis=-1).any(), "left and right are not known" in page))
    assert said == [(True, False), (False, True)]


def run(*arguments: object):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_the_command_writes_a_page_with_the_change_since_an_earlier_mask(tmp_path, scan, labels):
    source = Scan(scan.data, scan.affine, scan.channels, Source("flair"))
    write_nifti_image(tmp_path / "flair.nii.gz", scan.data[0], source)
    mask = write_mask(labels, source, tmp_path / "flair_mask.nii.gz")
    before = write_mask(labels == 1, source, tmp_path / "before_mask.nii.gz")
    result = run("report", mask, tmp_path / "flair.nii.gz", "--earlier", before)
    assert result.exit_code == 0, result.output
    page = tmp_path / "flair_mask_report.html"
    assert "from baseline" in page.read_text(encoding="utf-8")
    assert run("report", mask).exit_code == 2


def test_a_mask_whose_file_does_not_say_what_made_it_is_not_called_drawn_by_hand(
    tmp_path, scan, labels
):
    path = tmp_path / "flair_mask.nii.gz"
    write_mask(labels, scan, path)
    write_page(path, scan, tmp_path / "page.html")
    said = (tmp_path / "page.html").read_text("utf-8")
    assert "not recorded" in said
    assert "by hand" not in said


def test_a_folder_gets_a_page_each_and_a_table_and_one_bad_scan_hides_no_other(
    tmp_path, scan, labels
):
    for name in ("a", "b", "c"):
        folder = tmp_path / name
        folder.mkdir()
        source = Scan(scan.data, scan.affine, scan.channels, Source(f"{name}_flair"))
        write_nifti_image(folder / f"{name}_flair.nii.gz", scan.data[0], source)
        if name != "c":
            write_mask(labels, source, folder / f"{name}_flair_mask.nii.gz")
    (tmp_path / "a" / "a_flair_mask.nii.gz").write_bytes(b"no mask")
    result = run("report", tmp_path)
    assert result.exit_code == 1
    assert "a_flair" in result.output
    assert (tmp_path / "b" / "b_flair_mask_report.html").is_file()
    assert not list((tmp_path / "c").glob("*.html"))
    with (tmp_path / "report.csv").open(encoding="utf-8") as table:
        (row,) = csv.DictReader(table)
    assert float(row["volume_ml"]) == pytest.approx(measure_mask(labels, scan).volume_ml)
    assert read_scan(tmp_path / "b" / "b_flair.nii.gz").scan.grid == scan.grid
