"""Setting up which findings a hospital is told of at once; each change is on record."""

from __future__ import annotations

from service.archive import audit, hospitals, notice_rules
from service.archive.notice_rules import KeptRule
from service.archive.store import Archive
from service.domain.hospital import HospitalFault
from service.domain.notice import NoticeRule
from service.domain.wall import HospitalId, Wall


class UnknownRule(HospitalFault):
    """The hospital has no such rule in force."""


def add_rule(archive: Archive, wall: Wall, hospital: HospitalId, rule: NoticeRule) -> KeptRule:
    """Have a hospital told from now on. Raises UnknownHospital."""
    with archive.write() as connection:
        known = hospitals.known(connection, wall, hospital)
        kept = notice_rules.add(connection, wall, known.id, rule)
        detail = {"rule": kept.id, "finding": f"{rule.concept.scheme}:{rule.concept.value}"}
        audit.act(connection, wall, hospital=known.id, action="notice-rule.add", subject=known.id, detail=detail)
    return kept


def end_rule(archive: Archive, wall: Wall, hospital: HospitalId, rule_id: str) -> None:
    """Have it told no more; what was raised goes on. Raises UnknownHospital, UnknownRule."""
    with archive.write() as connection:
        known = hospitals.known(connection, wall, hospital)
        if not notice_rules.remove(connection, wall, known.id, rule_id):
            raise UnknownRule(f"{known.name} has no rule {rule_id} in force; list its rules first")
        audit.act(
            connection,
            wall,
            hospital=known.id,
            action="notice-rule.remove",
            subject=known.id,
            detail={"rule": rule_id},
        )
