"""What a reader measured on an image for their own work: a length, two axes, an ellipse, an angle; no finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

PointPx: TypeAlias = tuple[float, float]
"""Column and row in the image; whole numbers are pixel centres."""
MOST_OF_A_STUDY: Final = 500
"""So many measures one reader may keep of one study."""
FARTHEST_PX: Final = 100_000.0
"""An end may lie outside the image, where the picture was moved; never this far."""


class MeasureKind(StrEnum):
    """What was drawn."""

    LENGTH = "length"
    BIDIRECTIONAL = "bidirectional"
    ELLIPSE = "ellipse"
    ANGLE = "angle"


POINTS: Final[Mapping[MeasureKind, int]] = MappingProxyType(
    {MeasureKind.LENGTH: 2, MeasureKind.BIDIRECTIONAL: 4, MeasureKind.ELLIPSE: 2, MeasureKind.ANGLE: 3}
)
"""Ends of the length; ends of long and short axis; corners of the ellipse's box; first end, vertex, second end."""


class MeasureFault(Exception):
    """Base, never raised itself: the measure cannot be kept as asked; nothing was changed."""


class MeasureIncomplete(MeasureFault):
    """Another number of points than such a measure has, or one far outside of any image."""


class MeasureOfAnother(MeasureFault):
    """Somebody else drew the measure: it can be looked at, not changed."""


class ImageUnknown(MeasureFault):
    """The image is not one of the study's, nor of an earlier one of the same patient."""


class TooManyMeasures(MeasureFault):
    """The reader has MOST_OF_A_STUDY measures of the study: some have to go first."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure on one image. frame_number: 1-based, 1 for a single-frame instance.

    Figures are not kept: they follow from points and pixels, which do not change.
    """

    id: str
    kind: MeasureKind
    sop_instance_uid: str
    frame_number: int
    points_px: tuple[PointPx, ...]

    def __post_init__(self) -> None:
        wanted = POINTS[self.kind]
        if len(self.points_px) != wanted:
            raise MeasureIncomplete(f"a measure of kind {self.kind} has {wanted} points, not {len(self.points_px)}")
        if not all(abs(part) <= FARTHEST_PX for point in self.points_px for part in point):
            raise MeasureIncomplete("a point lies outside of any image")
