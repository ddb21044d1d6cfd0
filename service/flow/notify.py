"""Telling the HIS that an outcome is ready: a thin message in the ledger, sent by the delivery step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from service.archive import analyses, deliveries, hospitals, orders, reports, studies
from service.archive.analyses import Analysis
from service.archive.events import EventKind, append
from service.archive.hospitals import Peer
from service.archive.orders import Order
from service.archive.reports import Report
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel, Hospital
from service.domain.order import OrderEvent
from service.domain.record import moment_text
from service.domain.report import ReportState
from service.domain.visibility import ResultObject, visible
from service.domain.wall import Wall

_TYPES: Final = {
    AnalysisOutcome.FINDINGS: "result.preliminary",
    AnalysisOutcome.NO_FINDING: "result.preliminary",
    AnalysisOutcome.REFUSED: "result.failed",
    AnalysisOutcome.FAILED: "result.failed",
}
_REPORT_TYPES: Final = {
    ReportState.PROVISIONAL: deliveries.PROVISIONAL_MESSAGE,
    ReportState.RELEASED: "result.final",
    ReportState.WITHDRAWN: deliveries.WITHDRAWN_MESSAGE,
}
_NOT_TOLD: Final = frozenset({DeliveryState.FAILED, DeliveryState.CANCELLED})


def tell_his(connection: Connection, wall: Wall, hospital: Hospital, analysis: Analysis) -> None:
    """Enter the webhook message of an ended analysis: to the hospital's webhook, and to its orders' callbacks.

    Identifiers and states only, no patient data. Nothing is sent where the hospital may not see unsigned results, of an
    analysis that was superseded meanwhile, or of a refusal it was told of before (interop section 0).
    """
    current = analyses.get(connection, wall, analysis.id)
    study = studies.get(connection, wall, analysis.study_id)
    if current is None or study is None or current.outcome is None or current.state is AnalysisState.SUPERSEDED:
        return
    told = _told(connection, wall, current)
    joined = orders.of_study(connection, wall, study.id)
    newly = tuple(order for order in joined if told is None or order.id not in told)
    if told is None or newly:
        _enter(connection, wall, hospital, _News(study, current, joined, newly))


def tell_his_of_report(connection: Connection, wall: Wall, hospital: Hospital, report: Report) -> None:
    """Enter the message that a report is final, amends another, is provisional, or was withdrawn.

    Once for each set of orders. Of a version that was overtaken meanwhile nobody is told any more: the newer one
    speaks.

    Identifiers and states only. What is signed is told whatever the policy on unsigned results.
    """
    kind = _REPORT_TYPES.get(report.state)
    if kind == "result.final" and reports.replaced(connection, wall, report) is not None:
        kind = "result.amended"
    if kind is not None:
        _enter_of_report(connection, wall, hospital, report, kind)


def tell_of_overdue_audit(connection: Connection, wall: Wall, report_id: str) -> None:
    """Nobody audited a report that was released provisionally, and the time for it is over: said to everybody.

    To the readers by the event and the worklist's mark, to the hospital by its event list and a message.
    """
    report = reports.get(connection, wall, report_id)
    if report is None or report.state is not ReportState.PROVISIONAL:
        return
    append(connection, wall, EventKind.AUDIT_OVERDUE, report.subject, {"version": report.version})
    hospital = hospitals.get(connection, wall, report.hospital)
    _enter_of_report(connection, wall, hospital, report, deliveries.AUDIT_OVERDUE_MESSAGE)


def _enter_of_report(connection: Connection, wall: Wall, hospital: Hospital, report: Report, kind: str) -> None:
    study = studies.get(connection, wall, report.study_id)
    webhook = _webhook(connection, wall, hospital)
    if study is None or webhook is None or webhook.url is None:
        return
    replaced = reports.replaced(connection, wall, report)
    joined = orders.of_study(connection, wall, study.id)
    data = {
        "study_instance_uid": study.study_instance_uid,
        "accession_number": study.accession_number,
        "order_ids": [order.id for order in joined],
        "report_id": report.id,
        "version": report.version,
        "replaces": None if replaced is None else replaced.id,
    }
    if report.audit_due_at is not None and report.state is ReportState.PROVISIONAL:
        data["audit_due_at"] = moment_text(report.audit_due_at)
    body = json.dumps({"type": kind, "data": data}, ensure_ascii=False, separators=(",", ":"))
    names = ",".join(sorted(order.id for order in joined))
    for url in sorted({webhook.url, *(order.callback_url for order in joined if order.callback_url)}):
        deliveries.want(
            connection,
            wall,
            deliveries.Wanted(
                hospital=hospital.id,
                peer_id=webhook.id,
                channel=Channel.HIS,
                study_id=study.id,
                identity=f"{report.id}:{kind}:{names}:{url}",
                url=url,
                body=body,
            ),
        )


def _webhook(connection: Connection, wall: Wall, hospital: Hospital) -> Peer | None:
    return next((each for each in hospitals.peers(connection, wall, hospital.id) if each.channel is Channel.HIS), None)


def tell_late_orders(connection: Connection, wall: Wall, hospital: Hospital, study_id: int) -> None:
    """Tell of the outcomes that were told before an order joined its study: whoever placed it waits for a message.

    Its report may be out as well: then the order is final, or preliminary where the audit is still to come.
    """
    for analysis in analyses.of_study(connection, wall, study_id):
        if _told(connection, wall, analysis) is not None:
            tell_his(connection, wall, hospital, analysis)
    given = reports.out(connection, wall, study_id)
    if given is None:
        return
    is_final = given.state is ReportState.RELEASED
    for order in orders.of_study(connection, wall, study_id):
        event = OrderEvent.REPORT_RELEASED if is_final else OrderEvent.REPORT_PROVISIONAL
        orders.advance(connection, wall, order, event)
    if any(each.identity.startswith(given.id) for each in deliveries.of_study(connection, wall, study_id)):
        tell_his_of_report(connection, wall, hospital, given)


def _told(connection: Connection, wall: Wall, analysis: Analysis) -> frozenset[str] | None:
    """The orders that messages of this outcome named; None where there was no such message.

    An earlier analysis' message that is under way does not count: it ends unsent if the peer turns out to be busy.
    """
    outcome = None if analysis.outcome is None else analysis.outcome.value
    earlier = analyses.of_study(connection, wall, analysis.study_id)
    same = {other.id for other in earlier if other.id == analysis.id or _same_refusal(other, analysis)}
    messages = [
        (json.loads(delivery.body or "{}")["data"], delivery.state)
        for delivery in deliveries.of_study(connection, wall, analysis.study_id)
        if delivery.channel is Channel.HIS and delivery.state not in _NOT_TOLD
    ]
    named = [
        message["order_ids"]
        for message, state in messages
        if message.get("analysis_id") in same
        and message["outcome"] == outcome
        and (message["analysis_id"] == analysis.id or state is not DeliveryState.SENDING)
    ]
    return frozenset(order_id for ids in named for order_id in ids) if named else None


def _same_refusal(one: Analysis, other: Analysis) -> bool:
    return one.outcome is other.outcome is AnalysisOutcome.REFUSED and (
        one.package,
        one.package_version,
        one.reason,
    ) == (other.package, other.package_version, other.reason)


@dataclass(frozen=True, slots=True)
class _News:
    """An outcome, the orders it is about, and those of them that no message named yet."""

    study: Study
    analysis: Analysis
    joined: tuple[Order, ...]
    newly: tuple[Order, ...]

    @property
    def outcome(self) -> AnalysisOutcome:
        return self.analysis.outcome or AnalysisOutcome.FAILED


def _enter(connection: Connection, wall: Wall, hospital: Hospital, news: _News) -> None:
    """Enter the message for those who were not told yet: the webhook, and the callbacks of the orders newly named."""
    webhook = _webhook(connection, wall, hospital)
    unsigned = ResultObject(signed=False, report_released=reports.out(connection, wall, news.study.id) is not None)
    if webhook is None or webhook.url is None or not visible(unsigned, hospital, Channel.HIS):
        return
    names = ",".join(sorted(order.id for order in news.newly))
    for url in sorted({webhook.url, *(order.callback_url for order in news.newly if order.callback_url)}):
        deliveries.want(
            connection,
            wall,
            deliveries.Wanted(
                hospital=hospital.id,
                peer_id=webhook.id,
                channel=Channel.HIS,
                study_id=news.study.id,
                identity=f"{news.analysis.id}:{news.outcome.value}:{names}:{url}",
                url=url,
                body=_message(news),
            ),
        )


def _message(news: _News) -> str:
    analysis = news.analysis
    return json.dumps(
        {
            "type": _TYPES[news.outcome],
            "data": {
                "study_instance_uid": news.study.study_instance_uid,
                "accession_number": news.study.accession_number,
                "order_ids": [order.id for order in news.joined],
                "analysis_id": analysis.id,
                "package": analysis.package,
                "package_version": analysis.package_version,
                "outcome": news.outcome.value,
                "reason": analysis.reason,
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
