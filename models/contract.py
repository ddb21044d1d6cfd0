"""What a package is given and what it says: a Volume in, a Reading (or a refusal) out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept (PS3.3 section 8): value, scheme (SCT, DCM, LN, UCUM) and its English meaning from PS3.16."""

    value: str
    scheme: str
    meaning: str


class Presence(StrEnum):
    """Whether a condition is there (PS3.16 CID 240)."""

    PRESENT = "present"
    ABSENT = "absent"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the voxels of a volume lie in the patient (LPS, PS3.3 C.7.6.2.1.1).

    shape: (slices, rows, columns). origin_mm: centre of voxel [0, 0, 0]. slice_step_mm, row_step_mm and column_step_mm:
    the way from a voxel to its neighbour of the next slice, row and column. The slice step of a tilted gantry is not
    perpendicular to the slice.
    """

    shape: tuple[int, int, int]
    origin_mm: Point
    slice_step_mm: Point
    row_step_mm: Point
    column_step_mm: Point

    @property
    def matrix_mm(self) -> NDArray[np.float64]:
        """Columns are the three steps: lps = origin + matrix @ (slice, row, column)."""
        return np.array([self.slice_step_mm, self.row_step_mm, self.column_step_mm], dtype=np.float64).T

    @property
    def spacing_mm(self) -> Point:
        """Distance of neighbouring voxel centres along (slices, rows, columns)."""
        slices, rows, columns = np.linalg.norm(self.matrix_mm, axis=0)
        return float(slices), float(rows), float(columns)

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel; right for a sheared grid too."""
        return abs(float(np.linalg.det(self.matrix_mm)))

    def lps_mm(self, index: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions of voxel indices; index: shape (..., 3) as (slice, row, column), fractions allowed."""
        places = np.asarray(index, dtype=np.float64) @ self.matrix_mm.T + np.asarray(self.origin_mm)
        return np.asarray(places, dtype=np.float64)

    def index(self, lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Voxel indices (slice, row, column), as fractions, of positions; lps_mm: shape (..., 3)."""
        inverse = np.linalg.inv(self.matrix_mm)
        found: NDArray[np.float64] = (np.asarray(lps_mm, dtype=np.float64) - np.asarray(self.origin_mm)) @ inverse.T
        return found


@dataclass(frozen=True, slots=True)
class SliceSource:
    """The frame a slice of a volume was read from. frame_number: 1-based, None for a single-frame instance."""

    sop_class_uid: str
    sop_instance_uid: str
    frame_number: int | None


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """One stored instance of a series to be read. path: a Part 10 file; transfer_syntax_uid: as it was received."""

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Header facts of the series that a package may need beside the voxels; None where the header is silent."""

    modality: str
    body_part: str | None = None
    slice_thickness_mm: float | None = None
    kernel: str | None = None
    manufacturer: str | None = None
    contrast: bool | None = None
    patient_age_years: float | None = None
    patient_sex: str | None = None
    lossy: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """A series as numbers. hu: shape (slices, rows, columns), int16 or float32, Hounsfield units for CT.

    sources has one entry a slice, in the order of the slices. notes: in words, what of the series was left out.
    """

    hu: NDArray[np.int16] | NDArray[np.float32]
    grid: Grid
    sources: tuple[SliceSource, ...]
    series_instance_uid: str
    frame_of_reference_uid: str
    acquisition: Acquisition
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number with its concept and its UCUM unit (AC-05: long axis, short axis, volume, attenuation)."""

    concept: Code
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A diameter drawn on one slice: its two end points in the patient (LPS) and its length."""

    start_mm: Point
    end_mm: Point
    length_mm: float
    slice_index: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A labelled region on the volume's grid.

    corner: (slice, row, column) of the box's first voxel; mask: shape (slices, rows, columns) of the box.
    """

    corner: tuple[int, int, int]
    mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Finding:
    """One coded statement about the patient. number counts from 1 within the reading, the most probable first.

    probability is calibrated, 0 to 1. center_mm is the centroid of the segment (LPS). Measures that do not apply are
    None. slice_index is the slice that shows the finding best.
    """

    number: int
    concept: Code
    category: Code
    site: Code
    laterality: Code | None
    presence: Presence
    probability: float
    center_mm: Point | None
    slice_index: int | None
    long_axis: Axis | None
    short_axis: Axis | None
    volume_mm3: float | None
    mean_hu: float | None
    segment: Segment | None


@dataclass(frozen=True, slots=True)
class Target:
    """What a package looked for: the condition and the site that a negative statement is about."""

    concept: Code
    site: Code


@dataclass(frozen=True, slots=True)
class Reading:
    """What a package says of a volume: its findings at or above the operating point; none means absent.

    forward_s is the time inside the networks' forward passes, total_s the whole reading: their difference is ours.
    """

    target: Target
    findings: tuple[Finding, ...]
    forward_s: float
    total_s: float


class RefusalReason(StrEnum):
    """Why a package does not read a study; what HIS, reader and SR carry. Stable: a value is never renamed."""

    NO_SUITABLE_SERIES = "no-suitable-series"
    WRONG_MODALITY = "wrong-modality"
    WRONG_BODY_PART = "wrong-body-part"
    NOT_FOR_CHILDREN = "not-for-children"
    AGE_OUT_OF_RANGE = "age-out-of-range"
    SEX_NOT_COVERED = "sex-not-covered"
    SLICES_TOO_THICK = "slices-too-thick"
    TOO_FEW_SLICES = "too-few-slices"
    COVERAGE_TOO_SHORT = "coverage-too-short"
    MISSING_SLICES = "missing-slices"
    UNEVEN_SPACING = "uneven-spacing"
    DUPLICATE_POSITION = "duplicate-position"
    MIXED_ORIENTATION = "mixed-orientation"
    MIXED_FRAME_OF_REFERENCE = "mixed-frame-of-reference"
    MIXED_MATRIX = "mixed-matrix"
    MIXED_PIXEL_FORMAT = "mixed-pixel-format"
    BAD_ORIENTATION = "bad-orientation"
    BAD_POSITION = "bad-position"
    BAD_PIXEL_SPACING = "bad-pixel-spacing"
    GANTRY_TILT = "gantry-tilt"
    NOT_AN_IMAGE_VOLUME = "not-an-image-volume"
    UNREADABLE_PIXELS = "unreadable-pixels"
    LOSSY_COMPRESSION = "lossy-compression"
    NO_LUNG_FOUND = "no-lung-found"
    IDENTITY_CONFLICT = "identity-conflict"
    VALUES_OUT_OF_RANGE = "values-out-of-range"


@dataclass(frozen=True, slots=True)
class Refused:
    """The package does not read this study: the reason, and what was seen in a sentence without patient data."""

    reason: RefusalReason
    detail: str


@dataclass(frozen=True, slots=True)
class SeriesReading:
    """A reading with the series it is about: all that is needed to write its SR and SEG without the voxels."""

    reading: Reading
    series_instance_uid: str
    frame_of_reference_uid: str
    grid: Grid
    sources: tuple[SliceSource, ...]


Outcome: TypeAlias = SeriesReading | Refused

NODULE: Final = Code("27925004", "SCT", "Nodule")
MASS: Final = Code("4147007", "SCT", "Mass")
MORPHOLOGICALLY_ABNORMAL_STRUCTURE: Final = Code("49755003", "SCT", "Morphologically Abnormal Structure")
LUNG: Final = Code("39607008", "SCT", "Lung")
UPPER_LOBE: Final = Code("45653009", "SCT", "Upper lobe of lung")
MIDDLE_LOBE: Final = Code("72481006", "SCT", "Middle lobe of right lung")
LOWER_LOBE: Final = Code("90572001", "SCT", "Lower lobe of lung")
RIGHT: Final = Code("24028007", "SCT", "Right")
LEFT: Final = Code("7771000", "SCT", "Left")
