"""What the headers of a series say of each frame: where it lies, how its values are scaled, when it was made."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydicom import Dataset
from pydicom.errors import BytesLengthException

from models.contract import RefusalReason, Refused

_MAX_FRAMES: Final = 100_000  # more than any scanner writes into one instance; a wrong number must not exhaust memory

# What pydicom raises when it is asked for a value whose bytes make none (NotImplementedError: no such VR).
_NO_VALUE: Final = (
    *(TypeError, ValueError, OverflowError, AttributeError, LookupError, NotImplementedError),
    *(OSError, EOFError, struct.error, BytesLengthException),
)


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """What all frames of a volume have to share (PS3.3 C.7.6.3); bits_stored may differ, no value depends on it."""

    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int = field(compare=False)
    pixel_representation: int
    photometric: str


@dataclass(frozen=True, slots=True)
class FrameRef:
    """One frame of a series: which header it comes from, and value = stored * slope + intercept.

    frame_number: 1-based, None for a single-frame instance. slope, intercept: NaN where the header states what is no
    number.
    """

    header_index: int
    frame_number: int | None
    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as its header gives it; None: absent, or not as many finite numbers as the standard asks for.

    name: which frame it is, for people; by Instance Number, without patient data.
    """

    name: str
    ref: FrameRef
    position_mm: tuple[float, ...] | None
    cosines: tuple[float, ...] | None
    pixel_spacing_mm: tuple[float, ...] | None
    temporal_position: float | None
    acquisition_number: float | None
    frame_of_reference_uid: str
    pixel_format: PixelFormat


def frames_of(headers: Sequence[Dataset]) -> tuple[Frame, ...] | Refused:
    """Every frame of a series, in the order of the headers.

    An instance that comes twice (one SOP Instance UID) counts once, the first one. Refused as not-an-image-volume: no
    pixel matrix; several frames without functional groups; functional groups for another number of frames.
    """
    seen: set[str] = set()
    frames: list[Frame] = []
    for index, header in enumerate(headers):
        uid = text_of(header, "SOPInstanceUID")
        if uid and uid in seen:
            continue
        seen.add(uid)
        read = _frames(index, header)
        if isinstance(read, Refused):
            return read
        frames += read
    return tuple(frames)


def value_of(header: Dataset, keyword: str) -> object:
    """The value of an attribute as pydicom has it; None when it is absent or its bytes make no value."""
    try:
        return header.get(keyword)
    except _NO_VALUE:
        return None


def text_of(header: Dataset, keyword: str) -> str:
    """The text of an attribute with one value; empty when it is absent or makes no value."""
    value = value_of(header, keyword)
    return "" if value is None else str(value).strip("\0 ")


def name_of(header: Dataset, frame_number: int | None = None) -> str:
    """Which instance this is, or which frame of it, for people: by Instance Number, else by SOP Instance UID."""
    instance_number = number(header, "InstanceNumber")
    known = text_of(header, "SOPInstanceUID") if instance_number is None else f"{instance_number:g}"
    name = f"instance {known or 'without a number'}"
    return name if frame_number is None else f"frame {frame_number} of {name}"


def numbers(header: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """The values of a numeric attribute; None when it is absent or does not hold count finite numbers."""
    value = value_of(header, keyword)
    values: Sequence[Any] = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    try:
        read = tuple(float(each) for each in values)
    except (TypeError, ValueError, OverflowError):
        return None
    return read if len(read) == count and all(map(math.isfinite, read)) else None


def number(header: Dataset, keyword: str) -> float | None:
    """The value of a numeric attribute with one value."""
    read = numbers(header, keyword, 1)
    return read[0] if read else None


def _frames(index: int, header: Dataset) -> list[Frame] | Refused:
    pixel_format = _pixel_format(header)
    if pixel_format is None:
        return _no_volume(f"{name_of(header)} has no pixel matrix (Rows and Columns)")
    per_frame = header.get("PerFrameFunctionalGroupsSequence") or ()
    count = int(number(header, "NumberOfFrames") or 1)
    if not per_frame:
        if count > 1:
            return _no_volume(f"{name_of(header)} has {count} frames, but no functional groups that say where they lie")
        return [_frame(FrameRef(index, None, *_rescale([header])), [header], header, pixel_format)]
    if len(per_frame) != count or count > _MAX_FRAMES:
        return _no_volume(f"{name_of(header)} has {count} frames, but functional groups for {len(per_frame)}")
    shared = list(header.get("SharedFunctionalGroupsSequence") or ())
    frames = []
    for place, group in enumerate(per_frame, start=1):
        levels = [*_macros(group), *(macro for one in shared for macro in _macros(one))]
        ref = FrameRef(index, place, *_rescale([*levels, header]))
        frames.append(_frame(ref, levels, header, pixel_format))
    return frames


def _frame(ref: FrameRef, levels: list[Dataset], header: Dataset, pixel_format: PixelFormat) -> Frame:
    """levels: where a value is looked for, the nearest to the frame first (PS3.3 C.7.6.16.1.1)."""
    return Frame(
        name=name_of(header, ref.frame_number),
        ref=ref,
        position_mm=_nearest(levels, "ImagePositionPatient", 3),
        cosines=_nearest(levels, "ImageOrientationPatient", 6),
        pixel_spacing_mm=_nearest(levels, "PixelSpacing", 2),
        temporal_position=_first_number(levels, "TemporalPositionIndex", "TemporalPositionIdentifier"),
        acquisition_number=_first_number(levels, "FrameAcquisitionNumber", "AcquisitionNumber"),
        frame_of_reference_uid=text_of(header, "FrameOfReferenceUID"),
        pixel_format=pixel_format,
    )


def _macros(group: Dataset) -> Iterator[Dataset]:
    """The items of the macros of one functional group; only the first item of each has a meaning."""
    for element in group:
        if element.VR == "SQ" and element.value:
            yield element.value[0]


def _nearest(levels: Sequence[Dataset], keyword: str, count: int) -> tuple[float, ...] | None:
    return next((numbers(level, keyword, count) for level in levels if keyword in level), None)


def _first_number(levels: Sequence[Dataset], *keywords: str) -> float | None:
    known = (number(level, keyword) for keyword in keywords for level in levels if keyword in level)
    return next(known, None)


def _rescale(levels: Sequence[Dataset]) -> tuple[float, float]:
    """Slope and intercept; where the headers are silent stored values are the values (PS3.3 C.11.1)."""
    return _rescale_value(levels, "RescaleSlope", 1.0), _rescale_value(levels, "RescaleIntercept", 0.0)


def _states(level: Dataset, keyword: str) -> bool:
    return keyword in level and level.get_item(keyword).value not in (None, "", b"")


def _rescale_value(levels: Sequence[Dataset], keyword: str, otherwise: float) -> float:
    stating = next((level for level in levels if _states(level, keyword)), None)
    if stating is None:
        return otherwise
    stated = number(stating, keyword)
    return math.nan if stated is None else stated


def _pixel_format(header: Dataset) -> PixelFormat | None:
    rows, columns = number(header, "Rows"), number(header, "Columns")
    if not rows or not columns:
        return None
    bits_allocated = number(header, "BitsAllocated") or 16.0
    return PixelFormat(
        rows=int(rows),
        columns=int(columns),
        samples=int(number(header, "SamplesPerPixel") or 1),
        bits_allocated=int(bits_allocated),
        bits_stored=int(number(header, "BitsStored") or bits_allocated),
        pixel_representation=int(number(header, "PixelRepresentation") or 0),
        photometric=text_of(header, "PhotometricInterpretation"),
    )


def _no_volume(detail: str) -> Refused:
    return Refused(RefusalReason.NOT_AN_IMAGE_VOLUME, detail)
