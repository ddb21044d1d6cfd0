"""Telling the HIS that an outcome is ready: a thin message in the ledger, sent by the delivery step."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import Connection

from service.archive import deliveries, hospitals, orders, studies
from service.archive.analyses import Analysis
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Channel, Hospital
from service.domain.visibility import ResultObject, visible
from service.domain.wall import Wall

_TYPES: Final = {
    AnalysisOutcome.FINDINGS: "result.preliminary",
    AnalysisOutcome.NO_FINDING: "result.preliminary",
    AnalysisOutcome.REFUSED: "result.failed",
    AnalysisOutcome.FAILED: "result.failed",
}


def tell_his(connection: Connection, wall: Wall, hospital: Hospital, analysis: Analysis) -> None:
    """Enter the webhook message of an ended analysis: to the hospital's webhook, and to the order's callback.

    Identifiers and states only, no patient data. Nothing is sent where the hospital may not see unsigned results.
    """
    if analysis.outcome is None or not visible(ResultObject(signed=False), hospital, Channel.HIS):
        return
    study = studies.get(connection, wall, analysis.study_id)
    webhook = next((p for p in hospitals.peers(connection, wall, hospital.id) if p.channel is Channel.HIS), None)
    if study is None or webhook is None or webhook.url is None:
        return
    joined = orders.of_study(connection, wall, study.id)
    urls = {webhook.url, *(order.callback_url for order in joined if order.callback_url)}
    for url in sorted(urls):
        deliveries.want(
            connection,
            wall,
            deliveries.Wanted(
                hospital=hospital.id,
                peer_id=webhook.id,
                channel=Channel.HIS,
                study_id=study.id,
                identity=f"{analysis.id}:{analysis.outcome.value}:{url}",
                url=url,
                body=_message(analysis, study, joined),
            ),
        )


def _message(analysis: Analysis, study: studies.Study, joined: tuple[orders.Order, ...]) -> str:
    outcome = analysis.outcome or AnalysisOutcome.FAILED
    return json.dumps(
        {
            "type": _TYPES[outcome],
            "data": {
                "study_instance_uid": study.study_instance_uid,
                "accession_number": study.accession_number,
                "order_ids": [order.id for order in joined],
                "analysis_id": analysis.id,
                "package": analysis.package,
                "package_version": analysis.package_version,
                "outcome": outcome.value,
                "reason": analysis.reason,
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
