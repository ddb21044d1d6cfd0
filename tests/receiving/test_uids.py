"""UIDs: what is let in, and that the same work always gives the same one."""

from __future__ import annotations

import hashlib
import hmac
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydicom.uid import UID

from service.dicom.sop_classes import STORAGE_CLASSES, is_image, is_image_class, is_storage, name
from service.dicom.syntaxes import TRANSFER_SYNTAXES, UnknownTransferSyntax, transfer_syntax
from service.dicom.uids import MalformedUid, derived_uid, parse_uid, uid_text

KEY = b"k" * 32
components = st.integers(0, 10**12).map(str)


@given(parts=st.lists(components, min_size=1, max_size=4))
def test_digits_and_dots_are_a_uid(parts: list[str]) -> None:
    assert parse_uid(".".join(parts), "StudyInstanceUID") == ".".join(parts)


def test_leading_zeros_are_let_in_since_scanners_write_them() -> None:
    """The suite's ultrasound image YBR_422 ends in .0104484."""
    assert parse_uid("1.4.13.3.1.0104484", "SOPInstanceUID") == "1.4.13.3.1.0104484"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        ".1",
        "1..2",
        "1.2\n",
        " 1.2",
        "1.2 ",
        "1.2\0",
        "1.2/3",
        "../../x",
        "1.2.a",
        "１.２",
        "1.²",
        "1" * 65,
    ],
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(MalformedUid, match="StudyInstanceUID"):
        parse_uid(text, "StudyInstanceUID")


@given(st.text(max_size=80))
@example("1" * 64)
def test_what_passes_never_holds_more_than_digits_and_dots(text: str) -> None:
    try:
        passed = parse_uid(text, "StudyInstanceUID")
    except MalformedUid:
        return
    assert set(passed) <= set("0123456789.")
    assert 0 < len(passed) <= 64


@pytest.mark.parametrize("raw", [b"1.2.3", b"1.2.3\0", b"1.2.3 ", b"1.2.3\0\0\0"])
def test_padding_is_stripped(raw: bytes) -> None:
    assert uid_text(raw) == "1.2.3"


@given(key=st.binary(min_size=1), parts=st.lists(st.text(), max_size=4))
def test_a_derived_uid_is_a_version_8_uuid_under_2_25(key: bytes, parts: list[str]) -> None:
    derived = derived_uid(key, *parts)
    assert UID(derived).is_valid
    assert len(derived) <= 44
    number = uuid.UUID(int=int(derived.removeprefix("2.25.")))
    assert (number.version, number.variant) == (8, uuid.RFC_4122)


@given(parts=st.lists(st.text(max_size=5), max_size=3), others=st.lists(st.text(max_size=5), max_size=3))
@example(parts=["ab", "c"], others=["a", "bc"])
@example(parts=["a", ""], others=["a"])
def test_equal_parts_give_equal_uids_and_different_ones_do_not(parts: list[str], others: list[str]) -> None:
    assert (derived_uid(KEY, *parts) == derived_uid(KEY, *others)) == (parts == others)


def test_two_installations_never_name_alike() -> None:
    assert derived_uid(KEY, "analysis", "1", "SR") != derived_uid(b"j" * 32, "analysis", "1", "SR")


def test_a_derived_uid_is_the_first_128_bits_of_the_hmac() -> None:
    """Version and variant take 6 of them; the other 122 are those of HMAC-SHA-256 (AC-11)."""
    digest = hmac.new(KEY, b"\0\0\0\2SR", hashlib.sha256).digest()[:16]
    kept = ~(0xF << 76 | 0x3 << 62)
    assert int(derived_uid(KEY, "SR").removeprefix("2.25.")) & kept == int.from_bytes(digest, "big") & kept


# --- SOP classes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uid",
    [
        "1.2.840.10008.1.1",
        "1.2.840.10008.1.3.10",
        "1.2.840.10008.1.20.1",
        "1.2.840.10008.3.1.2.3.3",
        "1.2.840.10008.5.1.1.9",
        "1.2.840.10008.5.1.4.1.2.2.1",
        "1.2.840.10008.5.1.4.31",
        "1.2.840.10008.5.1.4.34.6.1",
        "1.2.840.10008.5.1.4.1.1.200.4",
        "1.2.840.10008.5.1.4.1.1.201.2",
    ],
)
def test_the_standards_other_services_are_not_stored(uid: str) -> None:
    assert not is_storage(uid), name(uid)


def test_every_class_the_dictionary_calls_storage_is_stored() -> None:
    other = {"1.2.840.10008.1.3.10", "1.2.840.10008.5.1.1.27"}
    called = {uid for uid in STORAGE_CLASSES if "Storage" in name(uid)}
    assert len(called) > 180
    assert all(is_storage(uid) for uid in [*STORAGE_CLASSES, "1.2.840.113619.4.30", "1.2.3.4"])
    assert not any(is_storage(uid) for uid in other)


IMAGES = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "Enhanced CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.1.1": "DX",
    "1.2.840.10008.5.1.4.1.1.7": "Secondary capture",
    "1.2.840.10008.5.1.4.1.1.6.2": "Enhanced US volume",
    "1.2.840.10008.5.1.4.1.1.77.1.6": "Whole slide",
    "1.2.840.10008.5.1.4.1.1.481.1": "RT image",
}
OTHERS = {
    "1.2.840.10008.5.1.4.1.1.88.34": "SR",
    "1.2.840.10008.5.1.4.1.1.66.4": "SEG",
    "1.2.840.10008.5.1.4.1.1.66.7": "label map",
    "1.2.840.10008.5.1.4.1.1.30": "parametric map",
    "1.2.840.10008.5.1.4.1.1.11.1": "presentation state",
    "1.2.840.10008.5.1.4.1.1.88.59": "key objects",
    "1.2.840.10008.5.1.4.1.1.104.1": "PDF",
    "1.2.840.10008.5.1.4.1.1.481.2": "RT dose",
    "1.2.840.10008.5.1.4.1.1.481.3": "RT structures",
    "1.2.840.10008.5.1.4.1.1.481.5": "RT plan",
    "1.2.840.10008.5.1.4.1.1.9.1.1": "ECG",
    "1.2.840.10008.5.1.4.1.1.66": "raw data",
    "1.2.840.10008.5.1.4.1.1.4.2": "spectroscopy",
}


@pytest.mark.parametrize("has_pixel_data", [True, False])
def test_images_count_and_what_is_derived_from_them_does_not(has_pixel_data: bool) -> None:
    assert all(is_image(uid, has_pixel_data=has_pixel_data) for uid in IMAGES)
    assert not any(is_image(uid, has_pixel_data=has_pixel_data) for uid in OTHERS)


@pytest.mark.parametrize("uid", ["1.2.3.4", "1.2.840.113619.4.30", "1.2.840.10008.5.1.4.1.1.999"])
def test_an_unknown_class_is_an_image_when_it_has_pixels(uid: str) -> None:
    assert is_storage(uid)
    assert is_image(uid, has_pixel_data=True)
    assert not is_image(uid, has_pixel_data=False)
    assert not is_image_class(uid)
    assert name(uid) == uid


# --- transfer syntaxes -------------------------------------------------------------------------------------------


def test_every_standard_syntax_of_the_dictionary_is_in_the_table_under_its_name() -> None:
    retired = {"1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2", "1.2.840.10008.1.20"}
    standard = {uid: UID(uid).name for uid in TRANSFER_SYNTAXES if UID(uid).is_transfer_syntax}
    assert len(standard) >= 50
    assert not retired & set(TRANSFER_SYNTAXES)
    for uid, known in standard.items():
        assert known.split("(")[0].split(",")[0].split()[0] == TRANSFER_SYNTAXES[uid].name.split(",")[0].split()[0]


def test_encoding_facts_agree_with_another_library() -> None:
    for uid, syntax in TRANSFER_SYNTAXES.items():
        known = UID(uid)
        if known.is_transfer_syntax and "JPIP" not in known.name:
            assert syntax.explicit != known.is_implicit_VR, uid
            assert syntax.little_endian == known.is_little_endian, uid
            assert syntax.deflated == known.is_deflated, uid
            assert syntax.encapsulated == known.is_encapsulated, uid


@pytest.mark.parametrize(
    ("number", "lossy"),
    [
        *((number, True) for number in ("50", "51", "81", "91", "203")),
        *((number, False) for number in ("57", "70", "80", "90", "201", "202")),
    ],
)
def test_what_the_model_gate_needs_to_know_of_a_syntax(number: str, lossy: bool) -> None:
    syntax = transfer_syntax(f"1.2.840.10008.1.2.4.{number}")
    assert (syntax.lossy, syntax.decodable) == (lossy, True)


@pytest.mark.parametrize("uid", ["1.2.3.4.5.6.7", "", "1.2.840.10008.1.20", "1.2.840.10008.1.2.6.2"])
def test_a_private_syntax_has_no_written_rule(uid: str) -> None:
    with pytest.raises(UnknownTransferSyntax):
        transfer_syntax(uid)
