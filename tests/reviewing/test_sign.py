"""A signature stands for one record of text, findings and images; what is signed never changes and is never deleted."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contract import LUNG, NODULE, RIGHT, Axis
from service.archive import reports
from service.archive.reports import Report
from service.archive.store import Archive
from service.archive.studies import Study
from service.archive.tables import AUDIT
from service.domain.hospital import Finalising, ReadingMode
from service.domain.lifecycle import IllegalTransition
from service.domain.record import ReportRecord, Signer, canonical, digest
from service.domain.report import ReportChanged, ReportState
from service.domain.review import Description, FindingState, RejectionReason, ReviewAction
from service.flow import report, review, sign, take_back
from service.flow.report import NoOpenReport
from service.flow.report_audit import Auditing, audited
from service.flow.review import Act, ImpressionFirst, ReportSettled
from service.flow.sign import Contradicted, ImagesChanged, OwnReport, PatientInDoubt, Sealed, Shown, Signing, Unreviewed
from service.flow.take_back import NotYours, WhyMissing
from tests.reviewing.writing import ANNA, BEN, content, read_with
from tests.support.flowing import PACKAGE, Flow, chest, flowing, one_nodule

ANNA_SIGNS = Signer("anna", "Anna 安", "主治医师", "110510000000001")
BEN_SIGNS = Signer("ben", "Ben 本", "主任医师", "110510000000002")
LARGE = Description(
    NODULE, LUNG, RIGHT, (1.0, 2.0, 3.0), Axis((0.0, 0.0, 0.0), (9.0, 0.0, 0.0), 9.0, 4), None, None, "2.25.1", None
)


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive) as opened:
        yield opened


@pytest.fixture
def study(flow: Flow) -> Study:
    """Read by the package, which found one nodule of 3 mm on the right."""
    images = chest()
    found = flow.dispatched(*images)
    analysis = flow.claim()
    assert analysis is not None
    flow.conclude(analysis, one_nodule(images))
    return flow.study(found.study_instance_uid)


def seal(record: bytes) -> Sealed:
    return Sealed("key-1", f"sealed {digest(record)}")


def written(flow: Flow, study: Study, text: str = "右肺见一结节，约 3 mm。") -> Report:
    with flow.archive.write() as connection:
        begun = report.begin(connection, ANNA, study, content(text))
        return report.submit(connection, ANNA, study, edition=begun.edition)


def signed(flow: Flow, study: Study, **changes: object) -> Report:
    with flow.archive.write() as connection:
        opened = reports.opened(connection, ANNA, study.id)
        shown = Shown(1 if opened is None else opened.edition, study.revision, study.image_count)
        asked = Signing(ANNA_SIGNS, Finalising.BY_SIGNATURE, shown, frozenset(), close_rest=True)
        return sign.sign(connection, ANNA, study, replace(asked, **changes), seal)  # type: ignore[arg-type]


def judge(flow: Flow, study: Study, action: ReviewAction, **changes: object) -> str:
    with flow.archive.write() as connection:
        (finding, *_) = review.judged(connection, ANNA, study)
        version = review.reviews.version(connection, ANNA, study.id)
        asked = Act(secrets.token_hex(8), finding.tracking_uid, action, None, None, version, None)
        review.act(connection, ANNA, study, replace(asked, **changes))  # type: ignore[arg-type]
        return finding.tracking_uid


def versions(flow: Flow, study: Study) -> list[tuple[int, str]]:
    with flow.archive.read() as connection:
        return [(each.version, each.state.value) for each in reports.of_study(connection, ANNA, study.id)]


def acts(flow: Flow) -> list[str]:
    with flow.archive.read() as connection:
        rows = connection.execute(AUDIT.select().order_by(AUDIT.c.id))
        return [row.action for row in rows if row.action.startswith("report.")]


def test_what_is_signed_is_the_text_the_findings_and_the_images(flow: Flow, study: Study) -> None:
    uid = judge(flow, study, ReviewAction.REJECT, reason=RejectionReason.VESSEL)
    written(flow, study, "双肺未见结节。")
    made = signed(flow, study)
    assert made.record is not None
    said = json.loads(made.record)
    assert said["content"]["text"]["findings"] == "双肺未见结节。"
    assert said["signer"] == {"id": "anna", "name": "Anna 安", "title": "主治医师", "licence": "110510000000001"}
    (finding,) = said["findings"]
    assert (finding["tracking_uid"], finding["state"], finding["reason"]) == (uid, "rejected", "vessel")
    stored = {image.sop_instance_uid: image.sha256 for image in flow.images(study)}
    assert {each["sop_instance_uid"]: each["sha256"] for each in said["instances"]} == stored
    assert (made.record_sha256, made.signature) == (
        digest(made.record.encode()),
        f"sealed {digest(made.record.encode())}",
    )
    assert (made.state, made.signed_by, made.signing_key) == (ReportState.RELEASED, "anna", "key-1")


def test_findings_are_signed_in_the_order_in_which_the_reader_had_them(flow: Flow, study: Study) -> None:
    """Documents list and number them as the record does; the names they are followed by have no order."""
    proposed = judge(flow, study, ReviewAction.ACCEPT)
    added = ["2.25.9", "2.25.1", "2.25.5", "1.2.3"]
    for uid in added:
        judge(flow, study, ReviewAction.ADD, tracking_uid=uid, said=LARGE)
    written(flow, study)
    made = signed(flow, study)
    assert made.record is not None
    record = ReportRecord.read(made.record)
    assert [each.tracking_uid for each in record.findings] == [proposed, *added]
    assert record.canonical().decode() == made.record, "read and written again, byte for byte"


def test_what_a_reader_stands_for_outlives_the_analysis_that_proposed_it(flow: Flow, study: Study) -> None:
    uid = judge(flow, study, ReviewAction.CORRECT, said=LARGE)
    with flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE analysis SET state = 'superseded'")
    written(flow, study, "右肺见一结节，约 9 mm。")
    made = signed(flow, study)
    (finding,) = json.loads(made.record or "")["findings"]
    assert (finding["tracking_uid"], finding["state"]) == (uid, "corrected")


def test_what_nobody_stood_for_goes_with_its_analysis(flow: Flow, study: Study) -> None:
    judge(flow, study, ReviewAction.REJECT, reason=RejectionReason.VESSEL)
    with flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE analysis SET state = 'superseded'")
        assert review.judged(connection, ANNA, study) == ()


def test_images_that_came_after_the_signature_are_looked_at_before_the_audit(flow: Flow, study: Study) -> None:
    written(flow, study)
    signed(flow, study, finalising=Finalising.BY_AUDIT)
    with flow.archive.write() as connection, pytest.raises(ImagesChanged):
        audited(connection, BEN, replace(study, revision=2), Auditing(BEN_SIGNS), seal)
    with flow.archive.write() as connection, pytest.raises(PatientInDoubt):
        audited(connection, BEN, replace(study, identity_conflict=True), Auditing(BEN_SIGNS), seal)
    with flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE instance SET is_image = 0 WHERE id = (SELECT min(id) FROM instance)")
    with flow.archive.write() as connection, pytest.raises(ImagesChanged):
        audited(connection, BEN, study, Auditing(BEN_SIGNS), seal)


def test_a_finding_that_matters_is_judged_before_the_signature_a_small_one_may_be_closed_by_it(
    flow: Flow, study: Study
) -> None:
    written(flow, study)
    with pytest.raises(Unreviewed) as waiting:
        signed(flow, study, close_rest=False)
    assert len(waiting.value.tracking_uids) == 1
    with flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE finding SET long_axis_mm = 6.0")
    with pytest.raises(Unreviewed):
        signed(flow, study, close_rest=True)
    with flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE finding SET long_axis_mm = 3.0")
    done = signed(flow, study)
    assert done.state is ReportState.RELEASED
    record = ReportRecord.read(done.record or "")
    assert [(each.state, each.is_closed) for each in record.findings] == [(FindingState.PROPOSED, True)]
    assert ([each.mode for each in record.modes], record.audit_asked) == ([ReadingMode.CONCURRENT], False)


def test_a_judged_finding_was_not_closed_by_the_signature(flow: Flow, study: Study) -> None:
    judge(flow, study, ReviewAction.ACCEPT)
    written(flow, study)
    done = signed(flow, study)
    assert [each.is_closed for each in ReportRecord.read(done.record or "").findings] == [False]


def test_what_no_reader_was_shown_is_not_closed_by_a_signature(flow: Flow, study: Study) -> None:
    written(flow, study)
    read_with(flow, ReadingMode.TRIAGE_ONLY)
    record = ReportRecord.read(signed(flow, study).record or "")
    assert [each.is_closed for each in record.findings] == [False]
    (said,) = record.modes
    assert (said.package, said.mode) == (PACKAGE, ReadingMode.TRIAGE_ONLY)
    assert said.analysis_id == record.findings[0].origin


def test_a_record_names_the_patient_whom_the_page_showed(flow: Flow, study: Study) -> None:
    written(flow, study)
    judge(flow, study, ReviewAction.ACCEPT)
    patient = ReportRecord.read(signed(flow, study).record or "").patient
    assert patient is not None
    assert (patient.id, patient.name, patient.sex) == (study.patient_id, study.patient_name, study.patient_sex)


def test_nobody_signs_for_a_patient_in_doubt(flow: Flow, study: Study) -> None:
    written(flow, study)
    with pytest.raises(PatientInDoubt):
        signed(flow, replace(study, identity_conflict=True))
    assert versions(flow, study) == [(1, "preliminary")]


def test_a_second_reader_signs_once_they_have_seen_both(flow: Flow, study: Study) -> None:
    judge(flow, study, ReviewAction.ACCEPT)
    written(flow, study)
    read_with(flow, ReadingMode.SECOND_READER)
    with pytest.raises(ImpressionFirst):
        signed(flow, study)
    with flow.archive.write() as connection:
        review.lock_impression(connection, ANNA, study)
    assert signed(flow, study).state is ReportState.RELEASED


def test_a_contradiction_is_shown_and_signed_only_when_it_was_seen(flow: Flow, study: Study) -> None:
    judge(flow, study, ReviewAction.CORRECT, said=LARGE)
    written(flow, study, "左肺见一结节，约 9 mm。")
    with pytest.raises(Contradicted) as shown:
        signed(flow, study)
    (flag,) = shown.value.flags
    assert flag.kind == "side"
    assert signed(flow, study, seen=frozenset({flag})).state is ReportState.RELEASED


def test_two_contradictions_of_one_sentence_are_confirmed_one_by_one(flow: Flow, study: Study) -> None:
    judge(flow, study, ReviewAction.CORRECT, said=LARGE)
    written(flow, study, "左肺见一结节，约 30 mm。")
    with pytest.raises(Contradicted) as shown:
        signed(flow, study)
    side, size = shown.value.flags
    assert side.words == size.words
    with pytest.raises(Contradicted) as left:
        signed(flow, study, seen=frozenset({side}))
    assert left.value.flags == (size,)
    assert signed(flow, study, seen=frozenset({side, size})).state is ReportState.RELEASED


def test_nobody_signs_what_they_have_not_seen(flow: Flow, study: Study) -> None:
    with pytest.raises(NoOpenReport):
        signed(flow, study)
    written(flow, study)
    with pytest.raises(ReportChanged):
        signed(flow, study, shown=Shown(7, study.revision, study.image_count))
    with pytest.raises(ImagesChanged):
        signed(flow, study, shown=Shown(1, study.revision + 1, study.image_count))
    with pytest.raises(ImagesChanged):
        signed(flow, study, shown=Shown(1, study.revision, study.image_count - 1))
    assert versions(flow, study) == [(1, "preliminary")]


def test_a_draft_that_was_not_submitted_is_not_signed(flow: Flow, study: Study) -> None:
    with flow.archive.write() as connection:
        report.begin(connection, ANNA, study, content("text"))
    with pytest.raises(IllegalTransition):
        signed(flow, study)


def test_a_secret_that_does_not_open_the_key_changes_nothing(flow: Flow, study: Study) -> None:
    written(flow, study)

    def refuses(_record: bytes) -> Sealed:
        raise PermissionError("wrong PIN")

    asked = Signing(
        ANNA_SIGNS, Finalising.BY_SIGNATURE, Shown(1, study.revision, study.image_count), frozenset(), close_rest=True
    )
    with pytest.raises(PermissionError), flow.archive.write() as connection:
        sign.sign(connection, ANNA, study, asked, refuses)
    assert versions(flow, study) == [(1, "preliminary")]
    assert "report.sign" not in acts(flow)


def test_where_an_audit_is_asked_a_second_physician_releases(flow: Flow, study: Study) -> None:
    written(flow, study)
    first = signed(flow, study, finalising=Finalising.BY_AUDIT)
    assert (first.state, first.released_at) == (ReportState.SIGNED, None)
    with pytest.raises(OwnReport), flow.archive.write() as connection:
        audited(connection, ANNA, study, Auditing(ANNA_SIGNS), seal)
    with flow.archive.write() as connection:
        released = audited(connection, BEN, study, Auditing(BEN_SIGNS), seal)
    assert (released.state, released.audited_by) == (ReportState.RELEASED, "ben")
    said = json.loads(released.audit_record or "")
    assert (said["record_sha256"], said["auditor"]["name"]) == (first.record_sha256, "Ben 本")
    assert released.record == first.record, "what was signed stays as it was"
    assert acts(flow)[-2:] == ["report.sign", "report.audit"]


def test_an_auditor_returns_with_a_reason_and_the_writer_goes_on_from_the_text(flow: Flow, study: Study) -> None:
    written(flow, study)
    signed(flow, study, finalising=Finalising.BY_AUDIT)
    with pytest.raises(WhyMissing), flow.archive.write() as connection:
        take_back.give_back(connection, BEN, study, " ", BEN_SIGNS)
    with pytest.raises(OwnReport), flow.archive.write() as connection:
        take_back.give_back(connection, ANNA, study, "mine", ANNA_SIGNS)
    second_login = replace(BEN_SIGNS, licence=f" {ANNA_SIGNS.licence}")
    with pytest.raises(OwnReport), flow.archive.write() as connection:
        take_back.give_back(connection, BEN, study, "mine too", second_login)
    with flow.archive.write() as connection:
        draft = take_back.give_back(connection, BEN, study, "size is missing", BEN_SIGNS)
    assert versions(flow, study) == [(1, "returned"), (2, "draft")]
    assert draft.content.text.findings == "右肺见一结节，约 3 mm。"


def test_only_the_signer_recalls_and_only_before_the_audit(flow: Flow, study: Study) -> None:
    written(flow, study)
    signed(flow, study, finalising=Finalising.BY_AUDIT)
    with pytest.raises(NotYours), flow.archive.write() as connection:
        take_back.recall(connection, BEN, study)
    with flow.archive.write() as connection:
        take_back.recall(connection, ANNA, study)
    assert versions(flow, study) == [(1, "recalled"), (2, "draft")]
    with pytest.raises(NoOpenReport), flow.archive.write() as connection:
        take_back.recall(connection, ANNA, study)


def test_an_amendment_names_what_it_replaces_and_the_former_is_kept(flow: Flow, study: Study) -> None:
    written(flow, study)
    first = signed(flow, study)
    for number in (2, 3):
        with flow.archive.write() as connection:
            begun = report.begin(connection, ANNA, study, content(f"右肺见一结节，约 3 mm，第 {number} 次。"))
            report.submit(connection, ANNA, study, edition=begun.edition)
        signed(flow, study)
    assert versions(flow, study) == [(1, "amended"), (2, "amended"), (3, "released")]
    with flow.archive.read() as connection:
        chain = reports.of_study(connection, ANNA, study.id)
    assert [each.predecessor_id for each in chain] == [None, first.id, chain[1].id]
    assert json.loads(chain[2].record or "")["predecessor"] == chain[1].id


def test_findings_of_a_signed_report_are_judged_again_in_an_amendment_only(flow: Flow, study: Study) -> None:
    written(flow, study)
    signed(flow, study)
    with pytest.raises(ReportSettled):
        judge(flow, study, ReviewAction.ACCEPT)
    with flow.archive.write() as connection:
        report.begin(connection, ANNA, study, content("amended"))
    judge(flow, study, ReviewAction.ACCEPT)


def test_a_withdrawn_report_stays_with_its_reason_on_record_and_a_new_one_can_be_written(
    flow: Flow, study: Study
) -> None:
    written(flow, study)
    signed(flow, study)
    with pytest.raises(WhyMissing), flow.archive.write() as connection:
        take_back.withdraw(connection, ANNA, study, "")
    with flow.archive.write() as connection:
        take_back.withdraw(connection, ANNA, study, "wrong patient")
    written(flow, study, "右肺见一结节，约 3 mm。再报。")
    assert versions(flow, study) == [(1, "withdrawn"), (2, "preliminary")]
    with flow.archive.read() as connection:
        (row,) = [each for each in connection.execute(AUDIT.select()) if each.action == "report.withdraw"]
    assert row.detail["why"] == "wrong patient"


def test_the_hospitals_order_is_final_with_the_report_and_preliminary_again_without_it(
    flow: Flow, study: Study
) -> None:
    order = flow.place(study_uid=study.study_instance_uid)
    written(flow, study)
    signed(flow, study, finalising=Finalising.BY_AUDIT)
    seen = [flow.order(order.id).state.value]
    with flow.archive.write() as connection:
        audited(connection, BEN, study, Auditing(BEN_SIGNS), seal)
    seen.append(flow.order(order.id).state.value)
    with flow.archive.write() as connection:
        take_back.withdraw(connection, ANNA, study, "wrong patient")
    assert [*seen, flow.order(order.id).state.value] == ["matched", "final", "preliminary"]


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=20), st.integers(), st.none()), max_size=8))
def test_the_same_content_gives_the_same_bytes_in_any_order(said: dict[str, object]) -> None:
    turned = dict(reversed(list(said.items())))
    assert canonical(said) == canonical(turned)
    assert digest(canonical(said)) == digest(canonical(turned))
