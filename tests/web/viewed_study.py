"""A chest CT with real pixels, and the SEG and SR of its nodules as the encode step makes them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom import dcmread

from models.contract import (
    LUNG,
    MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
    NODULE,
    RIGHT,
    Axis,
    Finding,
    Point,
    Presence,
    Reading,
    Segment,
    SeriesReading,
    SliceSource,
    Target,
)
from service.results.seg import encode_seg
from service.results.sr import encode_sr
from training.phantom.dicom import write_phantom
from training.phantom.volume import Phantom, PhantomNodule, make_phantom

sys.path.insert(0, str(Path(__file__).parents[1] / "interop"))
import made_sources as made  # the module of the tests beside

SLICES = 24


@dataclass(frozen=True)
class ViewedStudy:
    """Files as a PACS holds them. slice_of_first: from 1, the slice that shows the first nodule best."""

    study_uid: str
    ct: tuple[bytes, ...]
    seg: bytes
    sr: bytes
    reading: SeriesReading


def chest_with_nodules(folder: Path) -> ViewedStudy:
    """Nodules of 18 and 12 mm; their outlines are balls of the size that is known of them."""
    phantom = make_phantom(11, slices=SLICES, diameters_mm=(18.0, 12.0))
    paths = write_phantom(phantom, folder)
    headers = sorted((dcmread(path, stop_before_pixels=True) for path in paths), key=lambda each: each.InstanceNumber)
    headers.sort(key=lambda each: float(each.ImagePositionPatient[2]))
    findings = tuple(_finding(phantom, each, number) for number, each in enumerate(phantom.nodules, start=1))
    reading = SeriesReading(
        reading=Reading(Target(NODULE, LUNG), findings, forward_s=1.0, total_s=2.0),
        series_instance_uid=str(headers[0].SeriesInstanceUID),
        frame_of_reference_uid=str(headers[0].FrameOfReferenceUID),
        grid=phantom.grid,
        sources=tuple(SliceSource(str(each.SOPClassUID), str(each.SOPInstanceUID), None) for each in headers),
    )
    context = made.context(made.Series(tuple(headers), phantom.grid, reading.sources))
    seg = encode_seg(context, reading)
    assert seg is not None
    return ViewedStudy(
        study_uid=str(headers[0].StudyInstanceUID),
        ct=tuple(path.read_bytes() for path in paths),
        seg=seg.part10,
        sr=encode_sr(context, reading).part10,
        reading=reading,
    )


def _finding(phantom: Phantom, nodule: PhantomNodule, number: int) -> Finding:
    grid, radius_mm = phantom.grid, nodule.diameter_mm / 2
    centre = np.round(grid.index(np.array(nodule.center_mm))).astype(int)
    places = np.stack(np.meshgrid(*(np.arange(size) for size in grid.shape), indexing="ij"), axis=-1)
    inside = np.linalg.norm(grid.lps_mm(places) - grid.lps_mm(centre), axis=-1) <= radius_mm
    low, high = np.argwhere(inside).min(axis=0), np.argwhere(inside).max(axis=0) + 1
    box = tuple(slice(begin, end) for begin, end in zip(low, high, strict=True))
    across, down = radius_mm / grid.spacing_mm[2], 0.8 * radius_mm / grid.spacing_mm[1]

    def axis(step: tuple[float, float, float]) -> Axis:
        start, end = grid.lps_mm(centre - np.array(step)), grid.lps_mm(centre + np.array(step))
        return Axis(_point(start), _point(end), float(np.linalg.norm(end - start)), int(centre[0]))

    return Finding(
        number=number,
        concept=NODULE,
        category=MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
        site=LUNG,
        laterality=RIGHT,
        presence=Presence.PRESENT,
        probability=0.9 - number / 10,
        center_mm=_point(grid.lps_mm(centre)),
        slice_index=int(centre[0]),
        long_axis=axis((0.0, 0.0, across)),
        short_axis=axis((0.0, down, 0.0)),
        volume_mm3=float(inside.sum()) * grid.voxel_mm3,
        mean_hu=nodule.mean_hu,
        segment=Segment((int(low[0]), int(low[1]), int(low[2])), inside[box]),
    )


def _point(place: np.ndarray) -> Point:
    return float(place[0]), float(place[1]), float(place[2])
