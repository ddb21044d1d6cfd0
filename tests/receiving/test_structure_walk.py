"""What may be stored as a data set and what may not: the rule of service/dicom/walk.py, sentence by sentence."""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import time
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
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
    RAW_DATA,
    SERIES,
    STUDY,
    UNDEFINED,
    Made,
    ct_header,
    ct_image,
    deflate,
    encode,
    encoder,
    fragments,
    nested,
    text,
)
from pydicom.uid import UID

from service.dicom.part10 import NotPart10, split
from service.dicom.sop_classes import is_storage
from service.dicom.walk import (
    IdentityFault,
    StructureFault,
    TooDeepFault,
    TooLargeFault,
    TruncatedFault,
    UnparsableFault,
    identity,
    walk,
)

ALL_SYNTAXES = [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED]
PLAIN_SYNTAXES = [IMPLICIT, EXPLICIT, BIG_ENDIAN]
HEAD = encode(EXPLICIT, ct_header())


def made_image(syntax: str) -> tuple[Made, ...]:
    return ct_image(">" if syntax == BIG_ENDIAN else "<")


def fault_of(action: Callable[[], object]) -> StructureFault | IdentityFault | None:
    """The fault an action ends in, which must then be fit for an Error Comment; None where it succeeds."""
    try:
        action()
    except (StructureFault, IdentityFault) as fault:
        found = fault
    else:
        return None
    assert str(found)
    assert str(found).isascii()
    assert len(str(found)) <= 64
    return found


# --- the suite ---------------------------------------------------------------------------------------------------


def outcome(suite: Path, row: dict[str, str]) -> str:
    """What C-STORE would come to for a file sent byte for byte, with the data set's UIDs, else the file meta's."""
    file = (suite / row["path"]).read_bytes()
    try:
        meta, start = split(file)
    except NotPart10:
        return "not sendable"
    sop_class = row["sop_class"] or meta.sop_class_uid
    sop_instance = row["sop_instance_uid"] or meta.sop_instance_uid
    if not meta.transfer_syntax_uid:
        return "not sendable"
    if not sop_class or not sop_instance:
        return "not sendable"
    if not is_storage(sop_class):
        return "refused: not a storage class"
    started = time.perf_counter()
    fault = fault_of(lambda: identity(walk(file[start:], meta.transfer_syntax_uid), sop_class, sop_instance))
    assert time.perf_counter() - started < 1, row["path"]
    return "stored" if fault is None else f"refused: {type(fault).__name__} {fault}"


@pytest.mark.real_data
def test_every_file_of_the_suite_ends_as_its_index_says(datasets: Path) -> None:
    suite = datasets / "dicom_suite"
    table: Counter[tuple[str, str]] = Counter()
    wrong = []
    for row in json.loads((suite / "index.json").read_text()):
        what = outcome(suite, row)
        table[row["expect"], what.split()[0] if not what.startswith("refused") else " ".join(what.split()[:2])] += 1
        if (row["expect"], what == "stored") in {("store-identical", False), ("refuse", True)}:
            wrong.append(f"{row['path']}: {row['expect']}, but {what}")
    for (expected, what), count in sorted(table.items()):
        print(f"{expected:28} {what:32} {count}")
    assert not wrong
    assert table["store-identical", "stored"] == 327


@pytest.mark.real_data
def test_a_slice_is_walked_in_less_time_than_a_library_needs_to_parse_it(datasets: Path) -> None:
    file = (datasets / "dicom_suite" / "transfer_syntax" / "CT_small.dcm").read_bytes()
    meta, start = split(file)
    data_set = file[start:]

    def best_s(action: Callable[[], object]) -> float:
        times = []
        for _ in range(30):
            started = time.process_time()
            action()
            times.append(time.process_time() - started)
        return min(times)

    walked_s = best_s(lambda: walk(data_set, meta.transfer_syntax_uid))
    parsed_s = best_s(lambda: pydicom.dcmread(io.BytesIO(file)))
    assert walked_s < parsed_s / 2, f"walk {walked_s * 1e3:.3f} ms, pydicom {parsed_s * 1e3:.3f} ms"


# --- what is well formed passes ----------------------------------------------------------------------------------

plain_elements = st.builds(
    Made,
    tag=st.integers(0x00091001, 0x000910FF),
    vr=st.sampled_from(["LO", "SH", "UN", "OB", "UT", "UC", "DS", "FD", "US"]),
    value=st.binary(max_size=40),
)


def sequences(children: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    return st.builds(
        Made,
        tag=st.sampled_from([0x00081140, 0x00081199, 0x0040A730, 0x00400275]),
        vr=st.just("SQ"),
        items=st.lists(st.lists(children, max_size=3).map(tuple), max_size=3).map(tuple),
        open_sequence=st.booleans(),
        open_items=st.booleans(),
    )


extras = st.lists(st.recursive(plain_elements, sequences, max_leaves=8), max_size=5).map(tuple)


@pytest.mark.parametrize("syntax", ALL_SYNTAXES)
@given(inserted=extras)
def test_a_data_set_by_the_standard_is_accepted_in_every_encoding(syntax: str, inserted: tuple[Made, ...]) -> None:
    order = ">" if syntax == BIG_ENDIAN else "<"
    walked = walk(encode(syntax, (*ct_header(order)[:5], *inserted, *ct_header(order)[5:], PIXELS)), syntax)
    found = identity(walked, CT_IMAGE, INSTANCE)
    assert (found.study_instance_uid, found.series_instance_uid) == (STUDY, SERIES)
    assert walked.pixels is not None
    assert (walked.pixels.length, walked.pixels.encapsulated) == (32, False)


@given(inserted=extras, syntax=st.sampled_from(PLAIN_SYNTAXES))
def test_the_walk_tells_where_the_pixels_lie(inserted: tuple[Made, ...], syntax: str) -> None:
    data = encode(syntax, (*inserted, *made_image(syntax)))
    pixels = walk(data, syntax).pixels
    assert pixels is not None
    assert data[pixels.offset : pixels.offset + pixels.length] == PIXELS.value


@pytest.mark.parametrize("syntax", PLAIN_SYNTAXES)
def test_what_a_library_writes_is_accepted(syntax: str) -> None:
    item = pydicom.Dataset()
    item.ReferencedSOPInstanceUID = "1.2.9"
    item.PurposeOfReferenceCodeSequence = [pydicom.Dataset()]
    item.PurposeOfReferenceCodeSequence[0].CodeMeaning = "for reference"
    written = pydicom.Dataset()
    written.SOPClassUID, written.SOPInstanceUID = CT_IMAGE, INSTANCE
    written.StudyInstanceUID, written.SeriesInstanceUID = STUDY, SERIES
    written.ReferencedImageSequence = [item, item]
    written.ReferencedImageSequence.is_undefined_length = True
    written.Rows = written.Columns = 2
    written.BitsAllocated = 16
    written.PixelData = b"\0" * 8
    written["PixelData"].VR = "OW"
    buffer = io.BytesIO()
    implicit, little = syntax == IMPLICIT, syntax != BIG_ENDIAN
    pydicom.dcmwrite(buffer, written, implicit_vr=implicit, little_endian=little, force_encoding=True)
    assert identity(walk(buffer.getvalue(), syntax), CT_IMAGE, INSTANCE).study_instance_uid == STUDY


# --- what is cut does not ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", ALL_SYNTAXES)
def test_an_image_cut_at_any_byte_is_refused(syntax: str) -> None:
    """But one: a whole header without pixels is a legal data set, and some are meant so."""
    sequence = Made(0x00081140, "SQ", items=((text(0x00081155, "UI", "1.2.9"),), ()), open_sequence=True)
    image = made_image(syntax)
    made = encoder(syntax, (*image[:7], sequence, *image[7:]))
    data = encode(syntax, (*image[:7], sequence, *image[7:]))
    assert fault_of(lambda: identity(walk(data, syntax), CT_IMAGE, INSTANCE)) is None
    accepted = [
        size
        for size in range(len(data))
        if fault_of(lambda size=size: identity(walk(data[:size], syntax), CT_IMAGE, INSTANCE)) is None  # type: ignore[misc]
    ]
    assert accepted == ([] if syntax == DEFLATED else [made.boundaries[-2]])


@given(inserted=extras, syntax=st.sampled_from(PLAIN_SYNTAXES), at=st.floats(0, 1, exclude_max=True))
def test_a_cut_inside_an_element_is_called_truncated(inserted: tuple[Made, ...], syntax: str, at: float) -> None:
    made = encoder(syntax, (*inserted, *made_image(syntax)))
    size = int(len(made.data) * at)
    assume(size and size not in made.boundaries and not any(size == boundary + 1 for boundary in made.boundaries))
    with pytest.raises(TruncatedFault) as refused:
        walk(bytes(made.data[:size]), syntax)
    assert refused.value.status == 0xC001


def test_an_image_that_ends_between_two_elements_of_its_modules_is_cut() -> None:
    made = encoder(EXPLICIT, ct_header())
    needed = [made.boundaries[index] for index, each in enumerate(ct_header()) if each.tag >= 0x0020000E]
    for size in needed[:-1]:
        with pytest.raises(TruncatedFault, match="ends before its pixels"):
            walk(bytes(made.data[:size]), EXPLICIT)


def test_an_image_that_describes_its_slice_and_then_ends_is_cut_whatever_else_it_lacks() -> None:
    """Half of the scanners in the field leave a type 2 attribute out: here Study ID and the patient's birth date."""
    header = tuple(each for each in ct_header() if each.tag not in {0x00200010, 0x00100030})
    made = encoder(EXPLICIT, header)
    inside = [made.boundaries[index] for index, each in enumerate(header) if each.tag >= 0x0020000E]
    for size in inside[:-1]:
        with pytest.raises(TruncatedFault, match="ends before its pixels"):
            walk(bytes(made.data[:size]), EXPLICIT)
    walk(bytes(made.data), EXPLICIT)


def test_an_image_with_a_whole_header_and_no_pixels_is_stored_since_pixels_may_be_taken_away_on_purpose() -> None:
    assert not walk(HEAD, EXPLICIT).has_pixel_data


def test_a_stub_that_never_followed_its_modules_is_stored() -> None:
    kept = {0x00080016, 0x00080018, 0x00100020, 0x0020000D, 0x0020000E}
    stub = tuple(each for each in ct_header() if each.tag in kept)
    assert not walk(encode(EXPLICIT, stub), EXPLICIT).has_pixel_data


def test_what_is_no_image_cannot_be_judged_between_two_elements() -> None:
    document = tuple(text(0x00080016, "UI", RAW_DATA) if each.tag == 0x00080016 else each for each in ct_header())
    cut = encode(EXPLICIT, document[:17])
    assert identity(walk(cut, EXPLICIT), RAW_DATA, INSTANCE).series_instance_uid == SERIES


# --- what is damaged is refused, or read to the same end ------------------------------------------------------------


@pytest.mark.parametrize("syntax", PLAIN_SYNTAXES)
@given(inserted=extras, which=st.randoms(use_true_random=False))
def test_a_flipped_length_is_refused_or_leads_to_the_same_end(
    syntax: str, inserted: tuple[Made, ...], which: random.Random
) -> None:
    made = encoder(syntax, (*made_image(syntax)[:-1], *inserted, PIXELS))
    position, size = which.choice(made.lengths)
    made.data[position + which.randrange(size)] ^= 1 << which.randrange(8)
    fault = fault_of(lambda: walk(bytes(made.data), syntax))
    assert fault is not None or walk(bytes(made.data), syntax).length_bytes == len(made.data)


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG_ENDIAN])
def test_every_flipped_bit_of_a_length_at_the_top_is_noticed_or_swallows_whole_elements(syntax: str) -> None:
    """A length that grows to the end of a later element is a legal data set: what it swallowed is then missing.

    Not so in implicit VR, where nothing but lengths marks an element and a chance hit is possible.
    """
    made = encoder(syntax, made_image(syntax))
    ends = {0, *made.boundaries}
    for position, size in made.lengths:
        for bit in range(size * 8):
            damaged = bytearray(made.data)
            damaged[position + bit // 8] ^= 1 << bit % 8
            length = int.from_bytes(damaged[position : position + size], "big" if syntax == BIG_ENDIAN else "little")
            if position + size + length not in ends:
                with pytest.raises(StructureFault):
                    walk(bytes(damaged), syntax)


@settings(max_examples=300)
@given(data=st.binary(max_size=200), syntax=st.sampled_from([*ALL_SYNTAXES, JPEG]))
@example(data=b"\xfe\xff\x00\xe0\0\0\0\0", syntax=IMPLICIT)
@example(data=b"\xff" * 12, syntax=EXPLICIT)
def test_no_bytes_whatever_make_it_fall(data: bytes, syntax: str) -> None:
    fault = fault_of(lambda: walk(data, syntax))
    assert fault is None or isinstance(fault, StructureFault)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(inserted=extras, syntax=st.sampled_from([*ALL_SYNTAXES, JPEG]), which=st.randoms(use_true_random=False))
def test_no_damage_to_a_real_one_makes_it_fall(inserted: tuple[Made, ...], syntax: str, which: random.Random) -> None:
    data = bytearray(encode(syntax, (*inserted, *made_image(syntax))))
    for _ in range(which.randint(1, 6)):
        data[which.randrange(len(data))] = which.choice([0, 1, 0x10, 0x7F, 0xE0, 0xFE, 0xFF, which.randrange(256)])
    fault = fault_of(lambda: walk(bytes(data), syntax))
    assert fault is None or fault.status == (0xC001 if isinstance(fault, TruncatedFault) else 0xC000)


def test_pixels_of_zeros_behind_a_shortened_length_are_not_taken_for_elements() -> None:
    data = bytearray(encode(IMPLICIT, (*ct_header(), Made(0x7FE00010, "OW", bytes(32)))))
    data[-36:-32] = struct.pack("<L", 16)
    with pytest.raises(UnparsableFault, match="group not allowed"):
        walk(bytes(data), IMPLICIT)


# --- bombs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0x7FFFFFFE, 0x80000000, 0xFFFFFFFE])
@pytest.mark.parametrize("syntax", PLAIN_SYNTAXES)
def test_a_length_of_gigabytes_in_a_small_file_costs_nothing(syntax: str, length: int) -> None:
    made = encoder(syntax, made_image(syntax))
    position, size = made.lengths[-1]
    made.data[position : position + size] = length.to_bytes(size, "big" if syntax == BIG_ENDIAN else "little")
    tracemalloc.start()
    with pytest.raises(TruncatedFault, match="run past the end"):
        walk(bytes(made.data), syntax)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("undefined", [True, False])
def test_sixty_four_levels_are_enough_and_one_more_is_refused(undefined: bool) -> None:
    walk(HEAD + nested(64, undefined=undefined), EXPLICIT)
    with pytest.raises(TooDeepFault):
        walk(HEAD + nested(65, undefined=undefined), EXPLICIT)


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("depth", [5_000, 100_000])
def test_the_depth_that_kills_other_readers_is_refused_at_once(depth: int, undefined: bool) -> None:
    data = HEAD + nested(depth, undefined=undefined)
    started = time.process_time()
    with pytest.raises(TooDeepFault):
        walk(data, EXPLICIT)
    assert time.process_time() - started < 0.5


def test_depth_is_bounded_inside_unknown_sequences_too() -> None:
    deep = b"\x09\0\x01\x10" + b"\xff" * 4 + b"\xfe\xff\x00\xe0" + b"\xff" * 4
    with pytest.raises(TooDeepFault):
        walk(deep * 100, IMPLICIT)


@pytest.mark.parametrize("element", [b"\x09\0\x01\x10LO\0\0", b"\x09\0\x01\x10SQ\0\0\0\0\0\0"])
def test_millions_of_empty_elements_are_refused(element: bytes) -> None:
    with pytest.raises(TooLargeFault, match="2000000"):
        walk(element * 2_000_001, EXPLICIT)


def test_millions_of_empty_items_are_refused() -> None:
    with pytest.raises(TooLargeFault, match="2000000"):
        walk(b"\x09\0\x01\x10SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\0\0\0\0" * 2_000_001, EXPLICIT)


def bomb(mebibytes: int) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    pixels = b"\xe0\x7f\x10\x00OW\0\0" + struct.pack("<L", mebibytes << 20)
    packed = [compressor.compress(HEAD + pixels)]
    packed += [compressor.compress(bytes(1 << 20)) for _ in range(mebibytes)]
    return b"".join([*packed, compressor.flush()])


def test_a_deflated_bomb_is_refused_without_the_memory_it_wants() -> None:
    packed = bomb(200)
    tracemalloc.start()
    with pytest.raises(TooLargeFault, match="inflates beyond bounds"):
        walk(packed, DEFLATED)
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


def test_a_deflated_image_of_ordinary_size_is_no_bomb_however_empty_it_is() -> None:
    pixels = walk(bomb(8), DEFLATED).pixels
    assert pixels is not None
    assert pixels.length == 8 << 20


# --- deflated ----------------------------------------------------------------------------------------------------


def gzip_trailer(data: bytes) -> bytes:
    return struct.pack("<LL", zlib.crc32(data), len(data))


def test_behind_a_deflated_stream_only_padding_or_a_right_gzip_trailer_is_let_pass() -> None:
    data = encode(EXPLICIT, ct_image())
    for rest in (b"", b"\0", gzip_trailer(data), gzip_trailer(data) + b"\0"):
        assert walk(deflate(data) + rest, DEFLATED).length_bytes == len(data)
    for rest in (b"\1", b"\0\0", gzip_trailer(data[1:]), gzip_trailer(data) + b"\0\0", b"\0" * 3_000_000):
        with pytest.raises(UnparsableFault, match="behind the deflated stream"):
            walk(deflate(data) + rest, DEFLATED)


def test_a_damaged_deflated_stream_is_refused() -> None:
    packed = bytearray(deflate(encode(EXPLICIT, ct_image())))
    packed[0] = 0xFF
    with pytest.raises(UnparsableFault, match="damaged"):
        walk(bytes(packed), DEFLATED)


def test_a_deflated_data_set_is_walked_the_same_wherever_its_pieces_part() -> None:
    """Two mebibytes of small elements and a kept one behind them: headers and values straddle the pieces."""
    filler = tuple(Made(0x00091001, "LO", b"x" * 62) for _ in range(30_000))
    data = encode(EXPLICIT, (*ct_header()[:10], *filler, *ct_header()[10:], PIXELS))
    walked = walk(deflate(data), DEFLATED)
    assert walked.elements == walk(data, EXPLICIT).elements
    assert walked.length_bytes == len(data)
    assert walked.pixels == walk(data, EXPLICIT).pixels


@pytest.mark.parametrize("open_sequence", [True, False])
def test_a_deflated_data_set_that_ends_inside_a_sequence_is_truncated(open_sequence: bool) -> None:
    items = ((text(0x00081155, "UI", "1.2.9"),),) * 3
    data = encode(EXPLICIT, (*ct_header(), Made(0x00400275, "SQ", items=items, open_sequence=open_sequence)))
    with pytest.raises(TruncatedFault):
        walk(deflate(data[:-20]), DEFLATED)


# --- the sentences of the rule, one by one ------------------------------------------------------------------------


def explicit(tag: int, vr: bytes, length: int, value: bytes = b"") -> bytes:
    """A header with a length of 32 bits, and its value."""
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr + b"\0\0" + struct.pack("<L", length) + value


ITEM_END, SEQUENCE_END = b"\xfe\xff\x0d\xe0\0\0\0\0", b"\xfe\xff\xdd\xe0\0\0\0\0"


def item(value: bytes, length: int | None = None) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<L", len(value) if length is None else length) + value


IMPLICIT_ELEMENT = b"\x08\x00\x00\x01\x04\0\0\0ABCD"
EXPLICIT_ELEMENT = b"\x08\x00\x00\x01SH\x04\0ABCD"

ACCEPTED = {
    "UN of undefined length holds implicit VR": explicit(
        0x00091001, b"UN", UNDEFINED, item(IMPLICIT_ELEMENT) + SEQUENCE_END
    ),
    "UN of defined length is not looked into": explicit(0x00091001, b"UN", 4, b"\xfe\xff\x00\xe0"),
    "a VR of a later edition has 32 bits": explicit(0x00091001, b"ZZ", 4, b"1234"),
    "reserved bytes are not looked at": b"\x09\0\x01\x10OB\x12\x34\x02\0\0\0ab",
    "odd lengths are let pass": b"\x09\0\x01\x10LO\x03\0abc" + b"\x09\0\x02\x10LO\x03\0abc",
    "an item without VRs is implicit as a whole": explicit(
        0x00091001, b"SQ", 8 + 2 * len(IMPLICIT_ELEMENT), item(IMPLICIT_ELEMENT * 2)
    ),
    "an empty sequence": explicit(0x00091001, b"SQ", 0),
    "an empty open sequence": explicit(0x00091001, b"SQ", UNDEFINED, SEQUENCE_END),
    "an empty open item": explicit(0x00091001, b"SQ", UNDEFINED, item(b"", UNDEFINED) + ITEM_END + SEQUENCE_END),
    "trailing padding": explicit(0xFFFCFFFC, b"OB", 6, bytes(6)),
    "elements out of order": b"\x09\0\x02\x10LO\0\0" + b"\x09\0\x01\x10LO\0\0",
    "a repeated element that nobody looks at": b"\x09\0\x02\x10LO\0\0" * 2,
    "the byte that makes an odd data set even": b"\x09\0\x01\x10LO\x03\0abc" + b"\0",
}

REFUSED = {
    "a sequence that is not closed": explicit(0x00091001, b"SQ", UNDEFINED, item(EXPLICIT_ELEMENT)),
    "an item that is not closed": explicit(
        0x00091001, b"SQ", UNDEFINED, item(EXPLICIT_ELEMENT, UNDEFINED) + SEQUENCE_END
    ),
    "an item longer than its sequence": explicit(0x00091001, b"SQ", 20, item(EXPLICIT_ELEMENT, 13)) + bytes(1),
    "a value longer than its item": explicit(
        0x00091001, b"SQ", 20, item(b"\x08\x00\x00\x01SH\x05\0ABCD") + EXPLICIT_ELEMENT
    ),
    "a sequence that ends inside its item": explicit(0x00091001, b"SQ", 19, item(EXPLICIT_ELEMENT)),
    "a sequence with something else than items": explicit(0x00091001, b"SQ", 12, EXPLICIT_ELEMENT),
    "an item outside a sequence": item(EXPLICIT_ELEMENT),
    "a delimiter outside a sequence": SEQUENCE_END,
    "an item delimiter in an item of defined length": explicit(0x00091001, b"SQ", 16, item(ITEM_END)),
    "a delimiter with a length": explicit(0x00091001, b"SQ", UNDEFINED, b"\xfe\xff\xdd\xe0\x02\0\0\0ab"),
    "an item delimiter with a length": explicit(
        0x00091001, b"SQ", UNDEFINED, item(b"", UNDEFINED) + b"\xfe\xff\x0d\xe0\2\0\0\0ab" + SEQUENCE_END
    ),
    "undefined length of text": explicit(0x00091001, b"UT", UNDEFINED, SEQUENCE_END),
    "undefined length of bytes that are no pixels": explicit(0x00091001, b"OB", UNDEFINED, item(b"") + SEQUENCE_END),
    "undefined length of pixels that are not encapsulated": explicit(
        0x7FE00010, b"OW", UNDEFINED, item(b"") + item(b"ab") + SEQUENCE_END
    ),
    "no VR": b"\x09\0\x01\x10\0\0\x04\0abcd",
    "a VR of small letters": explicit(0x00091001, b"zz", 4, b"1234"),
    "an unknown VR without reserved bytes": b"\x09\0\x01\x10ZZ\x04\0abcd",
    "an item that is implicit only from its second element on": explicit(
        0x00091001, b"SQ", 8 + 24, item(EXPLICIT_ELEMENT + IMPLICIT_ELEMENT)
    ),
    "a command element": explicit(0x00000100, b"UL", 0),
    "file meta": explicit(0x00020010, b"OB", 2, b"ab"),
    "an illegal private group": explicit(0x00010010, b"OB", 2, b"ab"),
    "group FFFF": explicit(0xFFFF0001, b"OB", 2, b"ab"),
    "bytes behind the last element": bytes(64),
    "one byte too many": b"\x09\0\x01\x10LO\x02\0ab" + b"\0",
    "a repeated patient": b"\x10\0\x20\0LO\x02\0P1",
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(case: str) -> None:
    walked = walk(encode(EXPLICIT, ct_image()) + ACCEPTED[case], EXPLICIT)
    assert identity(walked, CT_IMAGE, INSTANCE).study_instance_uid == STUDY


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    with pytest.raises(StructureFault):
        walk(encode(EXPLICIT, ct_image()) + REFUSED[case], EXPLICIT)


def test_unknown_bytes_of_undefined_length_do_not_turn_the_byte_order_of_a_big_endian_data_set() -> None:
    unknown = b"\x00\x09\x10\x01UN\0\0\xff\xff\xff\xff" + item(IMPLICIT_ELEMENT) + SEQUENCE_END
    with pytest.raises(StructureFault, match="UN in big endian"):
        walk(encode(BIG_ENDIAN, ct_image(">")) + unknown, BIG_ENDIAN)
    with pytest.raises(StructureFault):
        walk(encode(BIG_ENDIAN, ct_image(">")) + unknown.replace(b"\xfe\xff", b"\xff\xfe"), BIG_ENDIAN)


def test_in_implicit_vr_the_dictionary_says_what_may_be_a_sequence() -> None:
    def implicit(tag: int, length: int, value: bytes) -> bytes:
        return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, length) + value

    image = encode(IMPLICIT, ct_image())
    walk(image + implicit(0x00091001, UNDEFINED, item(IMPLICIT_ELEMENT) + SEQUENCE_END), IMPLICIT)
    walk(image + implicit(0x00091001, 4, b"\xfe\xff\x00\xe0"), IMPLICIT)
    for damaged in (
        implicit(0x00104000, UNDEFINED, item(IMPLICIT_ELEMENT) + SEQUENCE_END),
        implicit(0x00081140, 4, b"\xfe\xff\x00\xe0"),
    ):
        with pytest.raises(StructureFault):
            walk(image + damaged, IMPLICIT)


# --- encapsulated pixels -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "count"), [((), 0), ((b"ab",), 1), ((b"ab", b"", b"abc\0"), 3)])
def test_fragments_are_counted_without_the_offset_table(values: tuple[bytes, ...], count: int) -> None:
    pixels = walk(HEAD + fragments(*values), JPEG).pixels
    assert pixels is not None
    assert (pixels.encapsulated, pixels.fragments) == (True, count)


def test_fragments_may_hold_the_bytes_of_a_delimiter() -> None:
    assert walk(HEAD + fragments(SEQUENCE_END + EXPLICIT_ELEMENT), JPEG).has_pixel_data


@pytest.mark.parametrize(
    "tail",
    [
        item(b"ab"),
        item(b"ab") + b"\xfe\xff\xdd\xe0\x02\0\0\0ab",
        item(b"ab", UNDEFINED) + SEQUENCE_END,
        item(b"ab", 200) + SEQUENCE_END,
        EXPLICIT_ELEMENT + SEQUENCE_END,
        b"",
    ],
)
def test_fragments_that_are_not_closed_or_not_items_are_refused(tail: bytes) -> None:
    with pytest.raises(StructureFault):
        walk(HEAD + explicit(0x7FE00010, b"OB", UNDEFINED, item(b"") + tail), JPEG)


def test_an_icon_may_be_encapsulated_in_its_own_sequence_and_is_not_the_image() -> None:
    icon = explicit(0x00880200, b"SQ", UNDEFINED, item(fragments(b"icon"), UNDEFINED) + ITEM_END + SEQUENCE_END)
    walked = walk(HEAD + icon, JPEG)
    assert not walked.has_pixel_data
    pixels = walk(HEAD + icon + fragments(b"ab", b"cd"), JPEG).pixels
    assert pixels is not None
    assert pixels.fragments == 2


# --- transfer syntaxes -------------------------------------------------------------------------------------------


def test_a_standard_syntax_that_no_table_lists_is_walked_as_explicit_little_endian() -> None:
    assert walk(HEAD + fragments(b"ab"), "1.2.840.10008.1.2.4.999").has_pixel_data


@pytest.mark.parametrize("uid", ["1.2.3.4.5.6.7", "", "1.2.840.113619.5.2", "1.2.840.10008.1.2.6.1"])
def test_a_private_or_unwalkable_syntax_is_refused(uid: str) -> None:
    with pytest.raises(UnparsableFault, match="transfer syntax"):
        walk(encode(EXPLICIT, ct_image()), uid)


def test_a_data_set_in_another_encoding_than_agreed_is_refused() -> None:
    for said in PLAIN_SYNTAXES:
        for meant in PLAIN_SYNTAXES:
            if said != meant:
                with pytest.raises((StructureFault, IdentityFault)):
                    identity(walk(encode(meant, made_image(meant)), said), CT_IMAGE, INSTANCE)


# --- identity ----------------------------------------------------------------------------------------------------


def with_uid(tag: int, value: bytes) -> bytes:
    return encode(EXPLICIT, tuple(Made(tag, "UI", value) if each.tag == tag else each for each in ct_image()))


@pytest.mark.parametrize("tag", [0x00080016, 0x00080018, 0x0020000D, 0x0020000E])
@pytest.mark.parametrize(
    "value", [b"", b"../../x\0", b"1.2.abc.4\0", b"1.2\n", b"1..2", b".1", b"1.", b"1 3", b"1" * 66]
)
def test_a_missing_or_illegal_uid_is_refused(tag: int, value: bytes) -> None:
    with pytest.raises(IdentityFault) as refused:
        identity(walk(with_uid(tag, value), EXPLICIT), CT_IMAGE, INSTANCE)
    assert len(str(refused.value)) <= 64


@pytest.mark.parametrize("tag", [0x00080016, 0x00080018, 0x0020000D, 0x0020000E])
def test_an_absent_uid_is_refused(tag: int) -> None:
    without = encode(EXPLICIT, tuple(each for each in ct_image() if each.tag != tag))
    with pytest.raises(IdentityFault, match="missing"):
        identity(walk(without, EXPLICIT), CT_IMAGE, INSTANCE)


@pytest.mark.parametrize(("sop_class", "sop_instance"), [(RAW_DATA, INSTANCE), (CT_IMAGE, "1.2.3.33")])
def test_a_data_set_that_differs_from_its_command_is_refused(sop_class: str, sop_instance: str) -> None:
    with pytest.raises(IdentityFault, match="differ"):
        identity(walk(encode(EXPLICIT, ct_image()), EXPLICIT), sop_class, sop_instance)


@pytest.mark.parametrize("padding", [b"\0", b"\0\0\0", b" "])
def test_padding_is_no_part_of_a_uid(padding: bytes) -> None:
    walked = walk(with_uid(0x0020000D, b"1.2.7" + padding), EXPLICIT)
    assert identity(walked, CT_IMAGE, INSTANCE + "\0").study_instance_uid == "1.2.7"


# --- faults ------------------------------------------------------------------------------------------------------


def test_a_fault_names_tag_offset_and_reason_and_survives_a_process_border() -> None:
    data = encode(EXPLICIT, ct_image())
    with pytest.raises(TruncatedFault) as refused:
        walk(data[:-4], EXPLICIT)
    fault = pickle.loads(pickle.dumps(refused.value))
    assert (fault.tag, fault.offset) == (0x7FE00010, len(HEAD))
    assert str(fault) == f"(7FE0,0010) at {len(HEAD)}: 32 bytes run past the end"


def test_the_syntaxes_used_here_are_those_of_the_standard() -> None:
    names = [UID(uid).name for uid in (IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN)]
    assert names == [
        "Implicit VR Little Endian",
        "Explicit VR Little Endian",
        "Deflated Explicit VR Little Endian",
        "Explicit VR Big Endian",
    ]
