"""What a package said, as durable bytes: an npz of one JSON text and one packed mask a segment."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from typing import Annotated, Final, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.contract import (
    Axis,
    Code,
    Finding,
    Grid,
    Outcome,
    Point,
    Presence,
    Reading,
    Refused,
    Segment,
    SeriesReading,
    SliceSource,
    Target,
)

MAX_READING_BYTES: Final = 256 << 20
_MAX_MEMBERS: Final = 4096
_TEXT: Final = "reading"
_METHODS: Final = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
_Bytes: TypeAlias = NDArray[np.uint8]


class ReadingFileFault(Exception):
    """The bytes are not a reading file of ours, or a reading holds what no file can (a number that is none)."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, revalidate_instances="always")


class _Box(_Part):
    corner: tuple[int, int, int]
    shape: tuple[int, int, int]


class _Finding(_Part):
    number: int
    concept: Code
    category: Code
    site: Code
    laterality: Code | None
    presence: Presence
    probability: Annotated[float, Field(ge=0, le=1)]
    center_mm: Point | None
    slice_index: int | None
    long_axis: Axis | None
    short_axis: Axis | None
    volume_mm3: float | None
    mean_hu: float | None
    segment: _Box | None


class _Said(_Part):
    kind: Literal["reading"] = "reading"
    target: Target
    findings: tuple[_Finding, ...]
    forward_s: float
    total_s: float
    series_instance_uid: str
    frame_of_reference_uid: str
    grid: Grid
    sources: tuple[SliceSource, ...]

    @model_validator(mode="after")
    def _is_of_one_volume(self) -> Self:
        """Rows, SR and SEG are made from a reading long after: what it points at must be there."""
        if len(self.sources) != self.grid.shape[0]:
            raise ValueError(f"{len(self.sources)} sources for {self.grid.shape[0]} slices")
        if [finding.number for finding in self.findings] != list(range(1, len(self.findings) + 1)):
            raise ValueError("findings are not numbered from 1")
        for finding in self.findings:
            self._is_inside(finding)
        return self

    def _is_inside(self, finding: _Finding) -> None:
        slices = [finding.slice_index, *(axis.slice_index for axis in (finding.long_axis, finding.short_axis) if axis)]
        if any(not 0 <= index < self.grid.shape[0] for index in slices if index is not None):
            raise ValueError(f"finding {finding.number} is on a slice that is not there")
        box = finding.segment
        if box is None:
            return
        for start, extent, size in zip(box.corner, box.shape, self.grid.shape, strict=True):
            if start < 0 or extent < 1 or start + extent > size:
                raise ValueError(f"the segment of finding {finding.number} leaves the volume")


class _NotSaid(_Part):
    kind: Literal["refused"] = "refused"
    refused: Refused


class _Text(_Part):
    format: Literal[1] = 1
    outcome: _Said | _NotSaid = Field(discriminator="kind")


def write_reading(outcome: Outcome) -> bytes:
    """The outcome as bytes; the same outcome makes the same bytes.

    Raises ReadingFileFault for a reading that nobody could use: a number that is none, a probability beyond 0 to 1,
    findings not numbered from 1, a slice or a segment outside the volume.
    """
    masks: dict[str, _Bytes] = {}
    try:
        text = _Text(outcome=_NotSaid(refused=outcome) if isinstance(outcome, Refused) else _said(outcome, masks))
    except ValidationError as fault:
        raise ReadingFileFault(f"the reading cannot be kept: {_first(fault)}") from fault
    content = text.model_dump_json().encode()
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, reading=np.frombuffer(content, np.uint8), **masks)
    return stream.getvalue()


def read_reading(content: bytes) -> Outcome:
    """The outcome back from its bytes, equal to what was written. Raises ReadingFileFault; never runs what it reads."""
    members = _members(content)
    try:
        text = _Text.model_validate_json(members.pop(_TEXT, np.zeros(0, np.uint8)).tobytes())
    except ValidationError as fault:
        raise ReadingFileFault(f"not a reading file: {_first(fault)}") from fault
    said = text.outcome
    return said.refused if isinstance(said, _NotSaid) else _series_reading(said, members)


def _said(outcome: SeriesReading, masks: dict[str, _Bytes]) -> _Said:
    reading = outcome.reading
    return _Said(
        target=reading.target,
        findings=tuple(_finding_part(at, finding, masks) for at, finding in enumerate(reading.findings)),
        forward_s=reading.forward_s,
        total_s=reading.total_s,
        series_instance_uid=outcome.series_instance_uid,
        frame_of_reference_uid=outcome.frame_of_reference_uid,
        grid=outcome.grid,
        sources=outcome.sources,
    )


def _finding_part(at: int, finding: Finding, masks: dict[str, _Bytes]) -> _Finding:
    box = None
    if finding.segment is not None:
        mask = finding.segment.mask
        box = _Box(corner=finding.segment.corner, shape=(mask.shape[0], mask.shape[1], mask.shape[2]))
        masks[_mask_name(at)] = np.packbits(mask.ravel())
    return _Finding(segment=box, **{name: getattr(finding, name) for name in _PLAIN})


_PLAIN: Final = tuple(name for name in _Finding.model_fields if name != "segment")


def _series_reading(said: _Said, masks: dict[str, _Bytes]) -> SeriesReading:
    findings = tuple(_finding(at, part, masks) for at, part in enumerate(said.findings))
    if masks:
        raise ReadingFileFault(f"not a reading file: {min(masks)!a} belongs to no finding")
    return SeriesReading(
        reading=Reading(said.target, findings, said.forward_s, said.total_s),
        series_instance_uid=said.series_instance_uid,
        frame_of_reference_uid=said.frame_of_reference_uid,
        grid=said.grid,
        sources=said.sources,
    )


def _finding(at: int, part: _Finding, masks: dict[str, _Bytes]) -> Finding:
    segment = None if part.segment is None else _segment(at, part.segment, masks)
    return Finding(segment=segment, **{name: getattr(part, name) for name in _PLAIN})


def _segment(at: int, box: _Box, masks: dict[str, _Bytes]) -> Segment:
    """The mask of a box; its size is proved before it is unpacked."""
    packed = masks.pop(_mask_name(at), None)
    voxels = math.prod(box.shape)
    if packed is None or len(packed) != (voxels + 7) // 8:
        raise ReadingFileFault(f"not a reading file: mask {at} is missing or of the wrong size")
    return Segment(box.corner, np.unpackbits(packed, count=voxels).reshape(box.shape).astype(bool))


def _mask_name(at: int) -> str:
    return f"mask_{at}"


def _members(content: bytes) -> dict[str, _Bytes]:
    """Every member as bytes, nothing larger than its place in the file may be."""
    if len(content) > MAX_READING_BYTES:
        raise ReadingFileFault(f"not a reading file: {len(content)} bytes, at most {MAX_READING_BYTES} are read")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = archive.infolist()
            if any(member.compress_type not in _METHODS for member in listed):
                raise ReadingFileFault("not a reading file: it is packed in another way than numpy packs")
            if len(listed) > _MAX_MEMBERS or sum(member.file_size for member in listed) > MAX_READING_BYTES:
                raise ReadingFileFault("not a reading file: it would unpack to more than a reading can be")
            return {member.filename.removesuffix(".npy"): _plain_bytes(archive, member) for member in listed}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as fault:
        raise ReadingFileFault(f"not a reading file: {fault}") from fault


def _plain_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> _Bytes:
    """The one array of a member; numpy's own reader would believe any shape its header names."""
    with archive.open(member) as stream:
        raw = stream.read(member.file_size)
    view = io.BytesIO(raw)
    try:
        if np.lib.format.read_magic(view) != (1, 0):
            raise ReadingFileFault(f"not a reading file: {member.filename!a} is of an unknown kind")
        shape, _, kind = np.lib.format.read_array_header_1_0(view)
    except ValueError as fault:
        raise ReadingFileFault(f"not a reading file: {member.filename!a}: {fault}") from fault
    rest = np.frombuffer(raw, np.uint8, offset=view.tell())
    if kind != np.uint8 or shape != (len(rest),):
        raise ReadingFileFault(f"not a reading file: {member.filename!a} is not a row of bytes")
    return rest


def _first(fault: ValidationError) -> str:
    first = fault.errors()[0]
    return f"{'.'.join(str(step) for step in first['loc']) or 'the text'}: {first['msg']}"
