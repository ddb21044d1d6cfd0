"""Completing studies: quiet time, the order's count, an explicit call."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from service.archive import associations, hospitals, metadata_due, orders, returns, studies
from service.archive.associations import ALIVE_S
from service.archive.store import Archive, now
from service.domain.completion import Arrival, Complete, Waiting, judge, learned_quiet_s
from service.domain.order import OrderEvent
from service.domain.wall import Wall

_WALL: Final = Wall.system("complete")


def complete_due(archive: Archive) -> int:
    """Look at every receiving study whose time has come; returns how many are complete now."""
    with archive.read() as connection:
        due = studies.due(connection, _WALL)
    completed = 0
    for study in due:
        with archive.write() as connection:
            completed += _look(connection, study.id)
    return completed


def waiting_for(connection: Connection, wall: Wall, study: studies.Study) -> Complete | Waiting:
    """Whether a receiving study would be complete now, else what it waits for."""
    moment = now(connection)
    return judge(_arrival(connection, wall, study, moment), moment)


def _look(connection: Connection, study_id: int) -> bool:
    study = studies.get(connection, _WALL, study_id)
    if study is None or study.due_at is None:
        return False
    verdict = waiting_for(connection, _WALL, study)
    if isinstance(verdict, Waiting):
        again_at = now(connection) + ALIVE_S if verdict.due_at is None else verdict.due_at
        studies.wait_until(connection, _WALL, study, again_at)
        return False
    if not studies.complete(connection, _WALL, study, verdict.by):
        return False
    metadata_due.want(connection, _WALL, study.hospital, study.id)
    study = returns.with_resent_patient(connection, _WALL, study)
    orders.join_arrived(connection, _WALL, study)
    returns.reopen_answered(connection, _WALL, study)
    if study.revision > 1:
        for order in orders.of_study(connection, _WALL, study.id):
            orders.advance(connection, _WALL, order, OrderEvent.NEW_REVISION)
    return True


def _arrival(connection: Connection, wall: Wall, study: studies.Study, moment: float) -> Arrival:
    hospital = hospitals.get(connection, wall, study.hospital)
    gaps_s = associations.sender_gaps_s(connection, wall, study.hospital, study.calling_ae)
    return Arrival(
        revision=study.revision,
        image_count=study.image_count,
        expected_count=study.expected_count,
        open_associations=associations.open_count(connection, study.id, moment),
        quiet_since=study.quiet_since,
        quiet_s=learned_quiet_s(gaps_s) if hospital.quiet_s is None else hospital.quiet_s,
        completion_called=study.completion_called,
    )
