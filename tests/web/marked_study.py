"""A study of known pixels in the real room: bright squares lie where the package says that a nodule begins and ends."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import FileDataset

from models.contract import (
    LUNG,
    MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
    NODULE,
    RIGHT,
    Axis,
    Finding,
    Grid,
    Point,
    Presence,
    Reading,
    Segment,
    SeriesReading,
    SliceSource,
    Target,
)
from models.reading_file import write_reading
from service.archive import studies
from service.archive.objects import object_name
from service.archive.studies import Study
from service.flow.complete import complete_due
from tests.support.edges import SYSTEM, Customer, Edges
from tests.support.series import ct_slice

SIZE, SLICES = 128, 8
ROW_SPACING_MM, COLUMN_SPACING_MM, STEP_MM = 0.9, 0.7, 2.5
TURN = math.radians(12)
ROW_WAY = (math.cos(TURN), math.sin(TURN), 0.0)
COLUMN_WAY = (-math.sin(TURN), math.cos(TURN), 0.0)
ORIGIN = (-41.5, -63.25, 100.0)
"""Rows and columns differ in spacing and lie turned in the patient: a swapped or straightened axis misses its mark."""
SHOWN = 5
"""The nodule's slice, counted from the feet."""
LONG_PX = ((30.0, 40.0), (54.0, 40.0))
SHORT_PX = ((42.0, 34.0), (42.0, 46.0))
"""(column, row) of the ends."""
ELSEWHERE_PX = (90.0, 64.0)
"""A bright square that belongs to no axis."""
BRIGHT_HU, TISSUE_HU = 3000, 40


def lps_mm(column: float, row: float, slice_index: int = SHOWN) -> Point:
    """Where a pixel's centre lies in the patient (PS3.3 C.7.6.2.1.1)."""
    across, down = column * COLUMN_SPACING_MM, row * ROW_SPACING_MM
    x, y, z = (ORIGIN[axis] + ROW_WAY[axis] * across + COLUMN_WAY[axis] * down for axis in range(3))
    return x, y, z + slice_index * STEP_MM


def pixel(place_mm: Point) -> tuple[float, float]:
    """The pixel (column, row) below a place; the way back of lps_mm."""
    way = [place_mm[axis] - ORIGIN[axis] for axis in range(3)]
    across, down = (sum(way[axis] * of[axis] for axis in range(3)) for of in (ROW_WAY, COLUMN_WAY))
    return across / COLUMN_SPACING_MM, down / ROW_SPACING_MM


def distance_mm(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Between two pixels."""
    return math.hypot((one[0] - other[0]) * COLUMN_SPACING_MM, (one[1] - other[1]) * ROW_SPACING_MM)


@dataclass(frozen=True)
class Marked:
    """The study and the image of its nodule."""

    study: Study
    sop_instance_uid: str
    tracking_uid: str


def marked(edges: Edges, hospital: Customer) -> Marked:
    """Received, complete, read by the package: one nodule with axes and an outline."""
    uid = f"1.2.826.0.1.3680043.10.1561.{hashlib.sha256(hospital.id.encode()).digest()[0]}.77"
    slices = [_slice(uid, index) for index in range(SLICES)]
    edges.receive(hospital, *slices)
    with edges.archive.write() as connection:
        studies.call_complete(connection, SYSTEM, edges.row(hospital, uid))
    assert complete_due(edges.archive) >= 1
    study = edges.row(hospital, uid)
    analysis = edges.analysis(study)
    shown = str(slices[SHOWN].SOPInstanceUID)
    reading = write_reading(_said(slices))
    name = object_name(hashlib.sha256(reading).hexdigest(), "consilium.reading")
    edges.archive.objects.store(study.hospital, reading, name)
    tracking_uid = f"2.25.{study.id}1"
    outline = [[30, 36], [54, 36], [54, 44], [30, 44]]
    outlines = {tracking_uid: [{"sop_instance_uid": shown, "frame": None, "polygons": [outline]}]}
    contours = json.dumps(outlines).encode()
    outlined = object_name(hashlib.sha256(contours).hexdigest(), "consilium.contours")
    edges.archive.objects.store(study.hospital, contours, outlined)
    x, y, z = lps_mm(42, 40)
    with edges.archive.write() as connection:
        connection.exec_driver_sql(
            "UPDATE analysis SET reading_object = ?, contours_object = ? WHERE id = ?", (name, outlined, analysis.id)
        )
        connection.exec_driver_sql(
            "UPDATE finding SET sop_instance_uid = ?, tracking_uid = ?, center_x_mm = ?, center_y_mm = ?,"
            " center_z_mm = ?, long_axis_mm = ?, short_axis_mm = ? WHERE analysis_id = ?",
            (shown, tracking_uid, x, y, z, distance_mm(*LONG_PX), distance_mm(*SHORT_PX), analysis.id),
        )
    return Marked(study, shown, tracking_uid)


def _slice(study_uid: str, index: int) -> FileDataset:
    made = ct_slice(study_uid=study_uid, series_uid=f"{study_uid}.1", index=index, size=SIZE, spacing_mm=STEP_MM)
    pixels = np.zeros((SIZE, SIZE), dtype=np.int16)
    pixels[80:120, 20:70] = TISSUE_HU
    if index == SHOWN:
        for column, row in (*LONG_PX, *SHORT_PX, ELSEWHERE_PX):
            pixels[int(row) - 1 : int(row) + 2, int(column) - 1 : int(column) + 2] = BRIGHT_HU
    made.PixelData = pixels.tobytes()
    made.PixelSpacing = [ROW_SPACING_MM, COLUMN_SPACING_MM]
    made.ImageOrientationPatient = [*ROW_WAY, *COLUMN_WAY]
    made.ImagePositionPatient = [ORIGIN[0], ORIGIN[1], ORIGIN[2] + index * STEP_MM]
    made.RescaleIntercept, made.RescaleSlope = 0, 1
    return made


def _said(slices: list[FileDataset]) -> SeriesReading:
    grid = Grid(
        (SLICES, SIZE, SIZE),
        ORIGIN,
        (0.0, 0.0, STEP_MM),
        (COLUMN_WAY[0] * ROW_SPACING_MM, COLUMN_WAY[1] * ROW_SPACING_MM, 0.0),
        (ROW_WAY[0] * COLUMN_SPACING_MM, ROW_WAY[1] * COLUMN_SPACING_MM, 0.0),
    )
    finding = Finding(
        number=1, concept=NODULE, category=MORPHOLOGICALLY_ABNORMAL_STRUCTURE, site=LUNG, laterality=RIGHT,
        presence=Presence.PRESENT, probability=0.9, center_mm=lps_mm(42, 40), slice_index=SHOWN,
        long_axis=_axis(*LONG_PX), short_axis=_axis(*SHORT_PX), volume_mm3=214.0, mean_hu=-38.0,
        segment=Segment((SHOWN, 36, 30), np.ones((1, 9, 25), bool)),
    )  # fmt: skip
    sources = tuple(SliceSource(str(each.SOPClassUID), str(each.SOPInstanceUID), None) for each in slices)
    series, frame_of_reference = str(slices[0].SeriesInstanceUID), str(slices[0].FrameOfReferenceUID)
    return SeriesReading(Reading(Target(NODULE, LUNG), (finding,), 0.0, 0.0), series, frame_of_reference, grid, sources)


def _axis(start: tuple[float, float], end: tuple[float, float]) -> Axis:
    return Axis(lps_mm(*start), lps_mm(*end), distance_mm(start, end), SHOWN)
