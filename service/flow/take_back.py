"""Taking a signature back: recalled by its signer, returned by the auditor, withdrawn after release; never deleted."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from service.archive import orders, reports, results
from service.archive.reports import Report
from service.archive.results import Encoding
from service.archive.studies import Study
from service.domain.licence import same_certificate
from service.domain.order import OrderEvent
from service.domain.record import ReportRecord, Signer
from service.domain.report import ReportEvent, ReportFault
from service.domain.wall import Wall
from service.flow.report import NoOpenReport, awaiting_audit, record_act
from service.flow.sign import OwnReport, stop_unsent

MAX_WHY_LENGTH: Final = 500


class NotYours(ReportFault):
    """Somebody else signed it."""


class WhyMissing(ReportFault):
    """A return or a withdrawal says why."""


def give_back(connection: Connection, wall: Wall, study: Study, why: str, auditor: Signer) -> Report:
    """The auditor returns what was signed; a new draft goes on from it.

    What was out provisionally is withdrawn from the hospital by that. auditor: another physician than who signed, by
    login and by certificate. Raises NoOpenReport, WhyMissing, OwnReport.
    """
    signed = awaiting_audit(connection, wall, study)
    signer = ReportRecord.read(signed.record or "").signer
    if signer.id == auditor.id or same_certificate(signer.licence, auditor.licence):
        raise OwnReport("recall your own report instead")
    if not why.strip():
        raise WhyMissing("say what has to be changed")
    said = why.strip()[:MAX_WHY_LENGTH]
    returned = reports.move(connection, wall, signed, ReportEvent.RETURNED, why=said, returned_by=wall.user_id)
    record_act(connection, wall, signed, "report.return", {"why": said})
    if returned.was_given_out:
        _take_from_hospital(connection, wall, returned)
    return reports.begin(connection, wall, study, signed.content, signed)


def recall(connection: Connection, wall: Wall, study: Study) -> Report:
    """The signer takes an unaudited signature back; a new draft goes on from it.

    One that is out provisionally is withdrawn instead, and says why. Raises NoOpenReport, IllegalTransition, NotYours.
    """
    signed = awaiting_audit(connection, wall, study)
    if signed.signed_by != wall.user_id:
        raise NotYours("only who signed recalls; an auditor returns it instead")
    reports.move(connection, wall, signed, ReportEvent.RECALLED)
    record_act(connection, wall, signed, "report.recall")
    return reports.begin(connection, wall, study, signed.content, signed)


def withdraw(connection: Connection, wall: Wall, study: Study, why: str) -> Report:
    """A report that is out is found to be wrong: it stays, marked as withdrawn. Raises NoOpenReport, WhyMissing."""
    released = reports.out(connection, wall, study.id)
    if released is None:
        raise NoOpenReport("there is no released report")
    if not why.strip():
        raise WhyMissing("say why the report is withdrawn")
    said = why.strip()[:MAX_WHY_LENGTH]
    withdrawn = reports.move(connection, wall, released, ReportEvent.WITHDRAWN, why=said)
    _take_from_hospital(connection, wall, withdrawn)
    record_act(connection, wall, withdrawn, "report.withdraw", {"why": said})
    return withdrawn


def _take_from_hospital(connection: Connection, wall: Wall, withdrawn: Report) -> None:
    """The hospital is told not to use what it was given; nothing of it goes out any more (AC-09)."""
    for order in orders.of_study(connection, wall, withdrawn.study_id):
        orders.advance(connection, wall, order, OrderEvent.REPORT_WITHDRAWN)
    stop_unsent(connection, wall, withdrawn)
    results.want(connection, wall, withdrawn.hospital, withdrawn.id, Encoding.WITHDRAWAL)
