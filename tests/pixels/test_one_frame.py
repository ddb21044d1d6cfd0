"""A frame is decoded from its own bytes: the same as from the whole object, at the cost of one frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.pixels import pixel_array
from pydicom.uid import UID, JPEG2000Lossless, JPEGLSLossless, RLELossless

from models.decoding import PixelFault, read_instance, stored_values
from service.dicom.part10 import split
from service.dicom.pixel_layout import PixelLayout, pixel_layout
from service.dicom.walk import walk
from service.pixels.decode import frame, native_frame
from service.pixels.one_frame import read_frame
from tests.pixels.made_objects import ENHANCED_CT, SECONDARY_CAPTURE, made, rescaled_frame, stored
from tests.support.big_endian import in_big_endian

COMPRESSED = (RLELossless, JPEGLSLossless, JPEG2000Lossless)


def values(frames: int = 4, rows: int = 48, columns: int = 40) -> np.ndarray:
    return np.random.default_rng(3).integers(-1000, 2000, (frames, rows, columns), dtype=np.int16)


def layout_of(path: Path) -> PixelLayout:
    content = path.read_bytes()
    meta, start = split(content)
    found = pixel_layout(walk(content[start:], meta.transfer_syntax_uid), content[start:])
    assert found is not None
    return found


def several(folder: Path, syntax: UID | None, **attributes: object) -> Path:
    """A file of four frames."""
    image = made(values(), ENHANCED_CT, **attributes)
    if syntax is not None:
        image.compress(syntax, generate_instance_uid=False)
    return stored(image, folder)


@pytest.mark.parametrize("syntax", [None, *COMPRESSED])
@pytest.mark.parametrize("known", [True, False])
def test_each_frame_is_the_one_that_the_whole_object_gives(tmp_path: Path, syntax: UID | None, known: bool) -> None:
    path = several(tmp_path, syntax)
    whole = pixel_array(dcmread(path))
    layout = layout_of(path)

    for number in (4, 1, 3, 2):
        extents = layout.whole_bytes(number) if known else ()
        one = read_frame(path, number, extents)
        assert (one.number, "PixelData" in one.header) == (1, False), "nothing else was read"
        assert np.array_equal(stored_values(one.pixels, one.transfer_syntax_uid, one.number), whole[number - 1])
        assert native_frame(path, number, extents) == whole[number - 1].astype("<i2").tobytes()


def test_each_frame_has_its_own_rescale(tmp_path: Path) -> None:
    groups = [rescaled_frame(1, -1024), rescaled_frame(2, 5), rescaled_frame(1, 0), rescaled_frame(3, 1)]
    path = several(tmp_path, JPEGLSLossless, PerFrameFunctionalGroupsSequence=groups)

    for number, (slope, intercept) in enumerate(((1, -1024), (2, 5), (1, 0), (3, 1)), 1):
        assert np.array_equal(frame(path, number), values()[number - 1].astype(np.float32) * slope + intercept)


def test_frames_of_colour_are_read_alone_too(tmp_path: Path) -> None:
    colour = np.random.default_rng(4).integers(0, 255, (3, 8, 6, 3), dtype=np.uint8)
    image = made(colour[0], SECONDARY_CAPTURE)
    image.NumberOfFrames, image.PixelData = 3, colour.tobytes()
    path = stored(image, tmp_path, "colour.dcm")
    assert [native_frame(path, number) for number in (1, 2, 3)] == [each.tobytes() for each in colour]


def test_frames_of_colour_in_big_endian_keep_the_order_of_their_samples(tmp_path: Path) -> None:
    colour = np.random.default_rng(4).integers(0, 255, (3, 5, 7, 3), dtype=np.uint8)
    image = made(colour[0], SECONDARY_CAPTURE)
    image.NumberOfFrames, image.PixelData = 3, colour.tobytes()
    path = stored(in_big_endian(image), tmp_path, "colour.dcm")
    layout = layout_of(path)

    for number in (1, 2, 3):
        assert native_frame(path, number, layout.whole_bytes(number)) == colour[number - 1].tobytes()


def bytes_read() -> int:
    """What this process has read from files so far."""
    return int(Path("/proc/self/io").read_text().split()[1])


@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_a_frame_of_a_thousand_costs_one_frame(tmp_path: Path, syntax: UID | None) -> None:
    image = made(values(1000, 128, 128), SECONDARY_CAPTURE)
    if syntax is not None:
        image.compress(syntax, generate_instance_uid=False)
    path = stored(image, tmp_path)
    extents = layout_of(path).whole_bytes(700)
    native_frame(path, 1, extents)

    before = bytes_read()
    native_frame(path, 700, extents)

    assert bytes_read() - before < 300_000
    assert path.stat().st_size > 20_000_000


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    path = several(tmp_path, RLELossless)
    with pytest.raises(PixelFault, match="no frame 5"):
        read_frame(path, 5)
    with pytest.raises(PixelFault, match="shorter"):
        read_frame(path, 2, ((1 << 30, 100),))
    assert "PixelData" in read_frame(stored(made(values(1)[0]), tmp_path, "one.dcm"), 1).header
    assert len(read_instance(path).PixelData) > 0
