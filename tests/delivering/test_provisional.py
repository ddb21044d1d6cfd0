"""An emergency may be reported before its audit: marked, for 24 hours, and the final report takes its place (AC-72)."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset

from service.archive import clocks, deliveries, hospitals, report_audits, reports, worklist
from service.archive.deliveries import Delivery
from service.archive.events import EventKind
from service.archive.orders import Order
from service.archive.reports import Report
from service.archive.results import ResultKind
from service.archive.store import Archive
from service.domain.delivery import DeliveryState
from service.domain.examination import ExaminationWord
from service.domain.hospital import Finalising
from service.domain.lifecycle import IllegalTransition
from service.domain.order import ExamClass, OrderState
from service.domain.report import ReportText
from service.domain.review import ReviewAction
from service.domain.wall import Wall
from service.flow import take_back
from service.flow.clock import tell_due
from service.flow.report_audit import Auditing, audited
from service.signing import verification
from tests.delivering.conftest import Outbox
from tests.delivering.reader import BEN_SIGNS, Reader
from tests.delivering.test_signed_report import KO, PDF, texts, told, webhook_of
from tests.delivering.test_verifying import person
from tests.interop.validators import dump, iod_errors, template_errors
from tests.support.flowing import WALL, chest, pass_time
from tests.support.pacs import SC, SEG, SR, VERIFICATION, ScriptedPacs

HOUR_S = 3600.0
EMERGENCIES_FIRST = Finalising.BY_AUDIT_EMERGENCIES_FIRST


@pytest.fixture
def pacs(pacs: ScriptedPacs) -> ScriptedPacs:
    pacs.takes = (SR, SEG, SC, PDF, KO, VERIFICATION)
    return pacs


@pytest.fixture
def order(outbox: Outbox) -> Order:
    """Of an emergency, from a hospital whose HIS is told."""
    with outbox.flow.archive.write() as connection:
        hospitals.add_peer(connection, WALL, webhook_of(outbox.flow.hospital))
    images = chest()
    placed = outbox.flow.place(study_uid=str(images[0].StudyInstanceUID), exam_class=ExamClass.EMERGENCY)
    outbox.read(*images)
    return outbox.flow.order(placed.id)


@pytest.fixture
def reader(outbox: Outbox, order: Order) -> Reader:
    """Somebody with a key of their own, who accepted what the package found."""
    while outbox.encode() or outbox.deliver():
        pass
    signer, seal = person(outbox.flow.archive, "anna", "安娜")
    study = outbox.flow.study(order.study_instance_uid)
    reader = Reader(outbox, study, Wall.person(signer.id, None), signer, seal)
    reader.judge(ReviewAction.ACCEPT)
    return reader


def audit(reader: Reader, text: ReportText | None = None) -> Report:
    auditor, seal = person(reader.outbox.flow.archive, "ben", "本")
    with reader.outbox.flow.archive.write() as connection:
        return audited(connection, Wall.person(auditor.id, None), reader.study, Auditing(auditor, text), seal)


def send_back(reader: Reader) -> Report:
    """The auditor returns it; the draft that goes on from it."""
    with reader.outbox.flow.archive.write() as connection:
        return take_back.give_back(connection, Wall.person("ben", None), reader.study, "侧别写反了", BEN_SIGNS)


def messages(reader: Reader) -> list[Delivery]:
    with reader.outbox.flow.archive.read() as connection:
        ours = deliveries.of_study(connection, WALL, reader.study.id)
    return [each for each in ours if each.body is not None and '"report_id"' in each.body]


def said(messages: list[Delivery]) -> list[tuple[str, Any]]:
    bodies = (json.loads(each.body or "") for each in messages)
    return [(each["type"], each["data"].get("audit_due_at")) for each in bodies]


def word(reader: Reader) -> ExaminationWord:
    with reader.outbox.flow.archive.read() as connection:
        line = worklist.of_study(connection, WALL, reader.study.id)
    assert line is not None
    return line.word


def flags(document: Dataset) -> tuple[str, str, str]:
    return document.CompletionFlag, document.PreliminaryFlag, document.VerificationFlag


def paper(document: Dataset, folder: Path) -> str:
    path = folder / "report.pdf"
    path.write_bytes(document.EncapsulatedDocument)
    shown = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, timeout=60)
    return shown.stdout.decode()


def wrong(reader: Reader, report: Report) -> list[str]:
    seen = verification.verified(reader.outbox.flow.archive, WALL, report.id)
    return [each.words for each in seen if not each.is_whole]


def test_what_was_signed_is_at_the_hospital_before_its_audit_and_says_so_everywhere(
    reader: Reader, pacs: ScriptedPacs, order: Order, tmp_path: Path
) -> None:
    of_package = told(pacs, SR)[-1]
    signed = reader.sign(finalising=EMERGENCIES_FIRST, marked=1)
    reader.outbox.encode()
    reader.outbox.deliver()

    provisional = told(pacs, SR)[-1]
    assert flags(provisional) == ("COMPLETE", "PRELIMINARY", "UNVERIFIED")
    assert "VerifyingObserverSequence" not in provisional
    assert [each.PersonName.ideographic for each in provisional.AuthorObserverSequence] == ["安娜"]
    (predecessor,) = provisional.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert predecessor.ReferencedSOPInstanceUID == of_package.SOPInstanceUID
    (words,) = [each for each in texts(provisional) if each.startswith("临时报告")]
    assert re.search(r"须于 \d{4}-\d\d-\d\d \d\d:\d\d \+0800 前", words)
    (sheet,) = told(pacs, PDF)
    assert sheet.VerificationFlag == "UNVERIFIED"
    printed = paper(sheet, tmp_path)
    assert "临时报告，待审核" in printed
    assert words.split("；")[0] in re.sub(r"\s*\n\s*", "", printed)
    assert "审核医师：待审核" in printed
    assert len(told(pacs, KO)) == 1

    assert signed.audit_due_at == pytest.approx((signed.signed_at or 0.0) + 24 * HOUR_S)
    assert reader.outbox.flow.order(order.id).state is OrderState.PRELIMINARY
    ((kind, due_at),) = said(messages(reader))
    assert kind == "result.provisional"
    assert due_at is not None
    assert word(reader) is ExaminationWord.PROVISIONAL
    assert wrong(reader, signed) == []


def test_the_audit_makes_it_final_and_the_final_documents_name_the_provisional_one(
    reader: Reader, pacs: ScriptedPacs, order: Order, tmp_path: Path
) -> None:
    reader.sign(finalising=EMERGENCIES_FIRST, marked=1)
    reader.outbox.encode()
    reader.outbox.deliver()
    provisional = told(pacs, SR)[-1]
    released = audit(reader, ReportText("右肺上叶见一结节。", "右肺结节", "随访"))
    reader.outbox.encode()
    reader.outbox.deliver()

    final = told(pacs, SR)[-1]
    assert flags(final) == ("COMPLETE", "FINAL", "VERIFIED")
    assert [each.VerifyingObserverName.ideographic for each in final.VerifyingObserverSequence] == ["安娜", "本"]
    assert final.SOPInstanceUID != provisional.SOPInstanceUID
    replaced = [
        each.ReferencedSOPInstanceUID
        for series in final.PredecessorDocumentsSequence[0].ReferencedSeriesSequence
        for each in series.ReferencedSOPSequence
    ]
    assert provisional.SOPInstanceUID in replaced
    assert "右肺上叶见一结节。" in texts(final)
    assert not [each for each in texts(final) if each.startswith("临时报告")]
    printed = paper(told(pacs, PDF)[-1], tmp_path)
    assert "临时" not in printed
    assert "审核医师：本" in printed
    assert len(told(pacs, KO)) == 1, "no audit changes it, so it is not sent again"

    assert reader.outbox.flow.order(order.id).state is OrderState.FINAL
    assert said(messages(reader))[-1] == ("result.final", None)
    assert word(reader) in {ExaminationWord.RELEASED, ExaminationWord.DELIVERED}
    assert wrong(reader, released) == []


def test_an_audit_that_comes_first_leaves_nothing_provisional_to_send(reader: Reader, pacs: ScriptedPacs) -> None:
    reader.sign(finalising=EMERGENCIES_FIRST, marked=1)
    reader.outbox.encode()
    sent = len(pacs.stored)
    released = audit(reader)
    reader.outbox.encode()
    while reader.outbox.deliver():
        pass

    documents = told(pacs, SR)
    assert [flags(each)[1] for each in documents[1:]] == ["FINAL"]
    assert [each.sop_class_uid for each in pacs.stored[sent:]].count(PDF) == 1
    assert len(told(pacs, KO)) == 1, "what no audit changes goes out whenever it was made"
    assert word(reader) is ExaminationWord.DELIVERED
    states = {json.loads(each.body or "")["type"]: each.state for each in messages(reader)}
    assert states["result.provisional"] is DeliveryState.CANCELLED
    assert wrong(reader, released) == []


def test_a_step_that_comes_late_makes_nothing_provisional_of_what_was_audited(
    reader: Reader, pacs: ScriptedPacs
) -> None:
    reader.sign(finalising=EMERGENCIES_FIRST)
    released = audit(reader)
    reader.outbox.encode()
    while reader.outbox.deliver():
        pass
    assert [flags(each)[1] for each in told(pacs, SR)[1:]] == ["FINAL"]
    assert [kind for kind, _ in said(messages(reader))] == ["result.final"]
    assert wrong(reader, released) == []


def withdrawn_by_its_signer(reader: Reader) -> None:
    reader.withdraw()


@pytest.mark.parametrize("take", [send_back, withdrawn_by_its_signer])
def test_what_is_taken_back_after_it_was_out_is_withdrawn_from_the_hospital(
    reader: Reader, pacs: ScriptedPacs, order: Order, take: Callable[[Reader], object]
) -> None:
    signed = reader.sign(finalising=EMERGENCIES_FIRST)
    reader.outbox.encode()
    reader.outbox.deliver()
    given = {told(pacs, SR)[-1].SOPInstanceUID, told(pacs, PDF)[-1].SOPInstanceUID}
    take(reader)
    reader.outbox.encode()
    reader.outbox.deliver()

    note = told(pacs, KO)[-1]
    assert note.ConceptNameCodeSequence[0].CodeValue == "113001"
    assert {each.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for each in note.ContentSequence[1:]} >= given
    assert said(messages(reader))[-1] == ("result.withdrawn", None)
    assert reader.outbox.flow.order(order.id).state is OrderState.PRELIMINARY
    with reader.outbox.flow.archive.read() as connection:
        versions = reports.of_study(connection, WALL, reader.study.id)
    assert versions[0].state.value == "withdrawn"
    assert wrong(reader, signed) == []


def test_a_returned_report_is_written_on_and_counted_as_returned(reader: Reader) -> None:
    reader.sign(finalising=EMERGENCIES_FIRST)
    draft = send_back(reader)
    assert (draft.state.value, draft.version, draft.content.text.findings) == ("draft", 2, "右肺见一结节。")
    assert word(reader) is ExaminationWord.DRAFT
    with reader.outbox.flow.archive.read() as connection:
        (rate,) = report_audits.rates(connection, WALL, since=0.0)
    assert (rate.audited, rate.returned) == (0, 1)


def test_nobody_recalls_in_silence_what_the_hospital_has(reader: Reader) -> None:
    reader.sign(finalising=EMERGENCIES_FIRST)
    with pytest.raises(IllegalTransition), reader.outbox.flow.archive.write() as connection:
        take_back.recall(connection, reader.wall, reader.study)


def passed(reader: Reader) -> list[tuple[object, bool]]:
    """What the clocks told: the share, and whether it is of the audit."""
    return [
        (each.detail["percent"], "audit_of" in each.detail)
        for each in reader.outbox.flow.events(reader.study)
        if each.kind is EventKind.CLOCK_PASSED
    ]


def overdue(reader: Reader) -> int:
    return [each.kind for each in reader.outbox.flow.events(reader.study)].count(EventKind.AUDIT_OVERDUE)


def test_an_audit_that_is_late_is_told_to_readers_and_hospital_once_whoever_restarts(reader: Reader) -> None:
    flow = reader.outbox.flow
    reader.sign(finalising=EMERGENCIES_FIRST)
    before = passed(reader)
    flow.pass_time(13 * HOUR_S)
    tell_due(flow.archive)
    assert (passed(reader)[len(before) :], overdue(reader)) == ([(50, True)], 0)
    again = Archive(flow.archive.folder)
    try:
        pass_time(again, 11.5 * HOUR_S)
        tell_due(again)
        tell_due(again)
    finally:
        again.close()
    assert passed(reader)[len(before) :] == [(50, True), (80, True), (100, True)]
    assert overdue(reader) == 1
    assert [kind for kind, _ in said(messages(reader))] == ["result.audit_overdue"]


def test_an_audit_in_time_is_told_of_no_more_and_its_message_goes_no_more(reader: Reader) -> None:
    flow = reader.outbox.flow
    reader.sign(finalising=EMERGENCIES_FIRST)
    flow.pass_time(25 * HOUR_S)
    tell_due(flow.archive)
    audit(reader)
    (message,) = messages(reader)
    assert message.state is DeliveryState.CANCELLED
    flow.pass_time(100 * HOUR_S)
    assert tell_due(flow.archive) == 0


def test_the_report_counts_as_made_with_its_signature_and_not_again_with_its_audit(reader: Reader) -> None:
    flow = reader.outbox.flow
    flow.pass_time(600.0)
    reader.sign(finalising=EMERGENCIES_FIRST)
    flow.pass_time(5 * HOUR_S)
    audit(reader)
    with flow.archive.read() as connection:
        ((figure,),) = clocks.stopped(connection, WALL, since=0.0).values()
    assert figure.elapsed_s == pytest.approx(600, abs=60)


def test_an_amendment_waits_for_its_audit_while_the_final_report_stands(reader: Reader, pacs: ScriptedPacs) -> None:
    reader.sign(finalising=EMERGENCIES_FIRST)
    audit(reader)
    reader.outbox.encode()
    while reader.outbox.deliver():
        pass
    sent = len(pacs.stored)
    amendment = reader.sign("右肺上叶见两枚结节。", finalising=EMERGENCIES_FIRST)
    assert amendment.state.value == "signed"
    reader.outbox.encode()
    assert not reader.outbox.deliver()
    assert len(pacs.stored) == sent


def test_what_is_no_emergency_waits_in_the_centre(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read(*chest())
    outbox.all_sent()
    sent = len(pacs.stored)
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    assert reader.sign(finalising=EMERGENCIES_FIRST).state.value == "signed"
    outbox.all_sent()
    assert len(pacs.stored) == sent


def test_a_provisional_record_or_document_that_was_changed_is_seen(reader: Reader) -> None:
    signed = reader.sign(finalising=EMERGENCIES_FIRST)
    reader.outbox.encode()
    archive = reader.outbox.flow.archive
    with archive.write() as connection:
        connection.exec_driver_sql("UPDATE report SET audit_due_at = audit_due_at + 3600")
    assert wrong(reader, signed) == ["report differs from its record: time for the audit"]
    with archive.write() as connection:
        connection.exec_driver_sql("UPDATE report SET audit_due_at = audit_due_at - 3600")
        connection.exec_driver_sql("UPDATE delivery SET result_id = NULL")
        connection.exec_driver_sql("DELETE FROM result WHERE report_id = ? AND kind = 'PDF'", (signed.id,))
    assert wrong(reader, signed) == ["PDF is not there"]


def test_the_validators_find_no_fault_in_a_provisional_sr(reader: Reader, tmp_path: Path) -> None:
    signed = reader.sign(finalising=EMERGENCIES_FIRST)
    reader.outbox.encode()
    made = reader.documents(signed)[ResultKind.SR]
    part10 = reader.outbox.flow.archive.objects.load(made.hospital, made.object_name)
    assert iod_errors(part10, "Comprehensive3DSR", tmp_path) == []
    assert template_errors(part10, tmp_path) == []
    assert "Provisional report" in dump(part10, tmp_path)
    paper_made = reader.documents(signed)[ResultKind.PDF]
    content = reader.outbox.flow.archive.objects.load(paper_made.hospital, paper_made.object_name)
    assert iod_errors(content, "EncapsulatedPDF", tmp_path) == []
