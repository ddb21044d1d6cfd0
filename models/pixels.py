"""A series as numbers: reads the frames of its volume into one array of Hounsfield units."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from models.acquisition import acquisition_of, is_lossy
from models.contract import RefusalReason, Refused, SeriesFile, SliceSource, Volume
from models.decoding import PixelFault, read_header, read_instance, stored_values
from models.frames import FrameRef, name_of, number, text_of, value_of
from models.geometry import SliceStack, stacks

AIR_HU: Final = -1024
_MOST_HU: Final = 3071  # what 12 bits hold from -1024 on; a scan without a value up to here was scaled wrongly
_LEAST_HU: Final = -1000
_INT16: Final = np.iinfo(np.int16)
_SAME_IN_A_COPY: Final = (
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "BitsAllocated",
    "PixelRepresentation", "RescaleSlope", "RescaleIntercept", "AcquisitionNumber", "TemporalPositionIdentifier",
)  # fmt: skip

_Values: TypeAlias = NDArray[np.int16] | NDArray[np.float32]


def read_volume(files: Sequence[SeriesFile]) -> Volume | Refused:
    """The volume of a series: hu of shape (slices, rows, columns), int16, or float32 where int16 does not hold it.

    files: the stored instances of one series, any order; an instance that comes twice counts once, also when it was
    given a new UID on the way (same place, scale and pixel data). Values of CT are clipped to -1024 HU and above
    (padding outside the field of view lies below). Of several phases the one with most slices is read, of equal ones
    the first in time. The volume's notes say what was left out.
    Raises OSError when a stored file cannot be opened: that is a fault of the archive and no refusal.
    """
    try:
        headers = [_header(file) for file in files]
        found = stacks(headers)
        whole = len(files)
        if isinstance(found, Refused) and found.reason is RefusalReason.DUPLICATE_POSITION:
            files, headers = _without_copies(files, headers)
            found = stacks(headers)
    except PixelFault as fault:
        return _unreadable(fault)
    if isinstance(found, Refused):
        return found
    stack = max(found, key=lambda each: len(each.frames))
    chosen = stack.frames[len(stack.frames) // 2].header_index
    lossy = any(is_lossy(header, file.transfer_syntax_uid) for header, file in zip(headers, files, strict=True))
    acquisition = acquisition_of(headers[chosen], lossy=lossy)
    try:
        hu = _read(stack, files, headers, is_ct=acquisition.modality == "CT")
    except PixelFault as fault:
        return _unreadable(fault)
    except MemoryError:
        return Refused(RefusalReason.UNREADABLE_PIXELS, f"a volume of {stack.grid.shape} voxels does not fit memory")
    if acquisition.modality == "CT" and not _is_plausible(hu):
        detail = f"values from {hu.min():g} to {hu.max():g} HU"
        return Refused(RefusalReason.VALUES_OUT_OF_RANGE, detail)
    return Volume(
        hu=hu,
        grid=stack.grid,
        sources=tuple(_source(files, ref) for ref in stack.frames),
        series_instance_uid=text_of(headers[chosen], "SeriesInstanceUID"),
        frame_of_reference_uid=stack.frame_of_reference_uid,
        acquisition=acquisition,
        notes=_notes(stack, found, copies=whole - len(files)),
    )


def _header(file: SeriesFile) -> Dataset:
    try:
        return read_header(file.path)
    except PixelFault as fault:
        raise PixelFault(f"instance {file.sop_instance_uid}: {fault}") from fault


def _without_copies(files: Sequence[SeriesFile], headers: Sequence[Dataset]) -> tuple[list[SeriesFile], list[Dataset]]:
    """The series with one image of those that say the same of one place; what differs at one place stays."""
    places = [tuple(str(value_of(header, keyword)) for keyword in _SAME_IN_A_COPY) for header in headers]
    shared = {place for place, count in Counter(places).items() if count > 1}
    seen: set[tuple[object, ...]] = set()
    kept: list[int] = []
    for index, place in enumerate(places):
        if place in shared and "PerFrameFunctionalGroupsSequence" not in headers[index]:
            pixel_data = read_instance(files[index].path).get("PixelData") or b""
            picture = (*place, hashlib.sha256(pixel_data).hexdigest())
            if picture in seen:
                continue
            seen.add(picture)
        kept.append(index)
    return [files[index] for index in kept], [headers[index] for index in kept]


def _read(stack: SliceStack, files: Sequence[SeriesFile], headers: Sequence[Dataset], *, is_ct: bool) -> _Values:
    """Every frame in its place, one file in memory at a time."""
    dtype = np.int16 if _fits_int16(stack, is_ct=is_ct) else np.float32
    hu = np.empty(stack.grid.shape, dtype=dtype)
    by_file: dict[int, list[int]] = {}
    for place, ref in enumerate(stack.frames):
        by_file.setdefault(ref.header_index, []).append(place)
    for index, places in by_file.items():
        try:
            instance = read_instance(files[index].path)
            for place in places:
                ref = stack.frames[place]
                values = stored_values(instance, files[index].transfer_syntax_uid, ref.frame_number)
                _scale(values, ref, hu[place], lowest=AIR_HU if is_ct else None)
                if is_ct:
                    _empty_padding(values, instance, ref, hu[place])
        except PixelFault as fault:
            raise PixelFault(f"{name_of(headers[index])}: {fault}") from fault
    return hu


def _scale(values: NDArray[np.generic], ref: FrameRef, out: _Values, *, lowest: int | None) -> None:
    """Write values * slope + intercept into out; clipped at lowest, and to what int16 holds."""
    if values.shape != out.shape:
        raise PixelFault(f"a frame decodes to {values.shape}, its header says {out.shape}")
    if out.dtype == np.float32:
        scaled = values.astype(np.float64) * ref.slope + ref.intercept
        out[...] = scaled if lowest is None else np.maximum(scaled, lowest)
        return
    whole = values.astype(np.int32)
    whole *= int(ref.slope)
    whole += int(ref.intercept)
    np.maximum(whole, _INT16.min if lowest is None else lowest, out=whole)
    np.minimum(whole, _INT16.max, out=whole)
    out[...] = whole


def _empty_padding(values: NDArray[np.generic], instance: Dataset, ref: FrameRef, hu: _Values) -> None:
    """Make padding that is scaled to denser than bone air: it would stand around the patient like a wall of metal.

    Padding within the scale of tissue is left alone: a value that is also named as padding may be the patient's.
    """
    padding = number(instance, "PixelPaddingValue")
    if padding is None or not padding.is_integer():
        return
    bits = values.dtype.itemsize * 8  # written as US in a signed image, and the other way round
    stored = np.array(int(padding) % 2**bits, dtype=f"u{values.dtype.itemsize}").astype(values.dtype)
    if float(stored) * ref.slope + ref.intercept > _MOST_HU:
        hu[values == stored] = AIR_HU


def _fits_int16(stack: SliceStack, *, is_ct: bool) -> bool:
    """Whether int16 holds the values; CT beyond 32767 HU is metal or rubbish and may saturate there."""
    pixel_format = stack.pixel_format
    if pixel_format.bits_allocated > 16:
        return False
    scales = {(ref.slope, ref.intercept) for ref in stack.frames}
    if not all(slope.is_integer() and intercept.is_integer() for slope, intercept in scales):
        return False
    if any(abs(slope) > 2**10 or abs(intercept) > 2**20 for slope, intercept in scales):  # int32 would overflow
        return False
    if is_ct:
        return True
    signed = pixel_format.pixel_representation == 1
    low = -(2 ** (pixel_format.bits_stored - 1)) if signed else 0
    high = 2 ** (pixel_format.bits_stored - int(signed)) - 1
    bounds = [value * slope + intercept for slope, intercept in scales for value in (low, high)]
    return _INT16.min <= min(bounds) and max(bounds) <= _INT16.max


def _is_plausible(hu: _Values) -> bool:
    return bool(hu.min() <= _MOST_HU and hu.max() >= _LEAST_HU)


def _source(files: Sequence[SeriesFile], ref: FrameRef) -> SliceSource:
    file = files[ref.header_index]
    return SliceSource(file.sop_class_uid, file.sop_instance_uid, ref.frame_number)


def _notes(stack: SliceStack, found: Sequence[SliceStack], *, copies: int) -> tuple[str, ...]:
    notes = []
    if copies:
        notes.append(f"left out as a copy of another image under another UID: {copies}")
    if len(found) > 1:
        place = next(index for index, each in enumerate(found, start=1) if each is stack)
        notes.append(
            f"the series has {len(found)} phases; read is number {place} in time, with {len(stack.frames)} slices"
        )
    return tuple(notes)


def _unreadable(fault: PixelFault) -> Refused:
    return Refused(RefusalReason.UNREADABLE_PIXELS, str(fault))
