"""WADO-RS of whole instances in Explicit VR Little Endian: what is stored compressed is decoded (PS3.18 8.7.3)."""

from __future__ import annotations

import gc
import io
import tracemalloc
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames
from pydicom.pixels import pixel_array
from pydicom.uid import UID, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless, generate_uid

from service.archive.viewer_copies import HTJ2K_LOSSLESS
from service.pixels.htj2k import codestream
from tests.dicomweb.test_retrieve import MULTIPART, data_set, parts_of
from tests.support.edges import Customer, Edges, file_bytes
from tests.support.series import ct_slice

EXPLICIT = "1.2.840.10008.1.2.1"
DECODED = f"{MULTIPART}; transfer-syntax={EXPLICIT}"
BARE = f"application/dicom; transfer-syntax={EXPLICIT}"
STORED = f"{MULTIPART}; transfer-syntax=*"


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def slice_of(index: int = 0, size: int = 32, study: str | None = None) -> FileDataset:
    study = study or generate_uid()[:50]
    return ct_slice(study_uid=study, series_uid=f"{study}.1", index=index, size=size)


def frames_of(count: int, size: int = 32) -> tuple[FileDataset, np.ndarray]:
    """A multi-frame object of noise, and its cells."""
    image = slice_of(size=size)
    cells = np.random.default_rng(3).integers(0, 2000, (count, size, size), dtype=np.int16)
    image.NumberOfFrames, image.PixelData = count, cells.tobytes()
    return image, cells


def get(edges: Edges, hospital: Customer, image: Dataset, accept: str, level: str = "instance") -> httpx.Response:
    path = f"/dicom-web/studies/{image.StudyInstanceUID}"
    if level != "study":
        path += f"/series/{image.SeriesInstanceUID}"
    if level == "instance":
        path += f"/instances/{image.SOPInstanceUID}"
    return edges.client(hospital).get(path, headers={"Accept": accept})


def read(content: bytes) -> FileDataset:
    """As a stranger's library reads it; whole, and in the syntax it says."""
    image = dcmread(io.BytesIO(content))
    assert image.file_meta.TransferSyntaxUID == EXPLICIT
    assert image.file_meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID
    assert content[132:136] == b"\x02\0\0\0", "a file header whose group length is first"
    return image


def one(answer: httpx.Response) -> FileDataset:
    assert answer.status_code == 200, answer.text
    ((kind, content),) = parts_of(answer)
    assert kind == f"application/dicom; transfer-syntax={EXPLICIT}"
    return read(content)


def as_htj2k(image: FileDataset, folder: Path) -> FileDataset:
    path = folder / "native.dcm"
    image.save_as(path)
    image.PixelData = encapsulate([codestream(path, 1)])
    image["PixelData"].VR = "OB"
    image["PixelData"].is_undefined_length = True
    image.file_meta.TransferSyntaxUID = UID(HTJ2K_LOSSLESS)
    return image


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless, RLELossless, HTJ2K_LOSSLESS])
@pytest.mark.parametrize("level", ["instance", "series", "study"])
def test_a_compressed_object_is_decoded_for_who_names_explicit_little_endian(
    edges: Edges, hospital: Customer, tmp_path: Path, syntax: str, level: str
) -> None:
    image = slice_of()
    native = dcmread(io.BytesIO(file_bytes(image)))
    if syntax == HTJ2K_LOSSLESS:
        as_htj2k(image, tmp_path)
    else:
        image.compress(syntax, generate_instance_uid=False)
    edges.receive(hospital, image)
    given = one(get(edges, hospital, image, DECODED, level))
    assert given == native, "every attribute as it was before it was compressed"
    assert given.PixelData == native.PixelData
    ((kind, content),) = parts_of(get(edges, hospital, image, STORED, level))
    assert kind == f"application/dicom; transfer-syntax={syntax}"
    assert data_set(content) == data_set(file_bytes(image)), "* goes on meaning as stored"


def test_an_instance_comes_bare_and_with_its_length_where_that_is_asked_for(edges: Edges, hospital: Customer) -> None:
    image = slice_of()
    native = image.PixelData
    image.compress(JPEGLSLossless)
    edges.receive(hospital, image)
    answer = get(edges, hospital, image, BARE)
    assert answer.headers["content-type"] == BARE
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert read(answer.content).PixelData == native
    stored = get(edges, hospital, image, "application/dicom; transfer-syntax=*")
    assert answer.headers["etag"] != stored.headers["etag"], "other bytes"


@pytest.mark.parametrize("syntax", [JPEGLSLossless, RLELossless])
def test_frames_come_one_behind_the_other_and_offset_tables_go(edges: Edges, hospital: Customer, syntax: str) -> None:
    image, cells = frames_of(5, size=31)
    image.compress(syntax)
    contents = list(generate_frames(image.PixelData, number_of_frames=5))
    image.PixelData, image.ExtendedOffsetTable, image.ExtendedOffsetTableLengths = encapsulate_extended(contents)
    image["PixelData"].is_undefined_length = True
    image.DataSetTrailingPadding = b"\0" * 32
    edges.receive(hospital, image)
    given = one(get(edges, hospital, image, DECODED))
    assert np.array_equal(given.pixel_array, cells)
    for gone in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "DataSetTrailingPadding"):
        assert gone not in given
    assert given.NumberOfFrames == 5


def coloured(size: int = 64) -> tuple[FileDataset, np.ndarray]:
    image = slice_of()
    cells = np.random.default_rng(5).integers(0, 255, (size, size, 3), dtype=np.uint8)
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "RGB", 0
    image.Rows = image.Columns = size
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit, image.PixelRepresentation = 7, 0
    image.PixelData = cells.tobytes()
    image["PixelData"].VR = "OB"
    return image, cells


@pytest.mark.parametrize(
    ("syntax", "stored_as"), [(JPEG2000Lossless, "YBR_RCT"), (RLELossless, "RGB"), (RLELossless, "YBR_FULL")]
)
def test_colours_are_told_as_they_are_when_decoded(
    edges: Edges, hospital: Customer, syntax: str, stored_as: str
) -> None:
    """PS3.5 8.2: RCT, ICT and planes are of the compression; without it pixels stand one after the other."""
    image, cells = coloured()
    if stored_as == "YBR_FULL":
        image.PhotometricInterpretation = stored_as
        cells = np.asarray(pixel_array(dcmread(io.BytesIO(file_bytes(image))), raw=False))
    image.compress(syntax, generate_instance_uid=False)
    image.PhotometricInterpretation = stored_as
    edges.receive(hospital, image)
    given = one(get(edges, hospital, image, DECODED))
    assert (given.PhotometricInterpretation, given.PlanarConfiguration) == ("RGB", 0)
    assert np.array_equal(np.frombuffer(given.PixelData, np.uint8).reshape(cells.shape), cells)


def test_lossy_pixels_stay_known_as_lossy(edges: Edges, hospital: Customer) -> None:
    image = slice_of(size=16)
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit, image.PixelRepresentation = 7, 0
    image.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    image.PixelData = encapsulate([grey_jpeg(16)])
    image["PixelData"].VR = "OB"
    image.LossyImageCompressionRatio, image.LossyImageCompressionMethod = "9.5", "ISO_10918_1"
    edges.receive(hospital, image)
    given = one(get(edges, hospital, image, DECODED))
    assert (given.LossyImageCompression, given.LossyImageCompressionRatio) == ("01", 9.5)
    assert given.LossyImageCompressionMethod == "ISO_10918_1"
    assert len(given.PixelData) == 256


def grey_jpeg(size: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (size, size), 90).save(buffer, "JPEG")
    return buffer.getvalue()


def test_what_cannot_be_decoded_is_said_in_words_before_anything_is_sent(edges: Edges, hospital: Customer) -> None:
    broken, video, deflated = slice_of(), slice_of(), slice_of()
    broken.file_meta.TransferSyntaxUID = JPEGLSLossless
    video.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.102")
    for image in (broken, video):
        image.PixelData = encapsulate([b"\xff\xd8 no picture \xff\xd9"])
        image["PixelData"].VR = "OB"
        edges.receive(hospital, image)
        for accept in (DECODED, BARE):
            refused = get(edges, hospital, image, accept)
            assert (refused.status_code, refused.json()["code"]) == (406, "not-acceptable")
            assert "transfer-syntax=*" in refused.json()["detail"]
    deflated.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1.99")
    edges.receive(hospital, deflated)
    assert get(edges, hospital, deflated, DECODED).status_code == 406


def test_a_series_of_both_kinds_comes_in_one_syntax(edges: Edges, hospital: Customer) -> None:
    study = generate_uid()[:50]
    images = [slice_of(index, study=study) for index in range(3)]
    pixels = {str(each.SOPInstanceUID): each.PixelData for each in images}
    images[1].compress(JPEGLSLossless, generate_instance_uid=False)
    for each in images:
        edges.receive(hospital, each)
    parts = parts_of(get(edges, hospital, images[0], DECODED, "series"))
    assert {str(each.SOPInstanceUID): each.PixelData for each in (read(content) for _, content in parts)} == pixels


def test_many_frames_are_decoded_in_constant_memory(edges: Edges, hospital: Customer) -> None:
    image, cells = frames_of(60, size=512)
    cells[:] = np.arange(60, dtype=np.int16)[:, None, None]
    image.PixelData = cells.tobytes()
    image.compress(JPEGLSLossless)
    edges.receive(hospital, image)
    client = edges.client(hospital)
    path = f"/dicom-web/studies/{image.StudyInstanceUID}"
    gc.collect()
    tracemalloc.start()
    received = 0
    with client.stream("GET", path, headers={"Accept": DECODED}) as answer:
        for chunk in answer.iter_raw(1 << 16):
            received += len(chunk)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert received > cells.nbytes > 31_000_000
    assert peak_bytes < 8_000_000, f"{peak_bytes / 1e6:.0f} MB for {received / 1e6:.0f} MB"
