"""One-time links to a study: issued to a hospital's machine, used once by a person; only the token's hash is kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, select, update

from service.archive.people_tables import OPEN_LINK
from service.archive.store import now
from service.domain.wall import HospitalId, Wall

LIFETIME_S: Final = 300.0
KEPT_S: Final = 86400.0
"""How long a link that ran out can still be told from one that never was."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a link opens: every study of an accession number, or one study. Exactly one of them is given."""

    accession_number: str | None
    study_instance_uid: str | None


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link as kept. login: who alone may use it; None for whoever reads for the hospital."""

    id: str
    hospital: HospitalId
    subject: Subject
    login: str | None
    expires_at: float
    used_at: float | None


def add(
    connection: Connection, wall: Wall, hospital: HospitalId, subject: Subject, *, login: str | None, digest: str
) -> OpenLink:
    """Keep a link; those that ran out long ago are forgotten."""
    wall.guard(hospital)
    moment = now(connection)
    connection.execute(delete(OPEN_LINK).where(OPEN_LINK.c.expires_at < moment - KEPT_S))
    link = OpenLink(secrets.token_hex(16), hospital, subject, login, moment + LIFETIME_S, None)
    connection.execute(
        OPEN_LINK.insert().values(
            id=link.id,
            hospital_id=hospital,
            token_digest=digest,
            accession_number=subject.accession_number,
            study_instance_uid=subject.study_instance_uid,
            login=login,
            issued_by=wall.actor,
            issued_at=moment,
            expires_at=link.expires_at,
        )
    )
    return link


def by_digest(connection: Connection, digest: str) -> OpenLink | None:
    """The link of a token, whoever's hospital it is of: the token says whose, and opens no wall."""
    row = connection.execute(select(OPEN_LINK).where(OPEN_LINK.c.token_digest == digest)).one_or_none()
    return None if row is None else _link(row)


def use(connection: Connection, wall: Wall, link: OpenLink) -> bool:
    """Use a link up; False when it was used or ran out before: of two who come at once one gets it."""
    wall.guard(link.hospital)
    moment = now(connection)
    used = connection.execute(
        update(OPEN_LINK)
        .where(OPEN_LINK.c.id == link.id, OPEN_LINK.c.used_at.is_(None), OPEN_LINK.c.expires_at > moment)
        .values(used_at=moment, used_by=wall.user_id)
    )
    return used.rowcount == 1


def _link(row: Row[Any]) -> OpenLink:
    return OpenLink(
        id=row.id,
        hospital=HospitalId(row.hospital_id),
        subject=Subject(row.accession_number, row.study_instance_uid),
        login=row.login,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
