"""Frames as viewers ask for them: the stored bytes where they are taken, decoded ones where not, behind either door."""

from __future__ import annotations

import io
from email.parser import BytesParser

import httpx
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset
from pydicom.encaps import generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless, generate_uid

from service.domain.user import UserRole
from tests.people.browsers import Browsers
from tests.support.big_endian import in_big_endian
from tests.support.edges import Customer, Edges, file_bytes
from tests.support.series import ct_slice

STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax="*"'
DECODED = "multipart/related; type=application/octet-stream"
SINGLE = "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def kept(edges: Edges, hospital: Customer, image: FileDataset) -> str:
    """Store an image; the path of its frames."""
    edges.receive(hospital, image)
    return f"/studies/{image.StudyInstanceUID}/series/{image.SeriesInstanceUID}/instances/{image.SOPInstanceUID}/frames"


def slice_of(size: int = 32) -> FileDataset:
    study = generate_uid()
    return ct_slice(study_uid=study, series_uid=f"{study[:50]}.1", index=0, size=size)


def several(bits: int = 16, frames: int = 3) -> FileDataset:
    """A multi-frame secondary capture whose frames differ; bits 1 packs frames without padding between them."""
    image = slice_of()
    rng = np.random.default_rng(7)
    image.NumberOfFrames, image.Rows, image.Columns = frames, 5, 7
    if bits == 1:
        values = rng.integers(0, 2, (frames, 5, 7), dtype=np.uint8)
        image.BitsAllocated = image.BitsStored = 1
        image.HighBit, image.PixelRepresentation = 0, 0
        packed = np.packbits(values.ravel(), bitorder="little").tobytes()
        image.PixelData = packed + b"\0" * (len(packed) % 2)
        image["PixelData"].VR = "OB"
    else:
        values = rng.integers(0, 2000, (frames, 5, 7), dtype=np.int16)
        image.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    return image


def get(edges: Edges, hospital: Customer, path: str, accept: str, **headers: str) -> httpx.Response:
    return edges.client(hospital).get(f"/dicom-web{path}", headers={"Accept": accept, **headers})


def parts(answer: httpx.Response) -> list[tuple[str, bytes]]:
    """(Content-Type, content) of each part."""
    assert answer.status_code == 200, answer.text
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + answer.content)
    return [(str(part["Content-Type"]), part.get_payload(decode=True)) for part in message.get_payload()]  # type: ignore[union-attr]


def test_a_native_frame_is_the_stored_bytes(edges: Edges, hospital: Customer) -> None:
    image = slice_of()
    path = kept(edges, hospital, image)
    for accept in (STORED, DECODED, "*/*"):
        ((content_type, content),) = parts(get(edges, hospital, f"{path}/1", accept))
        assert content == image.PixelData
        assert content_type == "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
    single = get(edges, hospital, f"{path}/1", SINGLE)
    assert (single.content, single.headers["content-type"]) == (image.PixelData, SINGLE)


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless, RLELossless])
def test_a_compressed_frame_goes_out_as_stored_or_decoded(edges: Edges, hospital: Customer, syntax: str) -> None:
    image = slice_of(64)
    pixels = image.PixelData
    image.compress(syntax, generate_instance_uid=False)
    path = kept(edges, hospital, image)
    (fragment,) = generate_frames(image.PixelData, number_of_frames=1)
    ((stored_type, stored),) = parts(get(edges, hospital, f"{path}/1", STORED))
    assert stored == fragment
    assert stored_type.endswith(f"transfer-syntax={syntax}")
    ((_, decoded),) = parts(get(edges, hospital, f"{path}/1", DECODED))
    assert decoded == pixels


def test_frames_come_in_the_order_they_are_asked_for(edges: Edges, hospital: Customer) -> None:
    image = several()
    path = kept(edges, hospital, image)
    size = 5 * 7 * 2
    frames = [image.PixelData[size * at : size * (at + 1)] for at in range(3)]
    found = [content for _, content in parts(get(edges, hospital, f"{path}/3,1,2", STORED))]
    assert found == [frames[2], frames[0], frames[1]]


def test_frames_of_single_bits_begin_at_their_own_first_byte(edges: Edges, hospital: Customer) -> None:
    image = several(bits=1)
    path = kept(edges, hospital, image)
    bits = np.unpackbits(np.frombuffer(image.PixelData, np.uint8), bitorder="little")
    for number in (1, 2, 3):
        ((_, content),) = parts(get(edges, hospital, f"{path}/{number}", STORED))
        found = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")[:35]
        assert (found == bits[35 * (number - 1) : 35 * number]).all()
        assert len(content) == 5


def test_frames_of_an_odd_number_of_bytes_in_big_endian_come_in_little_endian(edges: Edges, hospital: Customer) -> None:
    image = several()
    colours = np.random.default_rng(8).integers(0, 255, (3, 5, 7, 3), dtype=np.uint8)
    image.SamplesPerPixel, image.PlanarConfiguration, image.PhotometricInterpretation = 3, 0, "RGB"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 8, 8, 7, 0
    image.PixelData = colours.tobytes()
    path = kept(edges, hospital, in_big_endian(image))

    for number, frame in enumerate(colours, 1):
        assert get(edges, hospital, f"{path}/{number}", SINGLE).content == frame.tobytes(), "words go across frames"
    found = [content for _, content in parts(get(edges, hospital, f"{path}/3,2", STORED))]
    assert found == [colours[2].tobytes(), colours[1].tobytes()]


def test_frames_of_single_bits_in_big_endian_begin_at_their_own_first_byte(edges: Edges, hospital: Customer) -> None:
    image = several(bits=1)
    bits = np.unpackbits(np.frombuffer(image.PixelData, np.uint8), bitorder="little")
    path = kept(edges, hospital, in_big_endian(image))

    for number in (1, 2, 3):
        content = get(edges, hospital, f"{path}/{number}", SINGLE).content
        found = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")[:35]
        assert (found == bits[35 * (number - 1) : 35 * number]).all()


def test_an_odd_picture_of_an_old_sender_has_the_pixels_of_its_little_endian_twin(
    edges: Edges, hospital: Customer
) -> None:
    twins = [dcmread(get_testdata_file(f"SC_rgb_small_odd{order}.dcm")) for order in ("_big_endian", "")]
    assert isinstance(twins[0], FileDataset)
    pixels = twins[1].PixelData[: 3 * twins[1].Rows * twins[1].Columns]
    path = kept(edges, hospital, twins[0])

    for accept in (STORED, DECODED):
        assert [content for _, content in parts(get(edges, hospital, f"{path}/1", accept))] == [pixels]
    assert get(edges, hospital, f"{path}/1", SINGLE).content == pixels


def test_a_frame_that_is_not_there_is_not_found_and_a_list_that_is_none_is_said_to_be(
    edges: Edges, hospital: Customer
) -> None:
    path = kept(edges, hospital, slice_of())
    assert get(edges, hospital, f"{path}/2", STORED).status_code == 404
    assert get(edges, hospital, f"{path}/0", STORED).status_code == 404
    for bad in ("x", "1,,2", "1.5", "-1"):
        assert get(edges, hospital, f"{path}/{bad}", STORED).status_code == 400
    assert get(edges, hospital, f"{path}/1", "text/html").status_code == 406


def test_a_frame_is_kept_by_the_browser_and_not_sent_again(edges: Edges, hospital: Customer) -> None:
    path = kept(edges, hospital, slice_of())
    first = get(edges, hospital, f"{path}/1", STORED)
    assert first.headers["cache-control"] == "private, max-age=86400, immutable"
    again = get(edges, hospital, f"{path}/1", STORED, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_revoked_key_opens_no_frame_from_the_next_request_on(edges: Edges, hospital: Customer) -> None:
    path = kept(edges, hospital, slice_of())
    client = edges.client(hospital)
    for _ in range(3):
        assert client.get(f"/dicom-web{path}/1", headers={"Accept": STORED}).status_code == 200
    with edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE api_key SET revoked_at = 1 WHERE hospital_id = ?", (hospital.id,))
    assert client.get(f"/dicom-web{path}/1", headers={"Accept": STORED}).status_code == 401


def test_a_frame_of_an_accepted_replacement_is_the_new_one(edges: Edges, hospital: Customer) -> None:
    image = slice_of()
    path = kept(edges, hospital, image)
    before = parts(get(edges, hospital, f"{path}/1", STORED))[0][1]
    other = dcmread(io.BytesIO(file_bytes(image)))
    other.SOPInstanceUID = other.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    other.PixelData = bytes(reversed(image.PixelData))
    second = kept(edges, hospital, other)
    assert parts(get(edges, hospital, f"{second}/1", STORED))[0][1] == other.PixelData
    assert parts(get(edges, hospital, f"{path}/1", STORED))[0][1] == before


def test_a_reader_gets_the_same_frames_behind_their_session_and_no_others(edges: Edges, hospital: Customer) -> None:
    browsers = Browsers(edges)
    image, elsewhere = slice_of(), edges.hospital()
    path, foreign = kept(edges, hospital, image), kept(edges, elsewhere, slice_of())
    anna = browsers.at(browsers.person(hospitals=[hospital.id]))
    root = f"/dicom-web/h/{hospital.id}"
    assert parts(anna.client.get(f"{root}{path}/1", headers={"Accept": STORED}))[0][1] == image.PixelData
    listed = anna.client.get(f"{root}/studies", headers={"Accept": "application/dicom+json"}).json()
    assert [each["0020000D"]["Value"][0] for each in listed] == [image.StudyInstanceUID]
    metadata = anna.client.get(f"{root}{path.removesuffix('/frames')}/metadata").json()
    assert metadata[0]["7FE00010"]["BulkDataURI"].startswith(f"{root}/studies/")
    for other in (f"/dicom-web/h/{elsewhere.id}{foreign}/1", f"{root}{foreign}/1", f"/dicom-web/h/nobody{path}/1"):
        assert anna.client.get(other, headers={"Accept": STORED}).status_code == 404, other
    assert anna.client.get(f"/dicom-web{path}/1").status_code == 401, "the machines' door needs a key"
    anna.send("POST", "/session/lock")
    assert anna.client.get(f"{root}{path}/1", headers={"Accept": STORED}).status_code == 423
    scientist = browsers.at(browsers.person(UserRole.SCIENTIST, hospitals=[hospital.id]))
    assert scientist.client.get(f"{root}{path}/1", headers={"Accept": STORED}).status_code == 403
    assert edges.client(None).get(f"{root}{path}/1").status_code == 401
