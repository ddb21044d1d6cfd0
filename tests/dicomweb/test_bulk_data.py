"""Bulk data: what the metadata give by an address is there, of any size, and is sent in constant memory."""

from __future__ import annotations

import gc
import hashlib
import re
import tracemalloc

import httpx
import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import generate_uid

from tests.dicomweb.test_retrieve import parts_of
from tests.support.big_endian import in_big_endian
from tests.support.edges import Customer, Edges
from tests.support.series import ct_slice

LARGE_BYTES = 80 << 20
CONSTANT_BYTES = 16 << 20
MULTIPART = 'multipart/related; type="*/*"'
SINGLE = "application/octet-stream"
PRIVATE = "00091002"
PIXELS = "7FE00010"


@pytest.fixture(scope="module")
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def image() -> FileDataset:
    study = str(generate_uid())[:50].rstrip(".")
    return ct_slice(study_uid=study, series_uid=f"{study}.1", index=0, size=16)


def path_of(made: FileDataset) -> str:
    return f"/dicom-web/studies/{made.StudyInstanceUID}/series/{made.SeriesInstanceUID}/instances/{made.SOPInstanceUID}"


@pytest.fixture(scope="module")
def large(edges: Edges, hospital: Customer) -> tuple[dict[str, str], dict[str, str]]:
    """By tag of a value of 80 MiB, the address that the metadata give, and the SHA-256 of the value."""
    addresses, hashes = {}, {}
    value = np.random.default_rng(5).bytes(1 << 20) * (LARGE_BYTES >> 20)
    for tag in (PIXELS, PRIVATE):
        made = image()
        made.add_new(0x00090010, "LO", "OURS")
        made.add_new(0x00091002, "OB", value if tag == PRIVATE else b"little")
        if tag == PIXELS:
            made.Rows, made.Columns, made.NumberOfFrames, made.PixelData = 1024, 1024, LARGE_BYTES >> 21, value
        edges.receive(hospital, made)
        (shown,) = edges.client(hospital).get(f"{path_of(made)}/metadata").json()
        addresses[tag], hashes[tag] = shown[tag]["BulkDataURI"], hashlib.sha256(value).hexdigest()
    return addresses, hashes


def streamed(client: httpx.Client, address: str, accept: str | None) -> tuple[httpx.Response, int, str]:
    """The answer, how many bytes its value has and their SHA-256, without holding them."""
    value, length, before = hashlib.sha256(), 0, b""
    with client.stream("GET", address, headers={} if accept is None else {"Accept": accept}) as answer:
        in_parts = answer.headers["content-type"].startswith("multipart/related")
        inside, announced = not in_parts, int(answer.headers["content-length"])
        for chunk in answer.iter_raw(1 << 16):
            piece = chunk
            if not inside:
                head, inside, piece = (before + chunk).partition(b"\r\n\r\n")[::1]  # type: ignore[assignment]
                before, inside = head, bool(inside)
                announced = int(re.search(rb"Content-Length: (\d+)", head)[1])  # type: ignore[index]
            value.update(piece[: announced - length])
            length += len(piece[: announced - length])
    return answer, length, value.hexdigest()


@pytest.mark.parametrize("tag", [PIXELS, PRIVATE])
@pytest.mark.parametrize(
    ("accept", "content_type"),
    [(None, "multipart/related"), (MULTIPART, "multipart/related"), (SINGLE, SINGLE)],
)
def test_a_value_of_any_size_comes_in_whatever_form_is_taken_and_is_never_held(
    edges: Edges,
    hospital: Customer,
    large: tuple[dict[str, str], dict[str, str]],
    tag: str,
    accept: str | None,
    content_type: str,
) -> None:
    addresses, hashes = large
    client = edges.client(hospital)
    client.headers.pop("accept")
    gc.collect()
    tracemalloc.start()

    answer, length, sha256 = streamed(client, addresses[tag], accept)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == content_type
    assert (length, sha256) == (LARGE_BYTES, hashes[tag])
    assert peak_bytes < CONSTANT_BYTES, f"{peak_bytes / 1e6:.0f} MB for a value of {length / 1e6:.0f} MB"


def test_a_part_says_which_value_it_is(edges: Edges, hospital: Customer) -> None:
    made = image()
    edges.receive(hospital, made)
    address = f"{path_of(made)}/bulkdata/{PIXELS}"

    answer = edges.client(hospital).get(address, headers={"Accept": MULTIPART})

    assert parts_of(answer) == [(SINGLE, made.PixelData)]
    assert f"Content-Location: {address}\r\n".encode() in answer.content
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_values_of_big_endian_objects_come_in_little_endian(edges: Edges, hospital: Customer) -> None:
    made = image()
    pixels = made.PixelData
    made.add_new(0x00090010, "LO", "OURS")
    made.add_new(0x00091002, "OW", np.arange(1000, dtype=">u2").tobytes())
    edges.receive(hospital, in_big_endian(made))
    client = edges.client(hospital, Accept=SINGLE)

    assert client.get(f"{path_of(made)}/bulkdata/{PIXELS}").content == pixels
    assert client.get(f"{path_of(made)}/bulkdata/{PRIVATE}").content == np.arange(1000, dtype="<u2").tobytes()


def test_a_range_is_of_what_the_client_sees_of_a_big_endian_object(edges: Edges, hospital: Customer) -> None:
    made = image()
    pixels = made.PixelData
    edges.receive(hospital, in_big_endian(made))
    client = edges.client(hospital, Accept=SINGLE)
    address = f"{path_of(made)}/bulkdata/{PIXELS}"

    part = client.get(address, headers={"Range": "bytes=101-200"})
    unsure = client.get(address, headers={"Range": "bytes=101-200", "If-Range": '"another"'})

    assert (part.status_code, part.content) == (206, pixels[101:201])
    assert (unsure.status_code, unsure.content) == (200, pixels)


def test_a_value_whose_file_is_gone_is_said_to_be_before_anything_is_sent(edges: Edges) -> None:
    customer, made = edges.hospital(), image()
    edges.receive(customer, made)
    next(each for each in (edges.archive.folder / "objects" / customer.id).rglob("*") if each.is_file()).unlink()

    answer = edges.client(customer).get(f"{path_of(made)}/bulkdata/{PIXELS}")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
