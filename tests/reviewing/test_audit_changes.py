"""An auditor may change the words of what was signed: theirs are released, what was signed is kept and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.archive import report_audits, reports
from service.archive.reports import Report
from service.archive.store import Archive
from service.archive.studies import Study
from service.archive.tables import AUDIT
from service.domain.contradiction import Flag
from service.domain.hospital import Finalising
from service.domain.record import ReportRecord, digest
from service.domain.report import ReportState, ReportText
from service.domain.report_audit import AuditRecord, change_sha256, released_content
from service.domain.text_change import changed_share, pieces
from service.flow import sign, take_back
from service.flow.report import NothingWritten
from service.flow.report_audit import Auditing, audited
from service.flow.sign import Contradicted
from tests.reviewing.test_sign import BEN_SIGNS, seal, signed, written
from tests.reviewing.writing import BEN
from tests.support.flowing import WALL, Flow, chest, flowing

SIGNED = ReportText("右肺见一结节。", "右肺结节。", "")
CHANGED = ReportText("右肺上叶见一结节。", "右肺结节。", "三个月后复查。")


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive, packages=()) as opened:
        yield opened


@pytest.fixture
def study(flow: Flow) -> Study:
    """A study that no package was asked to read, signed and waiting for its audit."""
    return waiting(flow)


def waiting(flow: Flow) -> Study:
    study = flow.dispatched(*chest(count=3))
    written(flow, study, SIGNED.findings)
    signed(flow, study, finalising=Finalising.BY_AUDIT)
    return study


def audit(flow: Flow, study: Study, text: ReportText | None, seen: frozenset[Flag] = frozenset()) -> Report:
    with flow.archive.write() as connection:
        return audited(connection, BEN, study, Auditing(BEN_SIGNS, text, seen), seal)


def signed_text(flow: Flow, study: Study) -> ReportText:
    with flow.archive.read() as connection:
        report = reports.of_study(connection, WALL, study.id)[-1]
    return ReportRecord.read(report.record or "").content.text


def test_the_auditors_words_are_released_and_the_signers_are_kept_as_they_signed_them(flow: Flow, study: Study) -> None:
    before = signed_text(flow, study)
    released = audit(flow, study, CHANGED)

    assert (released.state, released.content.text) == (ReportState.RELEASED, CHANGED)
    record = ReportRecord.read(released.record or "")
    assert (record.content.text, record.signer.id) == (before, "anna")
    assert released.record_sha256 == digest((released.record or "").encode()), "the signer's record is not touched"
    said = AuditRecord.read(released.audit_record or "")
    assert (said.text, said.auditor, said.record_sha256) == (CHANGED, BEN_SIGNS, released.record_sha256)
    assert released.audit_signature == f"sealed {digest((released.audit_record or '').encode())}"
    assert change_sha256(released.audit_record) == digest((released.audit_record or "").encode())
    assert released_content(record.content, released.audit_record).text == CHANGED
    with flow.archive.read() as connection:
        kept = [(each.by, each.text) for each in reports.editions(connection, WALL, released.id)]
    assert kept == [("anna", before), ("ben", CHANGED)]


def test_confirming_what_stands_changes_nothing(flow: Flow, study: Study) -> None:
    before = signed_text(flow, study)
    released = audit(flow, study, before)

    assert (released.content.text, released.edition) == (before, 1)
    assert "text" not in json.loads(released.audit_record or "")
    assert (released.audit_changed_share, change_sha256(released.audit_record)) == (0.0, None)


def test_the_record_of_acts_says_how_much_was_changed(flow: Flow, study: Study) -> None:
    audit(flow, study, CHANGED)
    with flow.archive.read() as connection:
        (row,) = [each for each in connection.execute(AUDIT.select()) if each.action == "report.audit"]
    assert 0.0 < float(row.detail["changed"]) < 1.0
    assert (row.actor, row.detail["sha256"]) == ("user:ben", row.detail["sha256"])


def test_a_report_cannot_be_emptied_and_what_is_said_anew_must_not_contradict_unseen(flow: Flow, study: Study) -> None:
    with flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE study SET patient_sex = 'M'")
    of_a_woman = ReportText("右肺见一结节。子宫未见增大。", "右肺结节。", "")
    with pytest.raises(NothingWritten):
        audit(flow, study, ReportText(" ", "\n", ""))
    with pytest.raises(Contradicted) as told:
        audit(flow, flow.study(study.study_instance_uid), of_a_woman)
    confirmed = frozenset(told.value.flags)
    with flow.archive.read() as connection:
        assert reports.of_study(connection, WALL, study.id)[-1].state is ReportState.SIGNED

    released = audit(flow, flow.study(study.study_instance_uid), of_a_woman, confirmed)
    assert released.content.text == of_a_woman


def test_an_amendment_goes_on_from_what_was_released(flow: Flow, study: Study) -> None:
    audit(flow, study, CHANGED)
    amended = written(flow, study, "")
    assert amended.content.text == CHANGED


def test_rates_count_each_writers_audits_changes_and_returns(flow: Flow, study: Study) -> None:
    changed, confirmed, returned, old = study, waiting(flow), waiting(flow), waiting(flow)
    before = signed_text(flow, changed)
    audit(flow, old, CHANGED)
    flow.pass_time(report_audits.SPAN_S + 60)
    audit(flow, changed, CHANGED)
    audit(flow, confirmed, None)
    with flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE report SET signed_at = signed_at + ?", (report_audits.SPAN_S,))
        take_back.give_back(connection, BEN, returned, "side", BEN_SIGNS)
    with flow.archive.read() as connection:
        since = connection.exec_driver_sql("SELECT max(audited_at) FROM report").scalar_one() - report_audits.SPAN_S
        (rate,) = report_audits.rates(connection, WALL, since=since)

    assert (rate.writer, rate.hospital) == ("anna", flow.hospital)
    assert (rate.audited, rate.changed, rate.returned) == (2, 1, 1)
    assert rate.changed_share == pytest.approx(changed_share(before, CHANGED))


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ("右肺结节。", "右肺结节。", 0.0),
        ("右肺结节。", "左肺结节。", 1 - 2 * 4 / 10),
        ("", "右肺", 1.0),
        ("nodule 8.4 mm", "nodule 8.5 mm", 1 - 2 * 2 / 6),
        ("a b c d", "d c b a", 1 - 2 * 1 / 8),
        ("", "", 0.0),
    ],
)
def test_the_share_is_of_characters_words_and_numbers_that_are_gone_or_new(
    before: str, after: str, share: float
) -> None:
    assert changed_share(ReportText(findings=before), ReportText(findings=after)) == pytest.approx(share)


_TEXTS = st.text(st.sampled_from("右肺结节 ab1.。\n"), max_size=60)


@given(_TEXTS, _TEXTS)
def test_the_share_is_symmetric_bounded_and_what_the_plain_algorithm_says(before: str, after: str) -> None:
    one, other = ReportText(advice=before), ReportText(advice=after)
    share = changed_share(one, other)
    old, now = list(pieces(one.advice)), list(pieces(other.advice))
    rows = [[0] * (len(now) + 1) for _ in range(len(old) + 1)]
    for i, left in enumerate(old):
        for j, right in enumerate(now):
            rows[i + 1][j + 1] = rows[i][j] + 1 if left == right else max(rows[i][j + 1], rows[i + 1][j])
    total = len(old) + len(now)

    assert share == pytest.approx(0.0 if not total else 1 - 2 * rows[-1][-1] / total)
    assert changed_share(other, one) == pytest.approx(share)


def test_two_long_texts_are_compared_in_no_time_that_a_person_notices() -> None:
    words = ReportText("肺" * 20_000, "结" * 20_000, "节" * 20_000)
    assert changed_share(words, ReportText("肺" * 19_999 + "。", "结" * 20_000, "节" * 20_000)) < 1e-4


def test_nothing_of_a_text_but_its_blanks_is_left_out_of_the_count() -> None:
    text = "Right upper lobe: nodule, 8.4 mm × 6.1 mm (结节_1)。"
    assert "".join(pieces(text)) == "".join(text.split())


def test_flags_are_looked_for_in_the_text_that_is_given(flow: Flow, study: Study) -> None:
    assert sign.flags_of(study, SIGNED, ()) == ()
