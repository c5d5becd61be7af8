"""Draw the embedded model's mask on a real scan: ``docs/images/clinical.png``.

    python docs/make_clinical_picture.py FOLDER

FOLDER holds ``flair.nii.gz``, ``t1_pre.nii.gz`` and ``t1_post.nii.gz`` of the public case
TCGA-FG-6692, which was kept out of training and validation. Upper row: from FLAIR alone; lower
row: with both T1 series.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.segmentation import find_boundaries

from napari_brainseg import read_scan, segment_scan
from napari_brainseg.frames import frame_for
from napari_brainseg.measure import measure_mask
from napari_brainseg.pipeline.channels import Channel

SLICES = (14, 16, 17, 18)
SERIES = {"pre-contrast": "t1_pre", "post-contrast": "t1_post"}


def main(folder: Path) -> None:
    """Segment twice, print the measures, write the picture."""
    flair = read_scan(folder / "flair.nii.gz").scan
    frame = frame_for(flair.affine)
    image = frame.apply(flair.data[0]).astype(float)
    grey = np.clip(image / np.percentile(image, 99.5), 0, 1) * 255
    alone = {"FLAIR": Channel(flair, 0)}
    paths = {role: folder / f"{name}.nii.gz" for role, name in SERIES.items()}
    both = {role: Channel(read_scan(path).scan, 0) for role, path in paths.items()} | alone
    rows = []
    for channels in (alone, both):
        result = segment_scan(flair, channels=channels)
        print(measure_mask(result.labels, flair))
        mask = frame.apply(result.labels)
        tiles = []
        for index in SLICES:
            tile = np.repeat(grey[index][..., None], 3, axis=2)
            tile[find_boundaries(mask[index] > 0, mode="outer")] = (230, 25, 75)
            tiles.append(tile)
        rows.append(np.hstack(tiles))
    picture = Image.fromarray(np.vstack(rows).astype(np.uint8))
    picture.save(Path(__file__).parent / "images" / "clinical.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
