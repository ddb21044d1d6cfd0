"""What a package said survives as bytes: exactly, and nothing else is taken for it."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from models.contract import (
    LEFT,
    LUNG,
    MASS,
    MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
    NODULE,
    Axis,
    Finding,
    Grid,
    Outcome,
    Presence,
    Reading,
    RefusalReason,
    Refused,
    Segment,
    SeriesReading,
    SliceSource,
    Target,
)
from models.reading_file import ReadingFileFault, read_reading, write_reading

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
POINTS = st.tuples(FLOATS, FLOATS, FLOATS)
UIDS = st.from_regex(r"2\.25\.[1-9][0-9]{0,30}", fullmatch=True)
SHAPES = st.tuples(*[st.integers(1, 6)] * 3)


@st.composite
def segments(draw: st.DrawFn, shape: tuple[int, int, int]) -> Segment:
    corner = tuple(draw(st.integers(0, size - 1)) for size in shape)
    extent = tuple(draw(st.integers(1, size - start)) for start, size in zip(corner, shape, strict=True))
    return Segment((corner[0], corner[1], corner[2]), draw(npst.arrays(np.bool_, extent)))


@st.composite
def findings(draw: st.DrawFn, number: int, shape: tuple[int, int, int]) -> Finding:
    slices = st.integers(0, shape[0] - 1)
    axis = st.builds(Axis, POINTS, POINTS, FLOATS, slices)
    return Finding(
        number=number,
        concept=draw(st.sampled_from([NODULE, MASS])),
        category=MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
        site=LUNG,
        laterality=draw(st.sampled_from([None, LEFT])),
        presence=draw(st.sampled_from(Presence)),
        probability=draw(st.floats(0, 1)),
        center_mm=draw(st.none() | POINTS),
        slice_index=draw(st.none() | slices),
        long_axis=draw(st.none() | axis),
        short_axis=draw(st.none() | axis),
        volume_mm3=draw(st.none() | FLOATS),
        mean_hu=draw(st.none() | FLOATS),
        segment=draw(st.none() | segments(shape)),
    )


@st.composite
def series_readings(draw: st.DrawFn) -> SeriesReading:
    shape = draw(SHAPES)
    found = tuple(draw(findings(number, shape)) for number in range(1, 1 + draw(st.integers(0, 3))))
    source = st.builds(SliceSource, UIDS, UIDS, st.none() | st.integers(1, 500))
    return SeriesReading(
        Reading(Target(NODULE, LUNG), found, draw(FLOATS), draw(FLOATS)),
        draw(UIDS),
        draw(UIDS),
        Grid(shape, draw(POINTS), draw(POINTS), draw(POINTS), draw(POINTS)),
        tuple(draw(source) for _ in range(shape[0])),
    )


def assert_same(one: Outcome, other: Outcome) -> None:
    """Equal to the bit; masks are arrays, which dataclasses cannot compare."""
    if isinstance(one, Refused) or isinstance(other, Refused):
        assert one == other
        return
    pairs = list(zip(one.reading.findings, other.reading.findings, strict=True))
    for a, b in pairs:
        assert all(getattr(a, f.name) == getattr(b, f.name) for f in fields(Finding) if f.name != "segment")
        assert (a.segment is None) == (b.segment is None)
        if a.segment is not None and b.segment is not None:
            assert a.segment.corner == b.segment.corner
            assert a.segment.mask.dtype == b.segment.mask.dtype == np.bool_
            assert np.array_equal(a.segment.mask, b.segment.mask)
    bare = [replace(outcome, reading=replace(outcome.reading, findings=())) for outcome in (one, other)]
    assert bare[0] == bare[1]


def reading() -> SeriesReading:
    """One finding with a mask of 2 x 3 x 3 voxels on a grid of 4 x 5 x 6."""
    found = Finding(
        1, NODULE, MORPHOLOGICALLY_ABNORMAL_STRUCTURE, LUNG, None, Presence.PRESENT, 0.5, (1.0, 2.0, 3.0), 1,
        None, None, 12.5, -40.0, Segment((2, 2, 3), np.ones((2, 3, 3), bool)),
    )  # fmt: skip
    grid = Grid((4, 5, 6), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
    said = Reading(Target(NODULE, LUNG), (found,), 1.0, 2.0)
    return SeriesReading(said, "2.25.1", "2.25.2", grid, (SliceSource("2.25.3", "2.25.4", None),) * 4)


@given(series_readings())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_reading_comes_back_to_the_bit_and_always_makes_the_same_bytes(said: SeriesReading) -> None:
    content = write_reading(said)
    assert_same(read_reading(content), said)
    assert write_reading(said) == content


@given(st.sampled_from(RefusalReason), st.text())
def test_a_refusal_comes_back_with_its_reason_and_its_words(reason: RefusalReason, detail: str) -> None:
    refused = Refused(reason, detail)
    try:
        content = write_reading(refused)
    except ReadingFileFault:
        assert any("\ud800" <= letter <= "\udfff" for letter in detail)
        return
    assert read_reading(content) == refused


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_is_none_is_never_kept(value: float) -> None:
    said = reading()
    axis = Axis((0.0, 0.0, value), (1.0, 0.0, 0.0), 1.0, 0)
    broken = replace(said, reading=replace(said.reading, findings=(replace(said.reading.findings[0], long_axis=axis),)))
    with pytest.raises(ReadingFileFault, match="long_axis"):
        write_reading(broken)


UNUSABLE = [
    ({"probability": 1.01}, "probability"),
    ({"number": 2}, "numbered from 1"),
    ({"slice_index": 4}, "slice that is not there"),
    ({"short_axis": Axis((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 1.0, -1)}, "slice that is not there"),
    ({"segment": Segment((3, 2, 3), np.ones((2, 3, 3), bool))}, "leaves the volume"),
]


@pytest.mark.parametrize(("changes", "fault"), UNUSABLE)
def test_a_reading_that_points_outside_its_volume_is_never_kept(changes: dict[str, object], fault: str) -> None:
    said = reading()
    found = replace(said.reading.findings[0], **changes)
    with pytest.raises(ReadingFileFault, match=fault):
        write_reading(replace(said, reading=replace(said.reading, findings=(found,))))


def test_a_reading_with_a_source_too_few_is_never_kept() -> None:
    with pytest.raises(ReadingFileFault, match="3 sources for 4 slices"):
        write_reading(replace(reading(), sources=reading().sources[1:]))


@pytest.mark.parametrize("places", [[-6, -5], [-10, -9]])
def test_a_directory_that_points_before_the_file_is_refused(places: list[int]) -> None:
    content = bytearray(write_reading(reading()))
    for place in places:
        content[place] = 0xFF
    with pytest.raises(ReadingFileFault):
        read_reading(bytes(content))


@given(st.binary(max_size=300))
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ReadingFileFault):
        read_reading(content)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_refused_or_says_the_same(data: st.DataObject) -> None:
    said = reading()
    content = bytearray(write_reading(said))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        back = read_reading(bytes(content))
    except ReadingFileFault:
        return
    assert_same(back, said)


def members_of(said: Outcome) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(write_reading(said))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def with_text(said: SeriesReading, old: str, new: str) -> bytes:
    members = members_of(said)
    text = np.load(io.BytesIO(members["reading.npy"])).tobytes()
    assert old.encode() in text
    members["reading.npy"] = npy(np.frombuffer(text.replace(old.encode(), new.encode()), np.uint8))
    return zipped(members)


def test_a_segment_that_leaves_the_volume_is_refused() -> None:
    with pytest.raises(ReadingFileFault, match="leaves the volume"):
        read_reading(with_text(reading(), '"corner":[2,2,3]', '"corner":[3,2,3]'))


def test_a_mask_of_another_size_is_refused_before_room_is_made_for_it() -> None:
    with pytest.raises(ReadingFileFault, match="wrong size"):
        read_reading(with_text(reading(), '"shape":[2,3,3]', '"shape":[1,1,3]'))


def test_a_header_that_lies_about_its_size_is_refused() -> None:
    members = members_of(reading())
    members["mask_0.npy"] = members["mask_0.npy"].replace(b"(3,)", b"(3000000000000,)")
    with pytest.raises(ReadingFileFault):
        read_reading(zipped(members))


def test_a_pickle_is_never_opened() -> None:
    members = members_of(reading())
    members["mask_0.npy"] = npy(np.array([{"would": "run"}], dtype=object))
    with pytest.raises(ReadingFileFault, match="not a row of bytes"):
        read_reading(zipped(members))


def test_a_file_that_would_unpack_to_gigabytes_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("reading.npy", "w") as member:
        for _ in range(260):
            member.write(bytes(1 << 20))
    with pytest.raises(ReadingFileFault, match="unpack to more"):
        read_reading(stream.getvalue())


def test_numpy_alone_opens_the_file_so_a_notebook_can() -> None:
    with np.load(io.BytesIO(write_reading(reading())), allow_pickle=False) as opened:
        assert opened["mask_0"].dtype == np.uint8
        assert b'"series_instance_uid":"2.25.1"' in opened["reading"].tobytes()
