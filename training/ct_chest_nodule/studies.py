"""Whole scans of the data folder as volumes, with what their annotators marked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray

from models.contract import Acquisition, Grid, Point, SliceSource, Volume

TRAINING_SCAN = Path("ct_lidc_nodules/LIDC-IDRI-0001")
IGNORED_POINT_RADIUS_MM = 6.0


@dataclass(frozen=True, slots=True)
class Marks:
    """What was marked in a scan. ignored: (centre in LPS mm, radius in mm) of places that count neither way."""

    nodules: tuple[tuple[Point, float], ...]
    ignored: tuple[tuple[Point, float], ...]


def read_scan(folder: Path) -> Volume:
    """An axial series of single-frame CT files, slices ordered along the slice normal."""
    files = [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]
    row_cosine = np.array(files[0].ImageOrientationPatient[:3], float)
    column_cosine = np.array(files[0].ImageOrientationPatient[3:], float)
    normal = np.cross(row_cosine, column_cosine)
    files.sort(key=lambda one: float(np.dot(normal, np.array(one.ImagePositionPatient, float))))
    first, last = files[0], files[-1]
    hu = np.stack([one.pixel_array * float(one.RescaleSlope) + float(one.RescaleIntercept) for one in files])
    step = (np.array(last.ImagePositionPatient, float) - np.array(first.ImagePositionPatient, float)) / (len(files) - 1)
    row_mm, column_mm = (float(value) for value in first.PixelSpacing)
    grid = Grid(
        (len(files), int(first.Rows), int(first.Columns)),
        _point(np.array(first.ImagePositionPatient, float)),
        _point(step),
        _point(column_cosine * row_mm),
        _point(row_cosine * column_mm),
    )
    sources = tuple(SliceSource(one.SOPClassUID, one.SOPInstanceUID, None) for one in files)
    facts = Acquisition("CT", slice_thickness_mm=float(first.SliceThickness))
    return Volume(hu.astype(np.int16), grid, sources, first.SeriesInstanceUID, first.FrameOfReferenceUID, facts)


def read_marks(path: Path) -> Marks:
    """The marks of a `nodules.json`: nodules of three readers or more, and what is to be ignored."""
    truth = json.loads(path.read_text())
    nodules = [
        (_triple(one["centroid_lps_mm"]), float(one["diameter_mm"]), int(one["readers"]))
        for one in truth["nodules_ge3mm"]
    ]
    points = [*truth["nodules_lt3mm_points"], *truth["non_nodule_ge3mm_points"]]
    ignored = [(center, diameter / 2) for center, diameter, readers in nodules if readers < 3]
    ignored += [(_triple(point["position_lps_mm"]), IGNORED_POINT_RADIUS_MM) for point in points]
    return Marks(tuple((c, d) for c, d, readers in nodules if readers >= 3), tuple(ignored))


def _triple(values: list[float]) -> Point:
    return float(values[0]), float(values[1]), float(values[2])


def _point(values: NDArray[np.float64]) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
