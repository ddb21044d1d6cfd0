"""The SR a hospital gets for every analysis: what it says, whose it is, and that other software reads it."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from pathlib import Path

import highdicom
import made_sources as made
import pytest
import validators
from hypothesis import given
from hypothesis import strategies as st
from pydicom import config, dcmread, dcmwrite
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sr._concepts_dict import concepts
from pydicom.tag import Tag
from pydicom.uid import UID

from models.contract import RefusalReason, Refused
from service.domain.hospital import Language
from service.domain.outcome import AnalysisResult, Failed
from service.domain.tracking import tracking
from service.results.copies import PATIENT_AND_STUDY, SCANNER
from service.results.document import BadContext, CharacterSet, Moments, ObjectKind
from service.results.seg import encode_seg
from service.results.sr import encode_sr

SERIES = made.single_frames()
OUTCOMES: dict[str, AnalysisResult] = {
    "positive": made.reading(SERIES, made.two_nodules(SERIES)),
    "negative": made.reading(SERIES, ()),
    "refused": Refused(RefusalReason.SLICES_TOO_THICK, "slices are 5 mm thick, at most 3 mm is covered"),
    "failed": Failed("attempts-exhausted", "the model process ended three times without an answer"),
}
PRESENCE, SUMMARY = ("705057003", "SCT"), ("111065", "DCM")


def document(outcome: AnalysisResult, series: made.Series = SERIES, **changes: object) -> Dataset:
    return dcmread(io.BytesIO(encode_sr(made.context(series, **changes), outcome).part10))


def items(content: Dataset) -> list[Dataset]:
    """Every content item of a tree, parents first."""
    children = list(content.get("ContentSequence", []))
    return [content, *(item for child in children for item in items(child))]


def code(sequence: list[Dataset]) -> tuple[str, str]:
    return sequence[0].CodeValue, sequence[0].CodingSchemeDesignator


def answers(content: Dataset, question: tuple[str, str]) -> set[tuple[str, str]]:
    """What the CODE items of one name say: all that a parser without words can see."""
    coded = [item for item in items(content) if item.ValueType == "CODE"]
    return {code(item.ConceptCodeSequence) for item in coded if code(item.ConceptNameCodeSequence) == question}


def texts(content: Dataset, value: str) -> list[str]:
    named = [item for item in items(content) if "ConceptNameCodeSequence" in item]
    return [item.TextValue for item in named if item.ConceptNameCodeSequence[0].CodeValue == value]


@pytest.mark.parametrize(
    ("name", "presence", "summary"),
    [
        ("positive", {("52101004", "SCT")}, {("111222", "DCM")}),
        ("negative", {("272519000", "SCT")}, {("111222", "DCM")}),
        ("refused", set(), {("111225", "DCM")}),
        ("failed", set(), {("111224", "DCM")}),
    ],
)
def test_a_parser_that_only_reads_codes_tells_found_absent_not_attempted_and_failed_apart(
    name: str, presence: set[tuple[str, str]], summary: set[tuple[str, str]]
) -> None:
    said = document(OUTCOMES[name])
    assert answers(said, PRESENCE) == presence
    assert answers(said, SUMMARY) == summary


@pytest.mark.parametrize(
    ("name", "completion", "reason"),
    [
        ("positive", "COMPLETE", None),
        ("negative", "COMPLETE", None),
        ("refused", "PARTIAL", "slices-too-thick: "),
        ("failed", "PARTIAL", "attempts-exhausted: "),
    ],
)
def test_no_document_claims_to_be_verified_and_an_incomplete_one_says_why(
    name: str, completion: str, reason: str | None
) -> None:
    said = document(OUTCOMES[name])
    assert (said.CompletionFlag, said.PreliminaryFlag, said.VerificationFlag) == (
        completion,
        "PRELIMINARY",
        "UNVERIFIED",
    )
    assert said.get("CompletionFlagDescription", "").startswith(reason or "")
    assert ("CompletionFlagDescription" in said) is (reason is not None)


def test_the_document_is_a_measurement_report_by_template_1500() -> None:
    said = document(OUTCOMES["negative"])
    assert said.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.34"
    assert said.Modality == "SR"
    assert code(said.ConceptNameCodeSequence) == ("126000", "DCM")
    template = said.ContentTemplateSequence[0]
    assert (template.TemplateIdentifier, template.MappingResource) == ("1500", "DCMR")


def test_absent_names_what_was_looked_for_and_where() -> None:
    said = document(OUTCOMES["negative"])
    assert answers(said, ("121071", "DCM")) == {("27925004", "SCT")}
    assert answers(said, ("363698007", "SCT")) == {("39607008", "SCT")}


@pytest.mark.system
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("character_set", list(CharacterSet))
@pytest.mark.parametrize("name", OUTCOMES)
def test_dciodvfy_finds_no_error_and_dcmtk_reads_the_name(
    name: str, character_set: CharacterSet, language: Language, tmp_path: Path
) -> None:
    context = made.context(SERIES, character_set=character_set, language=language)
    part10 = encode_sr(context, OUTCOMES[name]).part10
    assert validators.iod_errors(part10, "Comprehensive3DSR", tmp_path) == []
    assert "张^小东" in validators.dump(part10, tmp_path)


@pytest.mark.system
@pytest.mark.slow
def test_pixelmeds_validator_finds_no_error_in_a_sample(tmp_path: Path) -> None:
    part10 = encode_sr(made.context(SERIES), OUTCOMES["positive"]).part10
    assert validators.template_errors(part10, tmp_path) == []


@pytest.mark.system
def test_a_finding_without_a_region_is_a_point_in_the_patient(tmp_path: Path) -> None:
    finding = replace(made.two_nodules(SERIES)[0], segment=None)
    part10 = encode_sr(made.context(SERIES), made.reading(SERIES, (finding,))).part10
    points = [item for item in items(dcmread(io.BytesIO(part10))) if item.ValueType == "SCOORD3D"]
    assert len(points) == 1
    assert points[0].GraphicType == "POINT"
    assert list(points[0].GraphicData) == pytest.approx(finding.center_mm, abs=1e-4)
    assert points[0].ReferencedFrameOfReferenceUID == SERIES.headers[0].FrameOfReferenceUID
    assert validators.iod_errors(part10, "Comprehensive3DSR", tmp_path) == []


def test_highdicom_reads_the_same_findings_back() -> None:
    outcome = OUTCOMES["positive"]
    read = highdicom.sr.srread(io.BytesIO(encode_sr(made.context(SERIES), outcome).part10))
    groups = read.content.get_volumetric_roi_measurement_groups()
    told = [
        {
            "finding": (group.finding_type.value, group.finding_type.scheme_designator),
            "category": group.finding_category.value,
            "site": group.finding_sites[0].value.value,
            "side": group.finding_sites[0].laterality.value,
            "segment": group.referenced_segment.referenced_segment_numbers,
            "numbers": {m.name.value: (m.value, m.unit.value) for m in group.get_measurements()},
        }
        for group in groups
    ]
    first, second = made.two_nodules(SERIES)
    assert told == [
        {
            "finding": ("27925004", "SCT"),
            "category": "49755003",
            "site": site,
            "side": side,
            "segment": [number],
            "numbers": {
                "103339001": (8.3456, "mm"),
                "103340004": (6.1, "mm"),
                "118565006": (finding.volume_mm3, "mm3"),
                "112031": (-123.4, "[hnsf'U]"),
                "122157": (finding.probability, "1"),
            },
        }
        for number, finding, site, side in [(1, first, "45653009", "24028007"), (2, second, "90572001", "7771000")]
    ]


def test_every_number_has_a_unit_of_the_standards_own_lists() -> None:
    allowed = {
        value
        for versions in concepts["UCUM"].values()
        for value, (_, groups) in versions.items()
        if {7181, 7460, 7461, 7462} & set(groups)
    }
    numbers = [item for item in items(document(OUTCOMES["positive"])) if item.ValueType == "NUM"]
    assert len(numbers) == 10
    for number in numbers:
        assert code(number.MeasuredValueSequence[0].MeasurementUnitsCodeSequence)[0] in allowed


@pytest.mark.parametrize("name", OUTCOMES)
def test_encoding_again_gives_the_same_bytes_and_another_run_another_document(name: str) -> None:
    once = encode_sr(made.context(SERIES), OUTCOMES[name])
    again = encode_sr(made.context(SERIES), OUTCOMES[name])
    rerun = encode_sr(made.context(SERIES, run=2), OUTCOMES[name])
    assert again == once
    assert rerun.sop_instance_uid != once.sop_instance_uid
    assert rerun.series_instance_uid != once.series_instance_uid


@pytest.mark.parametrize("character_set", list(CharacterSet))
def test_pydicom_writes_what_it_read_byte_for_byte(character_set: CharacterSet) -> None:
    part10 = encode_sr(made.context(SERIES, character_set=character_set), OUTCOMES["positive"]).part10
    stream = io.BytesIO()
    dcmwrite(stream, dcmread(io.BytesIO(part10)), enforce_file_format=True)
    assert stream.getvalue() == part10


@pytest.mark.parametrize("character_set", list(CharacterSet))
def test_chinese_text_is_written_in_the_chosen_character_set(character_set: CharacterSet) -> None:
    part10 = encode_sr(made.context(SERIES, character_set=character_set), OUTCOMES["positive"]).part10
    encoding = {"ISO_IR 192": "utf-8", "GB18030": "gb18030"}[character_set.value]
    for text in ("Zhang^XiaoDong=张^小东", "=李^医生", "华西医院", "胸部平扫", "胸部 CT", "右肺上叶"):
        assert text.encode(encoding) in part10, text


# PS3.5 Annex K, example 2: a name in ISO 2022 IR 58 with its escape sequences, as bytes.
ANNEX_K = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab"


def renamed(name: bytes, declared: str) -> made.Series:
    """A series whose files hold these bytes as the patient's name under this declared character set."""
    with config.disable_value_validation():
        series = made.single_frames(SpecificCharacterSet=declared)
    header = series.headers[0]
    header[0x0010, 0x0010] = header.get_item(0x00100010)._replace(value=name)
    return series


def test_a_name_in_iso_2022_ir_58_comes_out_without_escapes() -> None:
    series = renamed(ANNEX_K, "\\ISO 2022 IR 58")
    assert str(document(OUTCOMES["refused"], series).PatientName) == "Zhang^XiaoDong=张^小东"


@pytest.mark.filterwarnings("ignore:Failed to encode value")
def test_a_name_that_is_not_of_the_declared_character_set_is_read_as_what_it_is() -> None:
    series = renamed("=王^小东".encode("gbk"), "ISO_IR 100")
    said = document(OUTCOMES["refused"], series)
    assert str(said.PatientName) == "=王^小东"


def test_a_sequence_is_repeated_with_its_private_elements_and_an_items_own_character_set() -> None:
    private, own = Dataset(), Dataset()
    private.add_new(0x00091001, "UN", b"\x01\x02")
    private.CodeMeaning = "平扫"
    own.SpecificCharacterSet, own.CodeMeaning = "ISO_IR 192", "增强"
    series = made.single_frames(ProcedureCodeSequence=[private, own])
    codes = document(OUTCOMES["refused"], series).ProcedureCodeSequence
    assert [item.CodeMeaning for item in codes] == ["平扫", "增强"]
    assert codes[0][0x00091001].value == b"\x01\x02"
    assert "SpecificCharacterSet" not in codes[1]


COPIED = [
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
    "ProcedureCodeSequence",
]


def test_patient_and_study_are_those_of_the_source() -> None:
    said = document(OUTCOMES["positive"])
    different = [key for key in COPIED if str(said[key].value) != str(SERIES.headers[0][key].value)]
    assert different == []


def test_odd_headers_are_repeated_and_do_not_stop_a_result() -> None:
    with config.disable_value_validation():
        series = made.single_frames(PatientSex="U", StudyDate="2026.7.7", PatientBirthDate="unknown")
    header = series.headers[0]
    for keyword in ("PatientID", "Manufacturer", "StudyTime", "ReferringPhysicianName"):
        del header[keyword]
    header.SOPClassUID = UID("1.3.12.2.1107.5.9.1")
    said = document(OUTCOMES["refused"], series)
    assert (said.PatientSex, said.StudyDate, said.PatientBirthDate) == ("U", "2026.7.7", "unknown")
    assert (said.PatientID, said.StudyTime, said.ReferringPhysicianName) == ("", "", "")
    evidence = said.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert evidence[0].ReferencedSOPClassUID == "1.3.12.2.1107.5.9.1"


@pytest.mark.parametrize(
    "keyword", [name for name in (*PATIENT_AND_STUDY, *SCANNER) if dictionary_VR(name) not in {"SQ", "UI"}]
)
@pytest.mark.parametrize("value", [b"none given", b"\xff\xfe\x80", b"7" * 300])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_value_of_the_header_stops_a_result(keyword: str, value: bytes) -> None:
    series = made.single_frames()
    tag = Tag(keyword)
    series.headers[0][tag] = RawDataElement(tag, dictionary_VR(tag), len(value), value, 0, False, True)
    said = document(OUTCOMES["positive"], series)
    assert said.StudyInstanceUID == series.headers[0].StudyInstanceUID
    assert encode_seg(made.context(series), made.reading(series, made.two_nodules(series))) is not None


@pytest.mark.parametrize("keyword", [name for name in PATIENT_AND_STUDY if dictionary_VR(name) == "SQ"])
@pytest.mark.parametrize("value", [b"none", b"\xfe\xff\x00\xe0\xff\xff\xff\xff", b"\x08\x00\x00\x01SH\xff\xff"])
def test_no_bytes_that_are_no_sequence_stop_a_result(keyword: str, value: bytes) -> None:
    series = made.single_frames()
    tag = Tag(keyword)
    series.headers[0][tag] = RawDataElement(tag, "UN", len(value), value, 0, False, True)
    said = document(OUTCOMES["positive"], series)
    assert said.PatientID == SERIES.headers[0].PatientID


@pytest.mark.parametrize("keyword", ["TimezoneOffsetFromUTC", "Modality"])
@pytest.mark.parametrize(("vr", "value"), [("FD", b"abcd"), ("UL", b"abc"), ("IS", b"1e999 "), ("UV", b"1234")])
def test_no_value_of_another_kind_stops_a_result(keyword: str, vr: str, value: bytes) -> None:
    series = made.single_frames()
    tag = Tag(keyword)
    series.headers[0][tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    assert document(OUTCOMES["positive"], series).PatientID == SERIES.headers[0].PatientID


def test_a_weight_of_letters_is_left_out_and_the_rest_is_repeated() -> None:
    series = made.single_frames()
    tag = Tag("PatientWeight")
    series.headers[0][tag] = RawDataElement(tag, "DS", 6, b"heavy ", 0, False, True)
    said = document(OUTCOMES["refused"], series)
    assert "PatientWeight" not in said
    assert said.PatientID == SERIES.headers[0].PatientID


def test_every_instance_that_is_referenced_or_was_read_is_in_the_evidence() -> None:
    context = made.context(SERIES)
    said = document(OUTCOMES["positive"])
    evidence = {
        instance.ReferencedSOPInstanceUID
        for study in said.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    referenced = {
        reference.ReferencedSOPInstanceUID
        for item in items(said)
        for reference in item.get("ReferencedSOPSequence", [])
    }
    assert context.sop_instance_uid(ObjectKind.SEG) in referenced
    assert referenced - {context.sop_instance_uid(ObjectKind.SEG)} <= {each.SOPInstanceUID for each in SERIES.headers}
    assert evidence == referenced | {source.sop_instance_uid for source in SERIES.sources}


def test_the_machine_that_said_it_can_be_found_again() -> None:
    said = document(OUTCOMES["positive"])
    assert said.DeviceUID == made.PACKAGE.device_uid
    assert answers(said, ("121005", "DCM")) == {("121007", "DCM")}
    observers = [
        i.UID for i in items(said) if i.ValueType == "UIDREF" and i.ConceptNameCodeSequence[0].CodeValue == "121012"
    ]
    assert observers == [made.PACKAGE.device_uid]
    assert said.DeviceSerialNumber == "2.25.4711"
    assert list(said.SoftwareVersions) == ["Consilium 0.1.0.0", "ct_chest_nodule 1.2.0.7"]
    assert set(texts(said, "111003")) == {"1.2.0.7"}
    parameters = " | ".join(texts(said, "111002"))
    for part in ("probability >= 0.5", "isotonic", "research; 仅供研究使用", "analysis-1, run 1"):
        assert part in parameters
    assert f"weights SHA-256: {made.WEIGHTS} (models/network.safetensors)" in parameters
    assert f"package SHA-256: {made.PACKAGE_SHA256}" in parameters


def test_ours_is_the_one_processing_equipment_and_the_scanner_keeps_its_name() -> None:
    equipment = document(OUTCOMES["negative"]).ContributingEquipmentSequence
    told = {code(item.PurposeOfReferenceCodeSequence)[0]: item for item in equipment}
    assert len(equipment) == len(told) == 2
    assert told["109101"].Manufacturer == "联影"
    assert told["109102"].ManufacturerModelName == "Consilium"
    assert told["109102"].ContributionDateTime == "20260707090203.456000+0800"


@pytest.mark.parametrize(
    ("stated", "offset", "date", "moment"),
    [
        (None, "+0800", "20260707", "090203.456000"),
        ("-0530", "-0530", "20260706", "193203.456000"),
        ("+08:00", "+0800", "20260707", "090203.456000"),
    ],
)
def test_times_are_told_in_the_sources_zone_or_the_hospitals(
    stated: str | None, offset: str, date: str, moment: str
) -> None:
    series = SERIES if stated is None else made.single_frames(TimezoneOffsetFromUTC=stated)
    said = document(OUTCOMES["refused"], series)
    assert (said.TimezoneOffsetFromUTC, said.ContentDate, said.ContentTime) == (offset, date, moment)


def test_a_time_without_a_zone_is_refused() -> None:
    naive = made.MOMENTS.finished_at.replace(tzinfo=None)
    with pytest.raises(BadContext, match="zone"):
        Moments(finished_at=naive, encoded_at=made.MOMENTS.encoded_at, utc_offset="+0800")


def test_the_order_it_answers_is_named() -> None:
    request = document(OUTCOMES["positive"]).ReferencedRequestSequence[0]
    assert request.AccessionNumber == "A20260707"
    assert request.PlacerOrderNumberImagingServiceRequest == "P-1"
    assert request.RequestedProcedureID == "RP-9"
    assert "ReferencedRequestSequence" not in document(OUTCOMES["positive"], order=None)


def test_the_series_is_new_numbered_above_9000_and_named_as_ai() -> None:
    said = document(OUTCOMES["positive"])
    assert said.SeriesInstanceUID != SERIES.headers[0].SeriesInstanceUID
    assert said.SeriesNumber >= 9000
    assert said.SeriesDescription.startswith("AI ")


@pytest.mark.parametrize(("language", "words"), [(Language.ZH_CN, "未经医师核实"), (Language.EN, "not verified")])
@pytest.mark.parametrize("name", ["positive", "negative", "refused", "failed"])
def test_every_statement_says_in_words_that_nobody_verified_it(name: str, language: Language, words: str) -> None:
    comments = texts(document(OUTCOMES[name], language=language), "121106")
    assert comments
    assert all(words in comment for comment in comments)


@pytest.mark.parametrize(
    ("modality", "procedure"),
    [("CT", "25045-6"), ("MR", "25056-3"), ("DX", "43468-8"), ("US", "363679005")],
)
def test_the_procedure_reported_is_the_studys_not_the_packages(modality: str, procedure: str) -> None:
    said = document(OUTCOMES["refused"], made.single_frames(Modality=modality))
    assert {value for value, _ in answers(said, ("121058", "DCM"))} == {procedure}


def test_a_thousand_slices_make_a_small_document_quickly() -> None:
    series = made.single_frames(shape=(1000, 30, 40))
    context = made.context(series)
    outcome = made.reading(series, made.two_nodules(series))
    started = time.process_time()
    part10 = encode_sr(context, outcome).part10
    assert time.process_time() - started < 5
    assert len(part10) < 500_000


def test_a_lesion_keeps_its_identity_when_the_analysis_is_run_again_and_finds_one_more() -> None:
    first, second = made.two_nodules(SERIES)
    before = tracking(b"k", "ct_chest_nodule", made.reading(SERIES, (first, second)))
    more = made.nodule(SERIES, 1, (6, 2, 3), made.blob((2, 3, 3)))
    after = tracking(
        b"k", "ct_chest_nodule", made.reading(SERIES, (more, replace(first, number=2), replace(second, number=3)))
    )
    assert (after[2].uid, after[3].uid) == (before[1].uid, before[2].uid)
    assert after[1].uid not in {before[1].uid, before[2].uid}


@given(st.lists(st.tuples(*[st.floats(-400, 400)] * 3), min_size=1, max_size=30))
def test_no_two_findings_share_a_tracking_uid_however_close_they_lie(centers: list[tuple[float, float, float]]) -> None:
    first, _ = made.two_nodules(SERIES)
    findings = tuple(replace(first, number=n, center_mm=center) for n, center in enumerate(centers, start=1))
    pairs = tracking(b"k", "ct_chest_nodule", made.reading(SERIES, findings))
    assert len({pair.uid for pair in pairs.values()}) == len(centers)


@pytest.mark.real_data
def test_every_declared_name_of_the_character_set_collection_survives(datasets: Path) -> None:
    rows = json.loads((datasets / "dicom_suite" / "index.json").read_text())
    wrong = {}
    for row in rows:
        if row["path"].startswith("charset/") and row.get("name_level") == "declared":
            header = dcmread(datasets / "dicom_suite" / row["path"], force=True, stop_before_pixels=True)
            source = replace(SERIES, headers=(header,))
            name = str(document(OUTCOMES["refused"], source).PatientName)
            if name != row["expect_patient_name"]:
                wrong[row["path"]] = name
    assert wrong == {}
