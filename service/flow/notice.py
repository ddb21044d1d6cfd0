"""Urgent findings (危急值): raised by a reader's judgement, told until somebody of the hospital has heard (AC-74).

A package's suspicion alone never raises one. What is told goes the way of every message: the ledger of deliveries.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from service.archive import audit, deliveries, hospitals, notice_rules, notices, orders, studies
from service.archive.deliveries import Delivery
from service.archive.notices import Notice
from service.archive.store import Archive, now
from service.archive.studies import Study
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel
from service.domain.lifecycle import IllegalTransition
from service.domain.notice import Heard, NoticeFault, NoticeState, Stated, TakenBackBecause, Via
from service.domain.wall import Wall

MESSAGE_TYPE: Final = "finding.critical"
_WALL: Final = Wall.system("notices")
_CLOSING: Final = "closed"
"""What the last message begins with: it is about no open notice, so that nothing cancels it."""


class NoSuchNotice(NoticeFault):
    """There is no such notice behind the wall, or its hospital was removed."""


class NoticeClosed(NoticeFault):
    """It was acknowledged or taken back before."""

    def __init__(self, notice: Notice) -> None:
        """notice: as it stands."""
        super().__init__(f"the notice is {notice.state.value} already")
        self.notice = notice


def follow(
    connection: Connection,
    wall: Wall,
    study: Study,
    tracking_uid: str,
    stated: Stated | None,
    *,
    because: TakenBackBecause = TakenBackBecause.JUDGED_ANEW,
) -> None:
    """Raise and take back what a judgement asks for, in its transaction. stated: None where the finding stands no more.

    A notice is of one finding under one rule; it is taken back when the finding falls under that rule no longer, and
    the record says because of what.
    """
    of_finding = {each.rule.id: each for each in notices.of_finding(connection, wall, study.id, tracking_uid)}
    for notice in of_finding.values():
        applies = stated is not None and notice.rule.rule.applies(stated.concept, stated.long_axis_mm)
        if not applies and notice.state is not NoticeState.TAKEN_BACK:
            _close(connection, wall, study, notices.take_back(connection, wall, notice, because))
    if stated is None:
        return
    for rule in notice_rules.of_hospital(connection, wall, study.hospital):
        if not rule.rule.applies(stated.concept, stated.long_axis_mm):
            continue
        former = of_finding.get(rule.id)
        if former is None:
            _tell(connection, wall, study, notices.raise_new(connection, wall, study, tracking_uid, rule))
        elif former.state is NoticeState.TAKEN_BACK:
            _tell(connection, wall, study, notices.raise_again(connection, wall, former))


def remind_due(archive: Archive) -> int:
    """Tell once more what nobody acknowledged, and escalate what ran out of time; returns how many were due."""
    with archive.write() as connection:
        due = notices.due(connection, _WALL)
        for notice in due:
            study = studies.get(connection, _WALL, notice.study_id)
            if study is None:
                continue
            is_late = notice.state is not NoticeState.ESCALATED and notice.deadline_at <= now(connection)
            current = notices.escalate(connection, _WALL, notice) if is_late else notice
            _tell(connection, _WALL, study, current)
            if not is_late:
                notices.look_again(connection, _WALL, notice)
    return len(due)


def arrived(connection: Connection, wall: Wall, delivery: Delivery) -> None:
    """A message is at the hospital: where it tells of a notice, that one was told."""
    if delivery.channel is not Channel.HIS:
        return
    notice = notices.get(connection, wall, delivery.identity.partition(":")[0])
    if notice is not None:
        notices.told(connection, wall, notice, int(delivery.identity.split(":")[1]))


def acknowledge(connection: Connection, wall: Wall, notice_id: str, heard: Heard, via: Via) -> Notice:
    """Keep that somebody of the hospital heard. Raises NoSuchNotice, NoticeClosed."""
    notice = notices.served_by_id(connection, wall, notice_id)
    if notice is None:
        raise NoSuchNotice("there is no such notice")
    try:
        acknowledged = notices.acknowledge(connection, wall, notice, heard, via)
    except IllegalTransition as fault:
        raise NoticeClosed(notice) from fault
    detail = {"notice": notice.id, "via": via.value}
    audit.act(
        connection,
        wall,
        hospital=notice.hospital,
        action="notice.acknowledge",
        subject=notice.study_instance_uid,
        detail=detail,
    )
    study = studies.get(connection, wall, notice.study_id)
    if study is not None:
        _close(connection, wall, study, acknowledged)
    return acknowledged


def messages_of(connection: Connection, wall: Wall, notice: Notice) -> tuple[Delivery, ...]:
    """The deliveries that tell of a notice, oldest first: what the page says of their way."""
    of_study = deliveries.of_study(connection, wall, notice.study_id)
    return tuple(each for each in of_study if notice.id in each.identity.split(":")[:2])


def _tell(connection: Connection, wall: Wall, study: Study, notice: Notice) -> None:
    """Enter a message in place of those that did not get away; a hospital without a webhook is told on screen only."""
    for identity in (notice.id, f"{_CLOSING}:{notice.id}"):
        deliveries.supersede_messages(connection, wall, study.hospital, identity)
    _enter(connection, wall, study, notice, notice.id)


def _close(connection: Connection, wall: Wall, study: Study, notice: Notice) -> None:
    """Nobody is told any more; a hospital's system that may have a message hears how it ended.

    But for the one that acknowledged by itself.
    """
    deliveries.supersede_messages(connection, wall, study.hospital, notice.id)
    knows = any(
        each.state is not DeliveryState.CANCELLED or each.attempt > 0
        for each in messages_of(connection, wall, notice)
        if each.identity.startswith(notice.id)
    )
    said_so_itself = notice.acknowledgement is not None and notice.acknowledgement.via is Via.HOSPITAL
    if knows and not (said_so_itself and notice.state is NoticeState.ACKNOWLEDGED):
        _enter(connection, wall, study, notice, f"{_CLOSING}:{notice.id}")


def _enter(connection: Connection, wall: Wall, study: Study, notice: Notice, identity: str) -> None:
    peer = next((each for each in hospitals.peers(connection, wall, study.hospital) if each.url is not None), None)
    if peer is None or peer.url is None:
        return
    joined = orders.of_study(connection, wall, study.id)
    number = notices.count_message(connection, wall, notice)
    for url in sorted({peer.url, *(order.callback_url for order in joined if order.callback_url)}):
        deliveries.want(
            connection,
            wall,
            deliveries.Wanted(
                hospital=study.hospital,
                peer_id=peer.id,
                channel=Channel.HIS,
                study_id=study.id,
                identity=f"{identity}:{number}:{url}",
                url=url,
                body=_message(study, notice, number, [order.id for order in joined]),
            ),
        )


def _message(study: Study, notice: Notice, number: int, order_ids: Sequence[str]) -> str:
    """Identifiers, states and whom to call; what was found is read with the hospital's key."""
    return json.dumps(
        {
            "type": MESSAGE_TYPE,
            "data": {
                "notice_id": notice.id,
                "state": notice.state.value,
                "message": number,
                "study_instance_uid": study.study_instance_uid,
                "accession_number": study.accession_number,
                "order_ids": list(order_ids),
                "contact": notice.contact,
                "raised_at": _iso(notice.raised_at),
                "deadline_at": _iso(notice.deadline_at),
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
