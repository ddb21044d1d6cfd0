"""What a physician signed reaches the hospital, verified and final; what they rejected does not."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydicom import Dataset
from pynetdicom.dsutils import decode

from models.contract import LUNG, RIGHT
from service.access.onboarding import PacsAddress
from service.archive import deliveries, hospitals, results, worklist
from service.archive.events import EventKind
from service.archive.hospitals import Peer, new_hospital_id
from service.archive.results import ResultKind
from service.archive.store import Archive
from service.domain.codes import GROUND_GLASS_OPACITY
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel, Finalising, ReleasePolicy, ae_title
from service.domain.order import OrderState
from service.domain.report import ReportText
from service.domain.report_audit import change_sha256
from service.domain.review import Description, RejectionReason, ReviewAction
from service.domain.wall import HospitalId
from service.flow.hand_back import hand_back
from service.flow.report_audit import Auditing, audited
from service.pixels.pool import PixelPool
from service.results.signed_report import person_name
from tests.delivering.conftest import Outbox, outbox_of
from tests.delivering.reader import BEN_SIGNS, SMALLER, Reader, seal
from tests.interop.validators import dump, iod_errors, template_errors
from tests.reviewing.writing import BEN
from tests.support.flowing import WALL, chest, flowing, no_nodule
from tests.support.pacs import AE_TITLE, SC, SEG, SR, VERIFICATION, ScriptedPacs
from workers.report_context import ReportSource, report_rows_of

PDF = "1.2.840.10008.5.1.4.1.1.104.1"
KO = "1.2.840.10008.5.1.4.1.1.88.59"


def told(pacs: ScriptedPacs, sop_class_uid: str) -> list[Dataset]:
    """The objects of a class that the PACS has, oldest first."""
    return [
        decode(io.BytesIO(each.data_set), each.transfer_syntax_uid.startswith("1.2.840.10008.1.2\0"), True)
        for each in pacs.stored
        if each.sop_class_uid == sop_class_uid
    ]


def predecessors(document: Dataset) -> set[str]:
    return {
        str(item.ReferencedSOPInstanceUID)
        for series in document.PredecessorDocumentsSequence[0].ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }


def texts(document: Dataset) -> list[str]:
    return [str(item.TextValue) for item in walked(document) if item.ValueType == "TEXT"]


def webhook_of(hospital: HospitalId) -> Peer:
    return Peer(
        id=new_hospital_id(),
        hospital=hospital,
        channel=Channel.HIS,
        host=None,
        port=None,
        ae_title=None,
        calling_ae=None,
        url="http://127.0.0.1:9/hook",
        sealed_secret=b"",
    )


def walked(item: Dataset) -> Iterator[Dataset]:
    yield item
    for child in item.get("ContentSequence", ()):
        yield from walked(child)


def groups(document: Dataset) -> list[Dataset]:
    return [item for item in walked(document) if _name(item) == "125007"]


def _name(item: Dataset) -> str:
    named = item.get("ConceptNameCodeSequence")
    return str(named[0].CodeValue) if named else ""


def tracked(document: Dataset) -> list[str]:
    return [str(item.UID) for item in walked(document) if _name(item) == "112040"]


@pytest.fixture
def pacs(pacs: ScriptedPacs) -> ScriptedPacs:
    pacs.takes = (SR, SEG, SC, PDF, KO, VERIFICATION)
    return pacs


@pytest.fixture
def reader(outbox: Outbox) -> Reader:
    """Of a study in which the package found one nodule of 3 mm on the right; its own results are at the PACS."""
    study = outbox.read(*chest())
    outbox.all_sent()
    return Reader(outbox, outbox.flow.study(study.study_instance_uid))


def test_the_final_documents_reach_the_pacs_verified_by_name(reader: Reader, pacs: ScriptedPacs) -> None:
    uid = reader.judge(ReviewAction.ACCEPT)
    released = reader.sign(marked=2)
    reader.outbox.all_sent()

    assert [each.sop_class_uid for each in pacs.stored[2:]] == [SR, PDF, KO], (
        "no SEG: the package's own stands as it is"
    )
    preliminary, final = told(pacs, SR)
    assert (final.CompletionFlag, final.PreliminaryFlag, final.VerificationFlag) == ("COMPLETE", "FINAL", "VERIFIED")
    (observer,) = final.VerifyingObserverSequence
    assert observer.VerifyingObserverName.ideographic == "安娜"
    verified_at = datetime.strptime(str(observer.VerificationDateTime), "%Y%m%d%H%M%S.%f%z")
    assert verified_at.timestamp() == pytest.approx(released.signed_at or 0.0, abs=0.001), "in the hospital's zone"
    assert verified_at.utcoffset() == timedelta(hours=8)
    assert observer.VerifyingObserverIdentificationCodeSequence[0].CodeValue == "110510000000001"
    (predecessor,) = final.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert predecessor.ReferencedSOPInstanceUID == preliminary.SOPInstanceUID
    assert tracked(final) == tracked(preliminary) == [uid]
    assert {"右肺见一结节。", "右肺结节", "随访", released.record_sha256} <= set(texts(final))
    assert final.StudyInstanceUID == preliminary.StudyInstanceUID
    assert final.SOPInstanceUID != preliminary.SOPInstanceUID


def test_a_contradiction_that_is_meant_so_goes_out_as_it_was_written(reader: Reader, pacs: ScriptedPacs) -> None:
    reader.judge(ReviewAction.ACCEPT)
    reader.sign("左肺见一结节。")
    reader.outbox.all_sent()

    assert "左肺见一结节。" in texts(told(pacs, SR)[-1]), "the finding lies on the right, and its reader knows"


def test_each_finding_says_who_said_it(reader: Reader, pacs: ScriptedPacs) -> None:
    reader.judge(ReviewAction.ACCEPT)
    reader.judge(ReviewAction.ADD, said=SMALLER)
    reader.sign()
    reader.outbox.all_sent()

    final = told(pacs, SR)[-1]
    confirmed, added = groups(final)
    devices = [
        [_name(item) for item in walked(group) if _name(item) in {"111001", "121012"}] for group in (confirmed, added)
    ]
    assert devices == [["111001", "121012"], []], "algorithm and device beside what a package found, and only there"
    assert [group_words(group) for group in (confirmed, added)] == [
        "右肺见一结节，大小约 3 mm × 3 mm（长径 × 短径），体积 90 mm³，平均 CT 值 -40 HU。 AI 发现，经医师确认。",
        "右肺见一结节，长径约 2 mm。 医师发现。",
    ]
    people = [item for item in walked(final) if _name(item) == "121008"]
    assert [item.PersonName.ideographic for item in people] == ["安娜"]


def test_a_diameter_that_stands_is_a_line_on_its_image(reader: Reader, pacs: ScriptedPacs) -> None:
    reader.judge(ReviewAction.ACCEPT)
    reader.sign()
    reader.outbox.all_sent()

    (confirmed,) = groups(told(pacs, SR)[-1])
    long_axis = next(item for item in walked(confirmed) if _name(item) == "103339001")
    (line,) = long_axis.ContentSequence
    assert (line.ValueType, line.GraphicType) == ("SCOORD", "POLYLINE")
    columns, rows = list(line.GraphicData)[::2], list(line.GraphicData)[1::2]
    assert math.hypot(columns[1] - columns[0], rows[1] - rows[0]) > 0


def group_words(group: Dataset) -> str:
    (comment,) = (str(item.TextValue) for item in walked(group) if _name(item) == "121106")
    return comment


def test_what_was_rejected_is_absent_and_its_region_with_it(reader: Reader, pacs: ScriptedPacs) -> None:
    reader.judge(ReviewAction.REJECT, reason=RejectionReason.VESSEL)
    reader.sign("双肺未见结节。")
    reader.outbox.all_sent()

    assert [each.sop_class_uid for each in pacs.stored[2:]] == [SR, PDF]
    final = told(pacs, SR)[-1]
    (words,) = groups(final)
    assert group_words(words) == "无结构化发现，见报告文字。"
    assert SEG not in {
        item.ReferencedSOPClassUID
        for series in final.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }


def test_a_corrected_measure_replaces_the_packages_and_says_so(reader: Reader, pacs: ScriptedPacs) -> None:
    uid = reader.judge(ReviewAction.CORRECT, said=SMALLER)
    reader.sign()
    reader.outbox.all_sent()

    final = told(pacs, SR)[-1]
    assert tracked(final) == [uid]
    lengths = [
        float(item.MeasuredValueSequence[0].NumericValue) for item in walked(final) if _name(item) == "103339001"
    ]
    assert lengths == [2.0]
    assert any("AI 原文：右肺见一结节，大小约 3 mm" in text for text in texts(final))
    assert _name(next(item for item in walked(groups(final)[0]) if item.ValueType == "SCOORD3D")), "its own place"


def test_a_renamed_region_goes_out_as_a_final_segmentation_of_the_person(reader: Reader, pacs: ScriptedPacs) -> None:
    renamed = Description(GROUND_GLASS_OPACITY, LUNG, RIGHT, None, None, None, 90.0, None, None)
    reader.judge(ReviewAction.CORRECT, said=renamed)
    reader.sign()
    reader.outbox.all_sent()

    assert [each.sop_class_uid for each in pacs.stored[2:]] == [SEG, SR, PDF]
    automatic, reviewed = told(pacs, SEG)
    assert reviewed.ContentCreatorName.ideographic == "安娜"
    assert reviewed.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue == GROUND_GLASS_OPACITY.value
    assert reviewed.PixelData == automatic.PixelData
    assert reviewed.SOPInstanceUID in {
        item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for item in walked(told(pacs, SR)[-1])
        if item.ValueType == "IMAGE"
    }


def test_amending_makes_a_chain_that_is_walked_both_ways(reader: Reader, pacs: ScriptedPacs) -> None:
    versions = []
    for number in (1, 2, 3):
        versions.append(reader.sign(f"第 {number} 版"))
        reader.outbox.all_sent()

    chain = [reader.document(each, ResultKind.SR) for each in versions]
    preliminary = told(pacs, SR)[0]
    for document, former in zip(chain, [None, *chain[:2]], strict=True):
        before = [preliminary] if former is None else [preliminary, former]
        assert predecessors(document) == {each.SOPInstanceUID for each in before}
    assert len({each.SOPInstanceUID for each in told(pacs, SR)}) == 4, "all of them are still there"


def test_the_pdf_reads_like_a_report_and_carries_the_records_hash(reader: Reader, pacs: ScriptedPacs) -> None:
    released = reader.sign()
    reader.outbox.all_sent()

    (document,) = told(pacs, PDF)
    content = document.EncapsulatedDocument[: document.EncapsulatedDocumentLength]
    assert content.startswith(b"%PDF-1.")
    assert f"record-sha256={released.record_sha256}".encode() in content
    assert document.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert len(document.SourceInstanceSequence) == len(reader.outbox.flow.images(reader.study))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("李娜", "=李娜"),
        ("José Müller", "José Müller"),
        ("Anna^Maria=x\\y\nz", "Anna Maria x y z"),
        ("a" * 70, "a" * 64),
    ],
)
def test_a_typed_name_is_a_person_name(typed: str, written: str) -> None:
    assert person_name(typed) == written


def test_a_package_that_found_nothing_is_named_in_the_report_as_well(outbox: Outbox) -> None:
    images = chest()
    study = outbox.flow.dispatched(*images)
    claimed = outbox.flow.claim()
    assert claimed is not None
    outbox.flow.conclude(claimed, no_nodule(images))
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    released = reader.sign("未见异常。")
    rows = report_rows_of(outbox.flow.archive, released.id)
    report = ReportSource(outbox.flow.archive, outbox.encoder.centre, rows).signed_report()
    assert [each.package.name for each in report.packages] == [claimed.package]


def test_a_report_that_was_typed_with_tabs_passes_the_judges(reader: Reader, tmp_path: Path) -> None:
    reader.judge(ReviewAction.ACCEPT)
    released = reader.sign("右肺\t见一结节。\r\n\t随访。")
    reader.outbox.encode()
    made = reader.documents(released)[ResultKind.SR]
    part10 = reader.outbox.flow.archive.objects.load(made.hospital, made.object_name)

    assert json.loads(released.record or "")["content"]["text"]["findings"] == "右肺 见一结节。\r\n 随访。"
    assert iod_errors(part10, "Comprehensive3DSR", tmp_path) == []
    assert "右肺 见一结节。" in dump(part10, tmp_path), "what was signed is what is sent"


def test_the_documents_pass_the_judges(reader: Reader, tmp_path: Path) -> None:
    reader.judge(ReviewAction.ACCEPT)
    reader.judge(ReviewAction.ADD, said=SMALLER)
    released = reader.sign(marked=1)
    reader.outbox.encode()
    reader.withdraw()
    reader.outbox.encode()

    def part10(kind: ResultKind) -> bytes:
        made = reader.documents(released)[kind]
        return reader.outbox.flow.archive.objects.load(made.hospital, made.object_name)

    assert iod_errors(part10(ResultKind.SR), "Comprehensive3DSR", tmp_path) == []
    found = template_errors(part10(ResultKind.SR), tmp_path)
    assert found == [], "\n".join(found)
    assert "右肺见一结节。" in dump(part10(ResultKind.SR), tmp_path)
    assert iod_errors(part10(ResultKind.PDF), "EncapsulatedPDF", tmp_path) == []
    assert iod_errors(part10(ResultKind.KEY_IMAGES), "KeyObjectSelectionDocument", tmp_path) == []
    assert iod_errors(part10(ResultKind.WITHDRAWAL), "KeyObjectSelectionDocument", tmp_path) == []


def test_a_withdrawal_names_what_the_pacs_has_and_stops_what_it_has_not(reader: Reader, pacs: ScriptedPacs) -> None:
    released = reader.sign()
    reader.outbox.all_sent()
    reader.withdraw()
    reader.outbox.all_sent()

    (note,) = told(pacs, KO)
    assert note.ConceptNameCodeSequence[0].CodeValue == "113001"
    named = {
        item.ReferencedSOPInstanceUID
        for series in note.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert named == {each.sop_instance_uid for kind, each in reader.documents(released).items() if "KO" not in kind}
    assert "患者弄错了" in texts(note)


def test_an_amendment_is_called_delivered_only_when_it_arrived_itself(reader: Reader, pacs: ScriptedPacs) -> None:
    def word() -> str:
        with reader.outbox.flow.archive.read() as connection:
            line = worklist.of_study(connection, WALL, reader.study.id)
        assert line is not None
        return line.word.value

    reader.sign("第一版")
    assert word() == "released"
    reader.outbox.all_sent()
    assert word() == "delivered"

    reader.sign("第二版")

    assert word() == "released", "what arrived is the version before it"
    reader.outbox.encode()
    assert word() == "released"
    reader.outbox.all_sent()
    assert word() == "delivered"
    reader.withdraw()
    reader.sign("第三版")
    reader.outbox.encode()
    assert word() == "released"


def test_data_that_are_handed_back_hold_what_came_and_every_document(reader: Reader, tmp_path: Path) -> None:
    released = reader.sign()
    reader.outbox.all_sent()
    flow = reader.outbox.flow
    with flow.archive.read() as connection:
        hospital = hospitals.get(connection, WALL, flow.hospital)
    hand_back(flow.archive, WALL, hospital, tmp_path)
    lines = [each.split(",") for each in (tmp_path / "manifest.csv").read_text().splitlines()[1:]]
    made = {each.sop_instance_uid for each in reader.documents(released).values()}
    assert made
    assert made <= {each[3] for each in lines if each[1] == "result"}
    assert {each.sop_instance_uid for each in flow.images(reader.study)} == {
        each[3] for each in lines if each[1] == "received"
    }
    assert all((tmp_path / each[0]).is_file() for each in lines)


def test_a_withdrawn_amendment_brings_no_older_version_back(reader: Reader, pacs: ScriptedPacs) -> None:
    versions = []
    for number in (1, 2):
        versions.append(reader.sign(f"第 {number} 版"))
        reader.outbox.all_sent()
    reader.withdraw()
    reader.outbox.all_sent()

    (note,) = told(pacs, KO)
    named = {
        item.ReferencedSOPInstanceUID
        for series in note.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert {reader.documents(each)[ResultKind.SR].sop_instance_uid for each in versions} <= named


def test_what_is_signed_after_a_withdrawal_names_the_withdrawn_document(reader: Reader, pacs: ScriptedPacs) -> None:
    withdrawn = reader.sign("写错了")
    reader.outbox.all_sent()
    reader.withdraw()
    released = reader.sign("写对了")
    reader.outbox.all_sent()

    assert reader.document(withdrawn, ResultKind.SR).SOPInstanceUID in predecessors(
        reader.document(released, ResultKind.SR)
    )


def test_what_is_withdrawn_before_it_was_sent_is_never_sent(reader: Reader, pacs: ScriptedPacs) -> None:
    sent = len(pacs.stored)
    released = reader.sign()
    reader.outbox.encode()
    reader.withdraw()
    reader.outbox.all_sent()

    assert len(pacs.stored) == sent
    with reader.outbox.flow.archive.read() as connection:
        states = {
            each.state
            for result in results.of_report(connection, WALL, released.id)
            for each in deliveries.of_result(connection, WALL, result.id)
        }
    assert states == {DeliveryState.CANCELLED}


def test_what_a_newer_version_overtook_is_never_sent_behind_it(reader: Reader, pacs: ScriptedPacs) -> None:
    reader.sign("第 1 版")
    reader.outbox.encode()
    pacs.statuses = [0xA700, 0xA700]
    reader.outbox.deliver()
    pacs.statuses = []
    second = reader.sign("第 2 版")
    reader.outbox.flow.pass_time(3600.0)
    reader.outbox.all_sent()

    finals = [each for each in told(pacs, SR) if each.VerificationFlag == "VERIFIED"]
    assert [each.SOPInstanceUID for each in finals] == [reader.documents(second)[ResultKind.SR].sop_instance_uid]


def test_what_failed_before_a_withdrawal_is_not_sent_again_by_a_connection_test(
    reader: Reader, pacs: ScriptedPacs
) -> None:
    pacs.takes = (VERIFICATION,)
    reader.sign()
    reader.outbox.all_sent()
    reader.withdraw()
    pacs.takes = (SR, SEG, SC, PDF, KO, VERIFICATION)
    with reader.outbox.flow.archive.write() as connection:
        (peer,) = hospitals.peers(connection, WALL, reader.outbox.flow.hospital)
        deliveries.resume_accepted(connection, WALL, peer.id, [SR, PDF])
    reader.outbox.all_sent()
    assert [each for each in told(pacs, SR) if each.VerificationFlag == "VERIFIED"] == []
    assert told(pacs, PDF) == []


def test_nothing_final_leaves_before_the_audit_and_both_names_stand_in_it(reader: Reader, pacs: ScriptedPacs) -> None:
    sent = len(pacs.stored)
    reader.sign(finalising=Finalising.BY_AUDIT)
    reader.outbox.all_sent()
    assert len(pacs.stored) == sent

    with reader.outbox.flow.archive.write() as connection:
        audited(connection, BEN, reader.study, Auditing(BEN_SIGNS), seal)
    reader.outbox.all_sent()
    final = told(pacs, SR)[-1]
    names = [each.VerifyingObserverName.ideographic for each in final.VerifyingObserverSequence]
    assert names == ["安娜", "本·王"]


def test_what_the_auditor_wrote_is_sent_in_place_of_what_was_signed_under_both_names(
    reader: Reader, pacs: ScriptedPacs
) -> None:
    reader.sign("右肺见一结节。", finalising=Finalising.BY_AUDIT)
    changed = ReportText("右肺上叶见一实性结节。", "右肺结节", "三个月后复查。")
    with reader.outbox.flow.archive.write() as connection:
        released = audited(connection, BEN, reader.study, Auditing(BEN_SIGNS, changed), seal)
    reader.outbox.all_sent()

    final = told(pacs, SR)[-1]
    assert {changed.findings, changed.impression, changed.advice} <= set(texts(final))
    assert "右肺见一结节。" not in texts(final)
    hashes = {released.record_sha256, change_sha256(released.audit_record)}
    assert hashes <= set(texts(final))
    assert [each.VerifyingObserverName.ideographic for each in final.VerifyingObserverSequence] == ["安娜", "本·王"]
    (paper,) = told(pacs, PDF)
    for each in hashes:
        assert (each or "-").encode() in paper.EncapsulatedDocument


@pytest.mark.parametrize(
    ("policy", "before", "after"),
    [
        (ReleasePolicy.NEVER, [], [SEG, SR, PDF]),
        (ReleasePolicy.AFTER_SIGNATURE, [], [SEG, SR, SR, PDF]),
        (ReleasePolicy.AT_ONCE, [SEG, SR], [SR, PDF]),
    ],
)
def test_the_packages_own_documents_follow_the_hospitals_policy(
    archive: Archive,
    pacs: ScriptedPacs,
    pixels: PixelPool,
    policy: ReleasePolicy,
    before: list[str],
    after: list[str],
) -> None:
    with flowing(archive, pacs=PacsAddress("127.0.0.1", pacs.port, ae_title(AE_TITLE))) as flow:
        outbox = outbox_of(flow, pixels)
        with archive.write() as connection:
            connection.exec_driver_sql(f"UPDATE hospital SET release_pacs = '{policy.value}'")
        study = outbox.read(*chest())
        outbox.all_sent()
        assert [each.sop_class_uid for each in pacs.stored] == before
        reader = Reader(outbox, flow.study(study.study_instance_uid))
        reader.judge(ReviewAction.ACCEPT)
        reader.sign()
        outbox.all_sent()
        assert [each.sop_class_uid for each in pacs.stored[len(before) :]] == after


def test_the_his_is_told_whatever_the_policy_and_its_order_is_final(reader: Reader) -> None:
    flow = reader.outbox.flow
    with flow.archive.write() as connection:
        hospitals.add_peer(connection, WALL, webhook_of(flow.hospital))
    first = reader.sign("第一版")
    reader.outbox.encode()
    second = reader.sign("第二版")
    reader.outbox.encode()
    reader.withdraw()
    reader.outbox.encode()

    with flow.archive.read() as connection:
        entered = [
            each
            for each in deliveries.of_study(connection, WALL, reader.study.id)
            if each.channel is Channel.HIS and '"report_id"' in (each.body or "")
        ]
    messages = [json.loads(each.body or "") for each in entered]
    open_types = [
        message["type"] for message, each in zip(messages, entered, strict=True) if each.state is DeliveryState.PENDING
    ]
    said = [(each["type"], each["data"]["report_id"], each["data"]["replaces"]) for each in messages]
    assert sorted(said) == sorted(
        [
            ("result.final", first.id, None),
            ("result.amended", second.id, first.id),
            ("result.withdrawn", second.id, first.id),
        ]
    )
    assert open_types == ["result.withdrawn"], "what was overtaken before it was told is told no more"
    assert all("安娜" not in json.dumps(each, ensure_ascii=False) for each in messages)


def test_an_order_that_comes_after_the_report_is_final_and_is_told(reader: Reader) -> None:
    flow = reader.outbox.flow
    with flow.archive.write() as connection:
        hospitals.add_peer(connection, WALL, webhook_of(flow.hospital))
    reader.sign()
    reader.outbox.encode()
    order = flow.place(study_uid=reader.study.study_instance_uid)
    flow.dispatch()

    assert flow.order(order.id).state is OrderState.FINAL
    with flow.archive.read() as connection:
        bodies = [each.body or "" for each in deliveries.of_study(connection, WALL, reader.study.id)]
    assert any('"result.final"' in body and order.id in body for body in bodies)


def test_an_examination_without_a_package_is_reported_as_well(outbox: Outbox, pacs: ScriptedPacs) -> None:
    images = chest()
    outbox.flow.arrive(*images)
    outbox.flow.pass_time(60.0)
    outbox.flow.complete()
    study = outbox.flow.study(str(images[0].StudyInstanceUID))
    reader = Reader(outbox, study)
    released = reader.sign("未见异常。")
    outbox.all_sent()

    assert [each.sop_class_uid for each in pacs.stored] == [SR, PDF]
    assert "PredecessorDocumentsSequence" not in reader.document(released, ResultKind.SR)


def test_a_report_that_cannot_be_made_is_shown_and_the_his_still_told(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no font")

    monkeypatch.setattr("workers.encode_report.encode_report_pdf", broken)
    reader.sign()
    for _ in range(3):
        reader.outbox.encode()
        reader.outbox.flow.pass_time(60.0)
    with reader.outbox.flow.archive.read() as connection:
        assert len(results.failed_reports(connection, WALL)) == 1
    assert EventKind.RESULT_NOT_ENCODED in [event.kind for event in reader.outbox.flow.events(reader.study)]
