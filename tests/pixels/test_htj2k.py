"""A copy in HTJ2K gives every stored cell back, or is not made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openjpeg.utils import decode
from pydicom.uid import UID, ImplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from models.decoding import PixelFault
from service.dicom.part10 import split
from service.dicom.pixel_layout import pixel_layout
from service.dicom.walk import walk
from service.pixels import encoder, htj2k
from service.pixels.htj2k import codestream
from service.pixels.pool import DecodeFault, PixelPool
from tests.pixels.made_objects import ENHANCED_CT, SECONDARY_CAPTURE, made, stored

DTYPES = ("u1", "u2", "i2")
REVERSIBLE = 1


def noise(shape: tuple[int, ...], dtype: str, seed: int = 5) -> np.ndarray:
    """Every value of the type may occur, the least and the largest do."""
    limits = np.iinfo(dtype)
    values = np.random.default_rng(seed).integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
    values.flat[0], values.flat[-1] = limits.min, limits.max
    return values


def coding_style(content: bytes) -> tuple[int, int]:
    """Multiple component transformation and wavelet of a codestream (ISO/IEC 15444-1 A.6.1)."""
    style = content[content.index(b"\xff\x52") + 4 :]
    return style[4], style[9]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_every_cell_comes_back(tmp_path: Path, dtype: str, photometric: str) -> None:
    cells = noise((33, 47), dtype)
    path = stored(made(cells, PhotometricInterpretation=photometric), tmp_path)

    copy = codestream(path, 1)

    assert np.array_equal(decode(copy), cells)
    assert coding_style(copy) == (0, REVERSIBLE)
    assert b"\xff\x50" in copy[:64], "the marker that says high throughput (ISO/IEC 15444-15 A.2)"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(1, 70),
    columns=st.integers(1, 70),
    dtype=st.sampled_from(DTYPES),
    bits=st.integers(0, 7),
    seed=st.integers(0, 2**16),
)
def test_any_size_and_depth(tmp_path: Path, rows: int, columns: int, dtype: str, bits: int, seed: int) -> None:
    """bits: how many of the cell are not stored."""
    cells = noise((rows, columns), dtype, seed) >> bits
    image = made(cells)
    image.BitsStored -= bits
    image.HighBit -= bits

    assert np.array_equal(decode(codestream(stored(image, tmp_path), 1)).reshape(rows, columns), cells)


@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian, RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_each_frame_whatever_lossless_syntax_it_came_in(tmp_path: Path, syntax: UID | None) -> None:
    cells = np.random.default_rng(3).integers(-1000, 2000, (4, 48, 40), dtype=np.int16)
    image = made(cells, ENHANCED_CT)
    if syntax == ImplicitVRLittleEndian:
        image.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    elif syntax is not None:
        image.compress(syntax, generate_instance_uid=False)
    path = stored(image, tmp_path)
    content = path.read_bytes()
    meta, start = split(content)
    layout = pixel_layout(walk(content[start:], meta.transfer_syntax_uid), content[start:])
    assert layout is not None

    for number in (4, 1, 3, 2):
        assert np.array_equal(decode(codestream(path, number, layout.whole_bytes(number))), cells[number - 1])


def with_overlay_bits() -> object:
    image = made(np.full((8, 8), 0x1234, "u2"))
    image.BitsStored, image.HighBit = 12, 11
    return image


def at_the_high_end() -> object:
    image = made(np.full((8, 8), 0x1230, "u2"))
    image.BitsStored, image.HighBit = 12, 15
    return image


KINDS = {
    "an overlay in the cells": with_overlay_bits,
    "pixels at the cells' high end": at_the_high_end,
    "RGB": lambda: made(noise((8, 8, 3), "u1"), SECONDARY_CAPTURE),
    "YBR": lambda: made(noise((8, 8, 3), "u1"), SECONDARY_CAPTURE, PhotometricInterpretation="YBR_FULL"),
    "signed 8 bits": lambda: made(noise((8, 8), "i1")),
    "by palette": lambda: made(noise((8, 8), "u1"), PhotometricInterpretation="PALETTE COLOR"),
    "32 bits": lambda: made(noise((8, 8), "u4")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_viewer_might_show_otherwise_is_not_copied(tmp_path: Path, kind: str) -> None:
    with pytest.raises(PixelFault, match="not copied"):
        codestream(stored(KINDS[kind](), tmp_path), 1)  # type: ignore[arg-type]


def test_a_copy_that_would_differ_is_not_handed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(made(noise((8, 8), "i2")), tmp_path)
    other = codestream(stored(made(noise((8, 8), "i2", seed=6)), tmp_path, "other.dcm"), 1)
    monkeypatch.setattr(htj2k, "_encoded", lambda _cells: other)

    with pytest.raises(PixelFault, match="not be the same pixels"):
        codestream(path, 1)


def test_a_child_makes_the_same_copy_and_tells_what_it_does_not_copy(tmp_path: Path) -> None:
    path = stored(made(noise((8, 8), "i2")), tmp_path)
    with PixelPool() as pool:
        assert pool.copy(path, 1) == codestream(path, 1)
        with pytest.raises(DecodeFault, match="not copied"):
            pool.copy(stored(made(noise((8, 8), "u4")), tmp_path, "deep.dcm"), 1)


def test_the_encoder_is_the_pinned_one_and_its_absence_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = (Path(__file__).parent.parent.parent / "requirements.txt").read_text().splitlines()

    assert f"pip install {encoder.ENCODER}=={encoder.ENCODER_VERSION}" == encoder.INSTALL_COMMAND
    assert f"{encoder.ENCODER}=={encoder.ENCODER_VERSION}" in pins
    assert encoder.encoder_is_installed()
    monkeypatch.setattr(encoder, "ENCODER", "a_library_that_nobody_has")
    assert not encoder.encoder_is_installed()
