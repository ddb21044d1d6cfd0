"""A reading by threshold alone: dense, compact regions inside the lungs. A test double, never shipped as a reading."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from models.contract import Finding, Reading, Refused, Segment, Volume
from models.heads.axial import AxialVolume, axial
from models.heads.lungs import LungField, lung_field
from models.heads.naming import finding, numbered, target
from models.manifest import Manifest

DENSE_ABOVE_HU = -300.0
INSIDE_MM = 2.5
MAX_FINDINGS = 50


@dataclass(frozen=True, slots=True)
class ThresholdHead:
    """Connected dense regions in the lung field; the probability is the share of the ball around them they fill."""

    manifest: Manifest

    def read(self, volume: Volume, progress: Callable[[float], None]) -> Reading | Refused:
        """Read one volume; forward_s is zero, for there is no network."""
        start = time.perf_counter()
        turned = axial(volume)
        if isinstance(turned, Refused):
            return turned
        field = lung_field(turned.hu, turned.grid)
        if isinstance(field, Refused):
            return field
        progress(0.5)
        output = self.manifest.outputs[0]
        low, high = output.min_size_mm or 0.0, output.max_size_mm or np.inf
        found = [
            one
            for one in _dense_regions(turned, field, volume)
            if one.long_axis and low <= one.long_axis.length_mm <= high
            if one.probability >= output.operating_point.threshold
        ]
        progress(1.0)
        return Reading(target(), numbered(found)[:MAX_FINDINGS], 0.0, time.perf_counter() - start)


def _dense_regions(turned: AxialVolume, field: LungField, volume: Volume) -> list[Finding]:
    """Every compact region; vessels fill little of the ball around them and score low."""
    box = field.box()
    inside = field.depth_mm() > INSIDE_MM
    wide = np.repeat(np.repeat(np.repeat(inside, field.strides[0], 0), field.strides[1], 1), field.strides[2], 2)
    hu = turned.hu[box]
    dense = (hu > DENSE_ABOVE_HU) & wide[box][: hu.shape[0], : hu.shape[1], : hu.shape[2]]
    labels, _ = ndimage.label(dense)
    found = []
    for label, part in enumerate(ndimage.find_objects(labels), start=1):
        mask = labels[part] == label
        if mask.sum() * turned.grid.voxel_mm3 < 30.0:
            continue
        corner = tuple(piece.start + whole.start for piece, whole in zip(part, box, strict=True))
        middle = np.argwhere(mask).mean(0) + corner
        side = int(field.at(middle[None], field.side)[0])
        segment = Segment(*turned.box_to_native((corner[0], corner[1], corner[2]), mask))
        whole_finding = finding(segment, volume, side, 0.0)
        found.append(finding(segment, volume, side, _fill(whole_finding)))
    return found


def _fill(one: Finding) -> float:
    """Volume of the region over that of the ball its long axis spans, at most 1."""
    if one.long_axis is None or one.volume_mm3 is None:
        return 0.0
    return float(min(1.0, one.volume_mm3 / (np.pi / 6 * one.long_axis.length_mm**3)))
