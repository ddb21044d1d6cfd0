"""Which findings a hospital has to be told of at once: its rules, ended by a mark, never deleted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from models.contract import Code
from service.archive.events import within
from service.archive.reading_tables import NOTICE_RULE
from service.archive.store import now
from service.domain.notice import NoticeRule
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule of a hospital as kept. removed_at: since when it raises nothing."""

    id: str
    hospital: HospitalId
    rule: NoticeRule
    removed_at: float | None


def add(connection: Connection, wall: Wall, hospital: HospitalId, rule: NoticeRule) -> KeptRule:
    """Have findings told from now on."""
    wall.guard(hospital)
    kept = KeptRule(secrets.token_hex(16), hospital, rule, None)
    connection.execute(
        NOTICE_RULE.insert().values(
            id=kept.id,
            hospital_id=hospital,
            concept_value=rule.concept.value,
            concept_scheme=rule.concept.scheme,
            concept_meaning=rule.concept.meaning,
            least_long_axis_mm=rule.least_long_axis_mm,
            contact=rule.contact,
            escalation_contact=rule.escalation_contact,
            deadline_s=rule.deadline_s,
        )
    )
    return kept


def of_hospital(connection: Connection, wall: Wall, hospital: HospitalId) -> tuple[KeptRule, ...]:
    """The rules in force, by finding and size."""
    statement = (
        select(NOTICE_RULE)
        .where(
            within(wall, NOTICE_RULE.c.hospital_id),
            NOTICE_RULE.c.hospital_id == hospital,
            NOTICE_RULE.c.removed_at.is_(None),
        )
        .order_by(NOTICE_RULE.c.concept_meaning, NOTICE_RULE.c.least_long_axis_mm, NOTICE_RULE.c.id)
    )
    return tuple(_kept(row) for row in connection.execute(statement))


def by_id(connection: Connection, wall: Wall, rule_ids: frozenset[str]) -> Mapping[str, KeptRule]:
    """Rules by their ids, ended ones too: a notice keeps to the rule it was raised by."""
    statement = select(NOTICE_RULE).where(within(wall, NOTICE_RULE.c.hospital_id), NOTICE_RULE.c.id.in_(rule_ids))
    return {row.id: _kept(row) for row in connection.execute(statement)}


def remove(connection: Connection, wall: Wall, hospital: HospitalId, rule_id: str) -> bool:
    """End a rule; False when the hospital has no such rule in force. What it raised goes on."""
    wall.guard(hospital)
    ended = connection.execute(
        update(NOTICE_RULE)
        .where(NOTICE_RULE.c.id == rule_id, NOTICE_RULE.c.hospital_id == hospital, NOTICE_RULE.c.removed_at.is_(None))
        .values(removed_at=now(connection))
    )
    return ended.rowcount == 1


def _kept(row: Row[Any]) -> KeptRule:
    rule = NoticeRule(
        concept=Code(row.concept_value, row.concept_scheme, row.concept_meaning),
        least_long_axis_mm=row.least_long_axis_mm,
        contact=row.contact,
        escalation_contact=row.escalation_contact,
        deadline_s=row.deadline_s,
    )
    return KeptRule(row.id, HospitalId(row.hospital_id), rule, row.removed_at)
