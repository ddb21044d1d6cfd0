"""The metadata of a series as text, for each way of showing it; knows no requests, so that a worker can make it."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from service.archive.kept_metadata import SeriesText
from service.archive.objects import ObjectMissing
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.archive.viewer_copies import HTJ2K_LOSSLESS
from service.dicom.json_model import JsonModel, json_model
from service.dicom.xml_model import xml_model
from service.domain.visibility import ByReading, Unsigned, UnsignedShown

PREFIX: Final = "/dicom-web"
READERS: Final = f"{PREFIX}/h/{{hospital}}"


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A stored file that was there when the answer began."""

    stored: StoredFile
    path: Path
    size_bytes: int


def on_disk(archive: Archive, stored: StoredFile) -> OnDisk:
    """Where the bytes lie. Raises ObjectMissing before anything of an answer has been sent."""
    path = archive.objects.path(stored.hospital, stored.object_name)
    try:
        return OnDisk(stored, path, path.stat().st_size)
    except FileNotFoundError as fault:
        raise ObjectMissing(
            f"object {stored.object_name} is not in the store; run `consilium doctor --archive`"
        ) from fault


def etag_of(files: Sequence[StoredFile]) -> str:
    """The same as long as the same bytes are served (an accepted quarantine entry changes them)."""
    served = hashlib.sha256("\n".join(each.object_name for each in files).encode())
    return f'W/"{served.hexdigest()[:32]}"'


def decoded_etag(files: Sequence[StoredFile]) -> str:
    """Of the same files where they are decoded before they are sent."""
    return f'{etag_of(files)[:-1]}-decoded"'


def described_etag(files: Sequence[StoredFile]) -> str:
    """The same as long as the metadata say the same: of the same bytes, and of which there are copies for viewers."""
    described = hashlib.sha256("\n".join(f"{each.object_name} {each.copy is not None}" for each in files).encode())
    return f'W/"{described.hexdigest()[:32]}"'


def kept_as(files: Sequence[StoredFile], root: str, unsigned: UnsignedShown) -> SeriesText:
    """Under which name the metadata of a series' files are kept that are shown below a root.

    The same for all readers: who is shown other files is given the text of those files by their ETag.
    """
    first = files[0]
    way = Unsigned.SHOWN if isinstance(unsigned, ByReading) else unsigned
    shown_as = f"{root}/studies/{first.study_instance_uid}/series/{first.series_instance_uid} {way.value}"
    return SeriesText(first.hospital, shown_as, described_etag(files))


def json_array(files: Sequence[OnDisk], root: str) -> Iterator[bytes]:
    """A JSON array, one instance at a time. root: where the DICOMweb root is on this server, rooted at /."""
    for number, file in enumerate(files):
        yield (b"," if number else b"[") + orjson.dumps(_model(file, root))
    yield b"]"


def xml_documents(files: Sequence[OnDisk], root: str) -> Iterator[bytes]:
    """The same as XML, a document an instance."""
    return (xml_model(_model(file, root)) for file in files)


def location_of(stored: StoredFile, root: str) -> str:
    """Rooted at /, so that it is right behind any proxy and for clients that resolve it against another path."""
    return (
        f"{root}/studies/{stored.study_instance_uid}/series/{stored.series_instance_uid}"
        f"/instances/{stored.sop_instance_uid}"
    )


def _model(file: OnDisk, root: str) -> JsonModel:
    """The attributes of one file, which is mapped, not read: its pixels are only stepped over."""
    base = location_of(file.stored, root)
    with file.path.open("rb") as stream:
        mapped = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    copied = () if file.stored.copy is None else (HTJ2K_LOSSLESS,)
    return json_model(mapped, lambda path: f"{base}/bulkdata/{path}", copied_as=copied)
