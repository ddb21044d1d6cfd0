"""Metadata as DICOM JSON (PS3.18 annex F): right, complete and never an error for an object that was stored."""

from __future__ import annotations

import base64
import io
import json
import re
import struct
import warnings
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_data_sets import (
    BIG_ENDIAN,
    CT_IMAGE,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    INSTANCE,
    JPEG,
    PIXELS,
    Made,
    ct_header,
    ct_image,
    encode,
    fragments,
    nested,
    text,
)

from service.dicom.json_model import NoSuchBulkData, bulk_value, json_model
from service.dicom.part10 import NotPart10, file_header, split
from service.dicom.walk import StructureFault, walk


def stored(data_set: bytes, syntax: str) -> bytes:
    header = file_header(sop_class_uid=CT_IMAGE, sop_instance_uid=INSTANCE, transfer_syntax_uid=syntax)
    return header + data_set


def model_of(*extra: Made, syntax: str = EXPLICIT) -> dict[str, Any]:
    order = ">" if syntax == BIG_ENDIAN else "<"
    made = (*extra, *ct_image(order))
    return read(stored(encode(syntax, made), syntax))


def read(file: bytes) -> dict[str, Any]:
    """The model, proven to be JSON as the standard knows it: no NaN, no lone surrogates."""
    return json.loads(json.dumps(json_model(file, lambda path: f"/bulkdata/{path}"), allow_nan=False).encode())


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED])
def test_the_model_of_an_image_is_the_same_in_every_encoding(syntax: str) -> None:
    model = model_of(syntax=syntax)
    assert model["00080060"] == {"vr": "CS", "Value": ["CT"]}
    assert model["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]}
    assert model["00200032"] == {"vr": "DS", "Value": [-8, -8, 12.5]}
    assert model["00280010"] == {"vr": "US", "Value": [4]}
    assert model["00080090"] == {"vr": "PN"}
    assert model["0020000D"] == {"vr": "UI", "Value": ["1.2.3.1"]}
    assert model["7FE00010"] == {"vr": "OW", "BulkDataURI": "/bulkdata/7FE00010"}
    assert model["00083002"] == {"vr": "UI", "Value": [syntax]}
    assert list(model) == sorted(model)
    assert not any(key.startswith("0002") for key in model)


# --- against another library -----------------------------------------------------------------------------------------

KNOWN_TO_DIFFER = {
    "charset/chrGB2312.dcm": "it leaves escapes in names",
    "malformed/syn_rare_vrs.dcm": "it writes 64-bit numbers that JavaScript rounds",
    "geometry/syn_bad_ipp_text/04.dcm": "it makes infinity of 1e400",
}
FROM_VALUES_IT_DROPS = {"UI", "DS", "IS", "SH", "SQ"}


def comparable(model: dict[str, Any]) -> dict[str, Any]:
    """Without what the two are known to say differently: empty values, trailing carets, 1 KiB inline, NaN, blanks."""
    kept = {}
    for key, attribute in model.items():
        if key in {"00083002", "00080005", "7FE00008", "7FE00010", "FFFCFFFC"} or key.endswith("0000"):
            continue
        if attribute["vr"] in {"OB", "OD", "OF", "OL", "OV", "OW", "UN"}:
            kept[key] = attribute["vr"]
        else:
            found = [same(value) for value in attribute.get("Value", [])]
            kept[key] = (attribute["vr"], found if any(value is not None for value in found) else None)
    return kept


def same(value: Any) -> Any:
    if isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()):
        return comparable(value)
    if isinstance(value, dict):
        names = {key: name.rstrip("^ ") for key, name in value.items() if name.rstrip("^ ")}
        return names or None
    if isinstance(value, str):
        return value.strip() or None
    return None if value in (float("inf"), -float("inf")) else value


@pytest.mark.real_data
def test_metadata_agrees_with_another_library_over_the_whole_suite(datasets: Path) -> None:
    suite = datasets / "dicom_suite"
    compared = 0
    for row in json.loads((suite / "index.json").read_text()):
        if row["expect"] != "store-identical" or row["path"].startswith("charset/syn_"):
            continue  # where names are guessed, the two differ by intent
        file = (suite / row["path"]).read_bytes()
        ours, theirs = comparable(read(file)), comparable(peer_model(file))
        for key, attribute in theirs.items():
            if row["path"] in KNOWN_TO_DIFFER:
                continue
            assert ours[key] == attribute, (row["path"], key)
            compared += 1
        left_out = {ours[key][0] for key in set(ours) - set(theirs)}
        assert left_out <= FROM_VALUES_IT_DROPS, row["path"]
    assert compared > 15_000


def peer_model(file: bytes) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = pydicom.dcmread(io.BytesIO(file), force=True)
        return parsed.to_json_dict(1 << 30, suppress_invalid_tags=True)


@pytest.mark.real_data
def test_every_file_that_would_be_stored_has_metadata(datasets: Path) -> None:
    count = 0
    for path in sorted((datasets / "dicom_suite").rglob("*")):
        if not path.is_file():
            continue
        file = path.read_bytes()
        try:
            meta, start = split(file)
            walk(file[start:], meta.transfer_syntax_uid)
        except (NotPart10, StructureFault):
            continue
        for uri in re.findall(r'"BulkDataURI": "/bulkdata/([^"]+)"', json.dumps(read(file))):
            bulk_value(file, uri)
        count += 1
    assert count > 400


# --- single rules of annex F -----------------------------------------------------------------------------------------


def test_chinese_names_come_out_as_utf_8_and_say_so() -> None:
    name = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab"
    model = model_of(Made(0x00080005, "CS", b"\\ISO 2022 IR 58"), Made(0x00101001, "PN", name))
    assert model["00101001"]["Value"] == [{"Alphabetic": "Zhang^XiaoDong", "Ideographic": "张^小东"}]
    assert model["00080005"] == {"vr": "CS", "Value": ["ISO_IR 192"]}


def test_an_item_may_have_its_own_character_set() -> None:
    item = (Made(0x00080005, "CS", b"GB18030 "), Made(0x00080104, "LO", "张三".encode("gb18030")))
    model = model_of(
        Made(0x00080005, "CS", b"ISO_IR 100"),
        Made(0x0008103E, "LO", "Schädel".encode("latin-1")),
        Made(0x00081032, "SQ", items=(item, (Made(0x00080104, "LO", "Brüste".encode("latin-1")),))),
    )
    assert [each["00080104"]["Value"] for each in model["00081032"]["Value"]] == [["张三"], ["Brüste"]]
    assert model["0008103E"]["Value"] == ["Schädel"]


def test_undeclared_chinese_is_guessed_as_the_index_guesses_it() -> None:
    assert model_of(Made(0x0008103E, "LO", "胸部平扫".encode("gbk")))["0008103E"]["Value"] == ["胸部平扫"]


def test_values_that_break_other_converters() -> None:
    doubles = struct.pack("<4d", 1.5, float("nan"), float("inf"), -0.25)
    model = model_of(
        Made(0x00189087, "FD", doubles),
        Made(0x00091001, "SL", struct.pack("<2l", -(2**31), 7)),
        Made(0x00091002, "UV", struct.pack("<2Q", 2**64 - 1, 5)),
        Made(0x00091003, "US", b"\1\0\2"),
        Made(0x00091004, "AT", struct.pack("<4H", 0x0010, 0x0020, 0x7FE0, 0x0010)),
        text(0x00281050, "DS", "NaN\\40\\\\1e5"),
        text(0x00280008, "IS", "1A"),
        text(0x00201206, "IS", "3.0\\-4\\1e400"),
        text(0x00080018, "UI", "not a uid"),
        Made(0x00204000, "LT", b" kept \\ as one  "),
    )
    assert model["00189087"]["Value"] == [1.5, None, None, -0.25]
    assert model["00091001"]["Value"] == [-(2**31), 7]
    assert model["00091002"]["Value"] == [str(2**64 - 1), 5]
    assert model["00091003"]["Value"] == [1]
    assert model["00091004"]["Value"] == ["00100020", "7FE00010"]
    assert model["00281050"]["Value"] == ["NaN", 40, None, 100000.0]
    assert model["00280008"]["Value"] == ["1A"]
    assert model["00201206"]["Value"] == [3.0, -4, "1e400"]
    assert model["00080018"]["Value"] == ["not a uid"]
    assert model["00204000"]["Value"] == [" kept \\ as one"]


def test_what_is_left_out() -> None:
    model = model_of(
        Made(0x00080000, "UL", b"\0\1\0\0"), Made(0xFFFCFFFC, "OB", bytes(8)), Made(0x00081140, "SQ", items=())
    )
    assert "00080000" not in model
    assert "FFFCFFFC" not in model
    assert model["00081140"] == {"vr": "SQ"}


def test_small_binary_is_inline_and_large_is_bulk_and_text_of_other_vrs_never_is() -> None:
    model = model_of(
        Made(0x00091001, "OB", b"\1\2"),
        Made(0x00091002, "OB", bytes(1026)),
        Made(0x00091003, "UT", b"x" * 1026),
        Made(0x00091004, "LO", b"x" * 1026),
        Made(0x00091005, "OB", bytes(1024)),
    )
    assert model["00091001"] == {"vr": "OB", "InlineBinary": base64.b64encode(b"\1\2").decode()}
    assert model["00091002"] == {"vr": "OB", "BulkDataURI": "/bulkdata/00091002"}
    assert model["00091003"] == {"vr": "UT", "BulkDataURI": "/bulkdata/00091003"}
    assert model["00091004"]["Value"] == ["x" * 1026]
    assert "InlineBinary" in model["00091005"]


def test_words_are_little_endian_whatever_they_came_in() -> None:
    words = (Made(0x00091001, "OW", b"\x01\x02\x03\x04"), Made(0x00091002, "OW", bytes(range(256)) * 8))
    file = stored(encode(BIG_ENDIAN, (*words, *ct_image(">"))), BIG_ENDIAN)
    assert base64.b64decode(read(file)["00091001"]["InlineBinary"]) == b"\x02\x01\x04\x03"
    assert bulk_value(file, "00091002")[:4] == b"\x01\x00\x03\x02"


def test_implicit_vr_is_given_the_vrs_of_the_dictionary_and_of_private_creators() -> None:
    signed = Made(0x00280103, "US", b"\1\0")
    made = (
        *(each for each in ct_header() if each.tag < 0x00090000),
        text(0x00090010, "LO", "GEMS_IDEN_01"),
        Made(0x00091027, "SL", struct.pack("<l", 862399669)),
        Made(0x00091101, "LO", b"unknown!"),
        *(each for each in ct_header() if each.tag > 0x00090000 and each.tag != signed.tag),
        signed,
        Made(0x00280106, "SS", struct.pack("<h", -5)),
        PIXELS,
    )
    model = read(stored(encode(IMPLICIT, made), IMPLICIT))
    assert model["00091027"] == {"vr": "SL", "Value": [862399669]}
    assert model["00091101"]["vr"] == "UN"
    assert model["00280106"] == {"vr": "SS", "Value": [-5]}


def test_a_known_attribute_that_came_as_unknown_gets_its_vr_back() -> None:
    assert model_of(Made(0x00081090, "UN", b"MODEL X "))["00081090"] == {"vr": "LO", "Value": ["MODEL X"]}


def test_a_known_sequence_that_came_as_unknown_is_opened_where_it_can_be() -> None:
    element = b"\x08\x00\x00\x01\x04\0\0\0ABCD"
    item = b"\xfe\xff\x00\xe0" + struct.pack("<L", len(element)) + element
    assert model_of(Made(0x00081140, "UN", item))["00081140"] == {
        "vr": "SQ",
        "Value": [{"00080100": {"vr": "SH", "Value": ["ABCD"]}}],
    }
    assert model_of(Made(0x00081140, "UN", item[:-1]))["00081140"]["vr"] == "UN"


# --- bulk data -------------------------------------------------------------------------------------------------------


def test_bulk_data_is_found_again_by_its_path() -> None:
    icon = Made(0x00880200, "SQ", items=((), (Made(0x7FE00010, "OW", b"icon"),)), open_sequence=True, open_items=True)
    file = stored(encode(EXPLICIT, (icon, *ct_image())), EXPLICIT)
    uri = read(file)["00880200"]["Value"][1]["7FE00010"]["BulkDataURI"]
    assert uri == "/bulkdata/00880200/2/7FE00010"
    assert bulk_value(file, uri.removeprefix("/bulkdata/")) == b"icon"
    assert bulk_value(file, "7FE00010") == PIXELS.value


def test_encapsulated_pixels_are_given_without_their_offset_table() -> None:
    file = stored(encode(EXPLICIT, ct_header()) + fragments(b"abcd", b"ef"), JPEG)
    assert read(file)["7FE00010"] == {"vr": "OB", "BulkDataURI": "/bulkdata/7FE00010"}
    assert bulk_value(file, "7FE00010") == b"abcdef"


@pytest.mark.parametrize(
    "path",
    ["", "7FE00011", "00081140", "00081140/2/00080100", "00081140/0/00080100", "00081140/x/0", "a/b/c/d", "../../x"],
)
def test_a_path_that_names_nothing_is_refused(path: str) -> None:
    sequence = Made(0x00081140, "SQ", items=((text(0x00080100, "SH", "X"),),))
    file = stored(encode(EXPLICIT, (sequence, *ct_image())), EXPLICIT)
    with pytest.raises(NoSuchBulkData):
        bulk_value(file, path)


# --- depth and damage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("undefined", [True, False])
def test_whatever_depth_the_walk_lets_pass_has_metadata(undefined: bool) -> None:
    data_set = encode(EXPLICIT, ct_header()) + nested(64, undefined=undefined)
    walk(data_set, EXPLICIT)
    assert json.dumps(read(stored(data_set, EXPLICIT))).count("00081199") == 64


def test_an_odd_data_set_with_its_padding_has_metadata() -> None:
    data_set = encode(EXPLICIT, (*ct_header(), Made(0x7FE00010, "OB", b"abc"))) + b"\0"
    walk(data_set, EXPLICIT)
    assert "7FE00010" in read(stored(data_set, EXPLICIT))


@given(which=st.randoms(use_true_random=False), syntax=st.sampled_from([EXPLICIT, IMPLICIT, BIG_ENDIAN]))
def test_whatever_the_walk_lets_pass_has_metadata(which: Any, syntax: str) -> None:
    inner = (text(0x00080100, "SH", "X"), Made(0x00091001, "UN", b"\1\2\3"))
    sequence = Made(0x00081140, "SQ", items=(inner, inner), open_sequence=which.random() < 0.5)
    data = bytearray(encode(syntax, (sequence, *ct_image(">" if syntax == BIG_ENDIAN else "<"))))
    for _ in range(3):
        data[which.randrange(len(data))] = which.randrange(256)
    try:
        walk(bytes(data), syntax)
    except StructureFault:
        return
    read(stored(bytes(data), syntax))
