"""Part 10 framing: a file header that other software reads, and headers of other software read leniently."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_data_sets import CT_IMAGE, EXPLICIT, INSTANCE, ct_image, encode
from pydicom.filereader import _read_file_meta_info, read_preamble

from service.dicom.part10 import IMPLEMENTATION_CLASS_UID, NotPart10, file_header, split

DATA_SET = encode(EXPLICIT, ct_image())


def header(source_ae_title: str = "") -> bytes:
    return file_header(
        sop_class_uid=CT_IMAGE,
        sop_instance_uid=INSTANCE,
        transfer_syntax_uid=EXPLICIT,
        source_ae_title=source_ae_title,
    )


@pytest.mark.parametrize(
    ("ae_title", "kept"), [("MODALITY", "MODALITY"), ("", None), ("  ", None), ("A" * 20, "A" * 16)]
)
def test_another_library_reads_what_we_frame(ae_title: str, kept: str | None) -> None:
    read = pydicom.dcmread(io.BytesIO(header(ae_title) + DATA_SET))
    meta = read.file_meta
    assert (meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID) == (CT_IMAGE, INSTANCE)
    assert (meta.TransferSyntaxUID, meta.ImplementationClassUID) == (EXPLICIT, IMPLEMENTATION_CLASS_UID)
    assert meta.get("SourceApplicationEntityTitle") == kept
    assert pydicom.uid.UID(IMPLEMENTATION_CLASS_UID).is_valid
    assert len(meta.ImplementationVersionName) <= 16
    assert read.PatientID == "P1"
    assert meta.FileMetaInformationGroupLength == len(header(ae_title)) - 144


def test_the_data_set_comes_back_to_the_byte() -> None:
    meta, start = split(header("MODALITY") + DATA_SET)
    assert (header("MODALITY") + DATA_SET)[start:] == DATA_SET
    assert (meta.sop_class_uid, meta.sop_instance_uid, meta.transfer_syntax_uid) == (CT_IMAGE, INSTANCE, EXPLICIT)
    assert meta.source_ae_title == "MODALITY"


@pytest.mark.real_data
def test_every_file_of_the_suite_is_split_where_another_library_splits_it(datasets: Path) -> None:
    suite = datasets / "dicom_suite"
    compared = 0
    for row in json.loads((suite / "index.json").read_text()):
        path = suite / row["path"]
        if row["expect"] != "store-identical":
            continue
        with path.open("rb") as opened:
            read_preamble(opened, force=True)
            theirs = _read_file_meta_info(opened)
            offset = opened.tell()
        meta, start = split(path.read_bytes())
        assert (start, meta.transfer_syntax_uid) == (offset, theirs.TransferSyntaxUID), row["path"]
        compared += 1
    assert compared == 327


def test_a_missing_preamble_is_forgiven() -> None:
    assert split(header()[132:] + DATA_SET)[1] == len(header()) - 132


@pytest.mark.parametrize("length", [0, 7, 0xFFFFFFFF])
def test_a_wrong_group_length_is_not_believed(length: int) -> None:
    damaged = bytearray(header() + DATA_SET)
    damaged[140:144] = struct.pack("<L", length)
    assert split(bytes(damaged))[1] == len(header())


@pytest.mark.parametrize(
    "file", [b"", b"DICM", bytes(132), bytes(128) + b"DICM", b"<html>not found</html>" * 9, DATA_SET]
)
def test_what_has_no_file_meta_is_no_file(file: bytes) -> None:
    with pytest.raises(NotPart10):
        split(file)


def test_a_file_cut_inside_its_header_is_no_file() -> None:
    whole = header("MODALITY")
    starts = {132 + 12, len(whole)}
    pos = 132
    while pos < len(whole):
        pos += split_length(whole, pos)
        starts.add(pos)
    for size in range(133, len(whole)):
        if size not in starts and size - 1 not in starts:
            with pytest.raises(NotPart10):
                split(whole[:size])


def split_length(whole: bytes, pos: int) -> int:
    if whole[pos + 4 : pos + 6] == b"OB":
        return 12 + int.from_bytes(whole[pos + 8 : pos + 12], "little")
    return 8 + int.from_bytes(whole[pos + 6 : pos + 8], "little")


@given(st.binary(max_size=300))
def test_no_bytes_whatever_make_it_fall(tail: bytes) -> None:
    for file in (tail, bytes(128) + b"DICM" + tail, bytes(128) + b"DICM\2\0" + tail):
        try:
            meta, start = split(file)
        except NotPart10:
            continue
        assert 0 < start <= len(file)
        assert isinstance(meta.transfer_syntax_uid, str)
