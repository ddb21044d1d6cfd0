"""The pixels of an instance in one request: native ones as their value, compressed ones frame by frame (AC-30)."""

from __future__ import annotations

import httpx
import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import MPEG4HP41, JPEG2000Lossless, RLELossless, generate_uid

from service.domain.user import UserRole
from tests.dicomweb.test_retrieve import parts_of
from tests.people.browsers import Browsers
from tests.support.big_endian import in_big_endian
from tests.support.edges import Customer, Edges
from tests.support.series import ct_slice

EXPLICIT = "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
DECODED = 'multipart/related; type="application/octet-stream"'
STORED = f'{DECODED}; transfer-syntax="*"'
FRAMES, SIZE = 3, 32


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def image(frames: int = FRAMES) -> FileDataset:
    study = str(generate_uid())[:50].rstrip(".")
    made = ct_slice(study_uid=study, series_uid=f"{study}.1", index=0, size=SIZE)
    cells = np.random.default_rng(3).integers(0, 2000, (frames, SIZE, SIZE), dtype=np.int16)
    made.NumberOfFrames, made.PixelData = frames, cells.tobytes()
    return made


def path_of(made: FileDataset) -> str:
    return f"/studies/{made.StudyInstanceUID}/series/{made.SeriesInstanceUID}/instances/{made.SOPInstanceUID}"


def get(edges: Edges, hospital: Customer, made: FileDataset, accept: str) -> httpx.Response:
    return edges.client(hospital).get(f"/dicom-web{path_of(made)}/pixeldata", headers={"Accept": accept})


def test_native_pixels_are_one_value_in_a_part_or_bare(edges: Edges, hospital: Customer) -> None:
    made = image()
    edges.receive(hospital, made)
    (shown,) = edges.client(hospital).get(f"/dicom-web{path_of(made)}/metadata").json()

    for accept in (STORED, DECODED, 'multipart/related; type="*/*"', "*/*"):
        answer = get(edges, hospital, made, accept)
        assert parts_of(answer) == [(EXPLICIT, made.PixelData)], accept
        assert f"Content-Location: {shown['7FE00010']['BulkDataURI']}\r\n".encode() in answer.content
    bare = get(edges, hospital, made, EXPLICIT)
    assert (bare.headers["content-type"], bare.content) == (EXPLICIT, made.PixelData)
    assert int(bare.headers["content-length"]) == len(bare.content)


def test_pixels_in_big_endian_come_in_little_endian(edges: Edges, hospital: Customer) -> None:
    made = image()
    pixels = made.PixelData
    edges.receive(hospital, in_big_endian(made))

    assert get(edges, hospital, made, EXPLICIT).content == pixels


@pytest.mark.parametrize(("syntax", "media_type"), [(JPEG2000Lossless, "image/jp2"), (RLELossless, "image/dicom-rle")])
def test_compressed_pixels_are_their_frames_in_order_as_stored_or_decoded(
    edges: Edges, hospital: Customer, syntax: str, media_type: str
) -> None:
    made = image()
    pixels, frame_bytes = made.PixelData, 2 * SIZE * SIZE
    made.compress(syntax, generate_instance_uid=False)
    edges.receive(hospital, made)
    fragments = list(generate_frames(made.PixelData, number_of_frames=FRAMES))

    stored = parts_of(get(edges, hospital, made, STORED))
    named = parts_of(get(edges, hospital, made, f'multipart/related; type="{media_type}"'))
    decoded = parts_of(get(edges, hospital, made, DECODED))

    assert stored == [(f"application/octet-stream; transfer-syntax={syntax}", each) for each in fragments]
    assert named == [(f"{media_type}; transfer-syntax={syntax}", each) for each in fragments]
    assert [content for _, content in decoded] == [
        pixels[frame_bytes * at : frame_bytes * (at + 1)] for at in range(FRAMES)
    ]
    assert {kind for kind, _ in decoded} == {EXPLICIT}
    assert get(edges, hospital, made, EXPLICIT).status_code == 406, "several frames do not go without parts"


@pytest.fixture
def video(edges: Edges, hospital: Customer) -> FileDataset:
    made = image()
    made.file_meta.TransferSyntaxUID = MPEG4HP41
    made.PixelData = encapsulate([b"the first half, ", b"the other half. "], has_bot=False)
    made["PixelData"].VR = "OB"
    edges.receive(hospital, made)
    return made


def test_a_video_comes_whole_since_nobody_can_tell_its_frames_apart(
    edges: Edges, hospital: Customer, video: FileDataset
) -> None:
    stored = parts_of(get(edges, hospital, video, 'multipart/related; type="video/mp4"'))
    bare = get(edges, hospital, video, "video/mp4")
    decoded = get(edges, hospital, video, DECODED)

    assert stored == [(f"video/mp4; transfer-syntax={MPEG4HP41}", b"the first half, the other half. ")]
    assert bare.content == b"the first half, the other half. "
    assert decoded.status_code == 406


@pytest.mark.parametrize(
    ("asked", "status", "value", "says"),
    [
        ("bytes=4-8", 206, b"first", "bytes 4-8/32"),
        ("bytes=10-19", 206, b"half, the ", "bytes 10-19/32"),
        ("bytes=26-", 206, b"half. ", "bytes 26-31/32"),
        ("bytes=-6", 206, b"half. ", "bytes 26-31/32"),
        ("bytes=0-999", 206, b"the first half, the other half. ", "bytes 0-31/32"),
        ("bytes=0-1,4-5", 200, b"the first half, the other half. ", None),
        ("frames=1-2", 200, b"the first half, the other half. ", None),
        ("bytes=9-3", 200, b"the first half, the other half. ", None),
        ("bytes=32-", 416, None, "bytes */32"),
        ("bytes=-0", 416, None, "bytes */32"),
    ],
)
def test_a_player_gets_the_part_of_a_video_that_it_asks_for(
    edges: Edges, hospital: Customer, video: FileDataset, asked: str, status: int, value: bytes | None, says: str | None
) -> None:
    client = edges.client(hospital, Accept="video/mp4", Range=asked)

    answer = client.get(f"/dicom-web{path_of(video)}/pixeldata")

    assert answer.status_code == status
    assert answer.headers.get("content-range") == says
    if value is not None:
        assert (answer.content, answer.headers["accept-ranges"]) == (value, "bytes")
        assert int(answer.headers["content-length"]) == len(value)
    else:
        assert "how long it is" in answer.json()["detail"] or "长度" in answer.json()["detail"]


def test_what_has_no_pixels_or_is_not_there_is_not_found(edges: Edges, hospital: Customer) -> None:
    made = image()
    del made.PixelData
    edges.receive(hospital, made)
    missing = image()

    assert get(edges, hospital, made, STORED).status_code == 404
    assert get(edges, hospital, missing, STORED).status_code == 404
    assert get(edges, hospital, made, "text/html").status_code == 406


def test_readers_have_the_pixels_behind_their_session(edges: Edges, hospital: Customer) -> None:
    made, browsers = image(), Browsers(edges)
    edges.receive(hospital, made)
    anna = browsers.at(browsers.person(hospitals=[hospital.id]))
    scientist = browsers.at(browsers.person(UserRole.SCIENTIST, hospitals=[hospital.id]))
    path = f"/dicom-web/h/{hospital.id}{path_of(made)}/pixeldata"

    assert anna.client.get(path, headers={"Accept": EXPLICIT}).content == made.PixelData
    assert scientist.client.get(path).status_code == 403
    assert edges.client(None).get(path).status_code == 401
