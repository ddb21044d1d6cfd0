"""Header facts: what index, query, selection and results read of an instance; lenient, and never an exception."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_data_sets import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    Made,
    ct_header,
    ct_image,
    encode,
    fragments,
    short,
    text,
)

from service.dicom.header import HeaderFacts, header_facts
from service.dicom.part10 import NotPart10, split
from service.dicom.walk import StructureFault, walk


def facts_of(*extra: Made, syntax: str = EXPLICIT, without: int = 0) -> HeaderFacts:
    """Facts of the CT image with elements added or replaced."""
    order = ">" if syntax == BIG_ENDIAN else "<"
    replaced = {each.tag for each in extra} | {without}
    kept = [each for each in ct_image(order) if each.tag not in replaced]
    return header_facts(walk(encode(syntax, (*extra, *kept)), syntax))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED])
def test_the_facts_of_a_ct_image_in_every_encoding(syntax: str) -> None:
    facts = facts_of(syntax=syntax)
    assert (facts.patient_name, facts.patient_id, facts.patient_sex) == ("Doe^Jane", "P1", "F")
    assert (facts.study_date, facts.study_time, facts.accession_number, facts.study_id) == (
        "20260102",
        "101500",
        "A1",
        "S1",
    )
    assert (facts.modality, facts.series_number, facts.instance_number) == ("CT", 1, 7)
    assert facts.image_type == ("ORIGINAL", "PRIMARY", "AXIAL")
    assert facts.image_position_mm == (-8.0, -8.0, 12.5)
    assert facts.image_orientation == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert (facts.pixel_spacing_mm, facts.slice_thickness_mm) == ((0.5, 0.5), 1.25)
    assert (facts.rows, facts.columns, facts.bits_allocated, facts.bits_stored, facts.high_bit) == (4, 4, 16, 12, 11)
    assert (facts.pixel_representation, facts.rescale_slope, facts.rescale_intercept) == (0, 1.0, -1024.0)
    assert (facts.has_pixel_data, facts.lossy, facts.contrast) == (True, False, None)
    assert facts.patient_age_years == pytest.approx(46.0, abs=0.01)


@pytest.mark.real_data
def test_facts_agree_with_another_library_over_the_whole_suite(datasets: Path) -> None:
    suite = datasets / "dicom_suite"
    numbers = {
        "rows": "Rows",
        "columns": "Columns",
        "bits_stored": "BitsStored",
        "instance_number": "InstanceNumber",
        "series_number": "SeriesNumber",
        "slice_thickness_mm": "SliceThickness",
        "rescale_slope": "RescaleSlope",
    }
    texts = {"modality": "Modality", "patient_sex": "PatientSex", "frame_of_reference_uid": "FrameOfReferenceUID"}
    compared = 0
    for row in json.loads((suite / "index.json").read_text()):
        if row["expect"] != "store-identical":
            continue
        facts, known = read_both(suite / row["path"])
        assert HeaderFacts.from_json(facts.to_json()) == facts
        for name, keyword in numbers.items():
            theirs = value_of(known, keyword)
            if isinstance(theirs, int | float):
                assert getattr(facts, name) == pytest.approx(float(theirs)), (row["path"], name)
                compared += 1
        for name, keyword in texts.items():
            theirs = value_of(known, keyword)
            assert getattr(facts, name) == str(theirs or "").strip(), (row["path"], name)
    assert compared > 1500


def read_both(path: Path) -> tuple[HeaderFacts, pydicom.Dataset]:
    file = path.read_bytes()
    meta, start = split(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return header_facts(walk(file[start:], meta.transfer_syntax_uid)), pydicom.dcmread(io.BytesIO(file), force=True)


def value_of(known: pydicom.Dataset, keyword: str) -> Any:
    try:
        return known.get(keyword)
    except (ValueError, TypeError):
        return None


@pytest.mark.real_data
def test_no_walkable_file_of_the_suite_makes_it_fall(datasets: Path) -> None:
    walked = 0
    for path in sorted((datasets / "dicom_suite").rglob("*")):
        if path.is_file():
            file = path.read_bytes()
            try:
                meta, start = split(file)
                facts = header_facts(walk(file[start:], meta.transfer_syntax_uid))
            except (NotPart10, StructureFault):
                continue
            assert HeaderFacts.from_json(facts.to_json()) == facts
            walked += 1
    assert walked > 400


# --- lenient -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "abc", "nan", "inf", "1e999", "1_0", "--1"])
def test_a_number_that_does_not_parse_is_none(value: str) -> None:
    assert facts_of(text(0x00180050, "DS", value)).slice_thickness_mm is None


@pytest.mark.parametrize("value", ["", "1\\2", "1\\2\\3\\4", "1\\2\\abc", "1\\2\\nan", "1\\\\3"])
def test_a_position_that_is_not_three_numbers_is_none(value: str) -> None:
    assert facts_of(text(0x00200032, "DS", value)).image_position_mm is None


@pytest.mark.parametrize(
    ("value", "number"), [("12", 12), (" 7 ", 7), ("+3", 3), ("3.0", 3), ("1A", None), ("9" * 12, None)]
)
def test_integers(value: str, number: int | None) -> None:
    assert facts_of(text(0x00200013, "IS", value)).instance_number == number


@pytest.mark.parametrize("value", [b"", b"\1"])
def test_a_binary_number_that_is_too_short_is_none(value: bytes) -> None:
    assert facts_of(Made(0x00280010, "US", value)).rows is None


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("20260102", "20260102"),
        ("2026.01.02", "20260102"),
        ("20251301", ""),
        ("20260230", ""),
        ("2026", ""),
        ("x", ""),
        ("00000000", ""),
    ],
)
def test_dates(value: str, day: str) -> None:
    assert facts_of(text(0x00080020, "DA", value)).study_date == day


@pytest.mark.parametrize(
    ("value", "time"),
    [
        *((same, same) for same in ("10", "1015", "101500.123456")),
        ("10:15:00", "101500"),
        *((wrong, "") for wrong in ("999999.9", "2460", "noon", "1")),
    ],
)
def test_times(value: str, time: str) -> None:
    assert facts_of(text(0x00080030, "TM", value)).study_time == time


@pytest.mark.parametrize(
    ("age", "years"),
    [
        ("034Y", 34.0),
        ("018M", 1.5),
        ("026W", 0.498),
        ("073D", 0.2),
        ("34Y", 34.0),
        ("000D", 0.0),
        *((taken_out, None) for taken_out in ("000Y", "000M", "000W")),
        ("34", None),
        ("1234D", None),
        ("", None),
    ],
)
def test_ages(age: str, years: float | None) -> None:
    facts = facts_of(text(0x00101010, "AS", age), without=0x00100030)
    assert facts.patient_age_years == (None if years is None else pytest.approx(years, abs=0.001))


def test_an_age_is_counted_from_dates_where_none_is_written_and_never_before_birth() -> None:
    assert facts_of(text(0x00100030, "DA", "20240102")).patient_age_years == pytest.approx(2.0, abs=0.01)
    assert facts_of(text(0x00100030, "DA", "20300102")).patient_age_years is None


@pytest.mark.parametrize(("agent", "contrast"), [("", None), ("IOPAMIDOL", True), ("NONE", False), ("none ", False)])
def test_contrast_is_unknown_where_the_header_is_silent(agent: str, contrast: bool | None) -> None:
    assert facts_of(text(0x00180010, "LO", agent)).contrast is contrast


def test_lossy_is_known_by_the_flag_or_by_the_syntax() -> None:
    assert facts_of(text(0x00282110, "CS", "01")).lossy
    assert not facts_of(text(0x00282110, "CS", "00")).lossy
    encapsulated = walk(encode(EXPLICIT, ct_header()) + fragments(b"\xff\xd8"), JPEG)
    assert header_facts(encapsulated).lossy


def test_the_facts_all_frames_share_are_read_from_the_functional_groups() -> None:
    measures = Made(
        0x00289110, "SQ", items=((text(0x00180050, "DS", "2.5"), text(0x00280030, "DS", "0.7\\0.7")),), open_items=True
    )
    shared = Made(0x52009229, "SQ", items=((measures,),), open_sequence=True)
    per_frame = Made(0x52009230, "SQ", items=((Made(0x00289110, "SQ", items=((text(0x00180050, "DS", "9"),),)),),))
    kept = [each for each in ct_image() if each.tag not in {0x00180050, 0x00280030}]
    facts = header_facts(walk(encode(EXPLICIT, (shared, per_frame, *kept)), EXPLICIT))
    assert (facts.slice_thickness_mm, facts.pixel_spacing_mm) == (2.5, (0.7, 0.7))


def test_what_stands_at_the_top_wins_over_what_frames_share() -> None:
    shared = Made(0x52009229, "SQ", items=((text(0x00180050, "DS", "2.5"),),))
    assert facts_of(shared).slice_thickness_mm == 1.25


def test_a_document_shows_its_template_and_concept() -> None:
    template = Made(0x0040A504, "SQ", items=((text(0x0040DB00, "CS", "1500"),),))
    concept = Made(
        0x0040A043,
        "SQ",
        items=(
            (text(0x00080100, "SH", "126000"), text(0x00080102, "SH", "DCM"), text(0x00080104, "LO", "Imaging Report")),
        ),
    )
    facts = facts_of(template, concept)
    assert (facts.template_identifier, facts.concept_name) == ("1500", ("126000", "DCM", "Imaging Report"))


def test_an_attribute_nested_in_another_sequence_is_not_the_images() -> None:
    stray = Made(0x00081140, "SQ", items=((text(0x00100020, "LO", "OTHER"), text(0x00180050, "DS", "9")),))
    facts = facts_of(stray)
    assert (facts.patient_id, facts.slice_thickness_mm) == ("P1", 1.25)


def test_chinese_text_and_the_reason_it_is_read_so() -> None:
    name = Made(0x00100010, "PN", "张^三".encode("gbk") + b" ")
    facts = facts_of(name)
    assert (facts.patient_name, facts.character_set_rule, facts.character_set_uncertain) == ("张^三", "gb18030", True)
    assert facts.patient_name_raw.encode("latin-1") == name.value
    described = facts_of(name, Made(0x0008103E, "LO", "胸部平扫".encode("gbk")))
    assert (described.series_description, described.character_set_uncertain) == ("胸部平扫", False)


def test_a_peers_character_set_is_used_where_nothing_is_declared() -> None:
    walked = walk(encode(EXPLICIT, (*ct_header()[:9], Made(0x00100010, "PN", "山田^太郎".encode("euc_jp")))), EXPLICIT)
    assert header_facts(walked, "euc_jp").patient_name == "山田^太郎"


def test_nothing_in_them_breaks_a_database() -> None:
    facts = facts_of(Made(0x00100020, "LO", b"P\x001\xff\xfe"), Made(0x00100010, "PN", b"\0\0A\0"))
    assert "\0" not in facts.patient_id + facts.patient_name
    facts.to_json().encode()


# --- as stored ---------------------------------------------------------------------------------------------------


@given(
    values=st.dictionaries(
        st.sampled_from([0x00100010, 0x00100020, 0x0008103E, 0x00180050, 0x00200032]), st.binary(max_size=20)
    ),
    declared=st.sampled_from([b"", b"ISO_IR 100", b"ISO_IR 192", b"GB18030", b"\\ISO 2022 IR 58", b"\xff"]),
)
def test_facts_come_back_from_their_column_whatever_was_in_the_header(
    values: dict[int, bytes], declared: bytes
) -> None:
    facts = facts_of(*(Made(tag, "LO", value) for tag, value in values.items()), Made(0x00080005, "CS", declared))
    stored = facts.to_json()
    assert HeaderFacts.from_json(stored) == facts
    stored.encode()


def test_the_column_holds_only_what_is_known() -> None:
    assert HeaderFacts().to_json() == "{}"
    assert HeaderFacts.from_json("{}") == HeaderFacts()
    assert len(facts_of().to_json()) < 1200


def test_a_column_of_a_newer_version_can_be_read() -> None:
    assert HeaderFacts.from_json('{"modality":"CT","invented_later":[1,2]}') == HeaderFacts(modality="CT")


def test_rows_of_a_big_endian_image_are_not_swapped() -> None:
    facts = facts_of(short(0x00280010, 512, ">"), syntax=BIG_ENDIAN)
    assert facts.rows == 512
