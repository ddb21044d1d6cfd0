"""Metadata as XML (PS3.19 annex A): what DCMTK makes of the same object, and well-formed whatever was stored."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from service.dicom.json_model import json_model
from service.dicom.xml_model import NAMESPACE, xml_model
from tests.support.series import ct_slice

OURS = f"{{{NAMESPACE}}}"
ADDED = "00083002"
"""Available Transfer Syntax UID, which is no attribute of the object."""
NOT_COMPARED = {"00080005", ADDED, "7FE00010"}
PEER = shutil.which("dcm2xml")


def image() -> Dataset:
    """Private attributes, also within a sequence, names in three writings, numbers, bytes and an empty value."""
    made = ct_slice(study_uid="1.2.3", series_uid="1.2.3.4", index=0, size=8)
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    made.PatientName = "Zhang^San^Da^Dr^Jr=张^三=ㄓㄤ^ㄙㄢ"
    made.StudyDescription = "a < b & \"c\" > 'd'"
    made.ReferencedFrameNumber = [1, -2]
    made.EventTimeOffset = 1.5
    made.SmallestImagePixelValue = -1000
    made.FrameIncrementPointer = 0x00181063
    code = Dataset()
    code.CodeValue, code.CodeMeaning, code.CodingSchemeDesignator = "T-1", "胸部", "99X"
    block = code.private_block(0x0011, "A MAKER", create=True)
    block.add_new(0x02, "SH", "within")
    made.ProcedureCodeSequence = Sequence([code, Dataset()])
    block = made.private_block(0x0009, "MAKER ONE", create=True)
    block.add_new(0x01, "LO", ["one", "", "three"])
    block.add_new(0xE7, "UL", 973283917)
    block.add_new(0x10, "OB", b"\x00\x01\xff\x7f")
    made.private_block(0x0009, "MAKER TWO", create=True).add_new(0x01, "DS", "1.25")
    return made


def file_of(made: Dataset) -> bytes:
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def document(content: bytes) -> ET.Element:
    return ET.fromstring(xml_model(json_model(content, lambda path: f"/bulkdata/{path}")))


def facts(element: ET.Element, prefix: str = OURS) -> dict[tuple[str, str], object]:
    """What a document says, by tag and private creator, with numbers as numbers."""
    found: dict[tuple[str, str], object] = {}
    for each in element.findall(f"{prefix}DicomAttribute"):
        tag = each.get("tag", "")
        if tag in NOT_COMPARED:
            continue
        values: list[object] = [comparable(value.text or "") for value in each.findall(f"{prefix}Value")]
        values += [facts(item, prefix) for item in each.findall(f"{prefix}Item")]
        values += [name(person, prefix) for person in each.findall(f"{prefix}PersonName")]
        values += ["".join((each.text or "").split()) for each in each.findall(f"{prefix}InlineBinary")]
        found[tag, each.get("privateCreator", "")] = (each.get("vr"), each.get("keyword"), values)
    return found


def comparable(text: str) -> object:
    return float(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?", text) else text


def name(person: ET.Element, prefix: str) -> dict[str, dict[str, str]]:
    return {
        group.tag.removeprefix(prefix): {part.tag.removeprefix(prefix): part.text or "" for part in group}
        for group in person
        if len(group)
    }


@pytest.mark.system
def test_it_says_what_dcmtk_says_of_the_same_object(tmp_path: Path) -> None:
    assert PEER is not None, "dcm2xml is missing: make system-packages"
    path = tmp_path / "image.dcm"
    path.write_bytes(file_of(image()))
    said = subprocess.run([PEER, "-nat", "+U8", path], capture_output=True, check=True).stdout

    theirs = facts(ET.fromstring(said), prefix="")

    ours = facts(document(path.read_bytes()))
    octets = ("00090010", "MAKER ONE")
    assert (theirs.pop(octets), ours.pop(octets)) == (("OB", None, []), ("OB", None, ["AAH/fw=="]))
    assert ours == theirs
    assert len(theirs) > 40


def test_a_private_attribute_names_who_reserved_its_block_and_not_which_block_it_was() -> None:
    found = facts(document(file_of(image())))

    assert found["00090001", "MAKER ONE"] == ("LO", None, ["one", "", "three"])
    assert found["00090001", "MAKER TWO"] == ("DS", None, [1.25])
    assert found["00090010", ""] == ("LO", None, ["MAKER ONE"])
    within = found["00081032", ""][2][0]  # type: ignore[index]
    assert within["00110002", "A MAKER"] == ("SH", None, ["within"])


def test_a_name_is_given_in_its_writings_and_components() -> None:
    _, keyword, names = facts(document(file_of(image())))["00100010", ""]  # type: ignore[misc]

    assert keyword == "PatientName"
    assert names == [
        {
            "Alphabetic": {
                "FamilyName": "Zhang", "GivenName": "San", "MiddleName": "Da", "NamePrefix": "Dr", "NameSuffix": "Jr"
            },
            "Ideographic": {"FamilyName": "张", "GivenName": "三"},
            "Phonetic": {"FamilyName": "ㄓㄤ", "GivenName": "ㄙㄢ"},
        }
    ]  # fmt: skip


def test_pixels_are_named_by_their_address_and_nothing_else() -> None:
    pixels = document(file_of(image())).find(f"{OURS}DicomAttribute[@tag='7FE00010']")

    assert pixels is not None
    assert [(each.tag, each.attrib) for each in pixels] == [(f"{OURS}BulkData", {"uri": "/bulkdata/7FE00010"})]


@given(text=st.text(), tag=st.sampled_from(["00081030", "00091001", "00100010"]))
def test_any_text_makes_a_document_that_can_be_read(text: str, tag: str) -> None:
    value = {"Alphabetic": text} if tag == "00100010" else text
    model = {
        "00090010": {"vr": "LO", "Value": [text]},
        tag: {"vr": "PN" if tag == "00100010" else "LO", "Value": [value]},
    }

    read = ET.fromstring(xml_model(model).decode("utf-8"))  # type: ignore[arg-type]

    assert [each.tag for each in read] == [f"{OURS}DicomAttribute"] * 2


@pytest.mark.real_data
def test_every_object_of_the_suite_that_is_stored_makes_a_document_with_all_its_attributes(datasets: Path) -> None:
    suite = datasets / "dicom_suite"
    good = [row for row in json.loads((suite / "index.json").read_text()) if row["expect"] == "store-identical"]
    wrong = []
    for row in good:
        content = (suite / row["path"]).read_bytes()
        model = json_model(content, lambda path: f"/bulkdata/{path}")
        if len(ET.fromstring(xml_model(model))) != len(model):
            wrong.append(row["path"])

    assert len(good) > 60
    assert wrong == []
