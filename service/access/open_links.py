"""Links by which a RIS or PACS opens a study here: signed, good once and for five minutes; they sign nobody in."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection

from service.archive import audit, hospitals, open_links, studies
from service.archive.open_links import OpenLink, Subject
from service.archive.store import Archive, now
from service.archive.studies import Study, StudyFilter
from service.domain.user import User
from service.domain.wall import HospitalId, Wall

MOST_STUDIES: Final = 20
_PURPOSE: Final = b"consilium open link v1"
_UNKNOWN: Final = "unknown"
_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]{43})\.([0-9a-f]{64})")


class LinkFault(Exception):
    """Base, never raised itself: the link opens nothing."""


class LinkChanged(LinkFault):
    """Token and address do not belong together: it was cut, edited or made elsewhere."""


class LinkExpired(LinkFault):
    """Its five minutes are over, or the centre does not know it."""


class LinkUsed(LinkFault):
    """Somebody opened it before."""


class LinkOfAnotherHospital(LinkFault):
    """Who is signed in does not read for the hospital that made it."""


class LinkOfAnotherPerson(LinkFault):
    """It was made for somebody else's login."""


class NothingToOpen(LinkFault):
    """The hospital sent no such study yet. The link stays good, to try again."""


_REASONS: Final[Mapping[type[LinkFault], str]] = {
    LinkChanged: "changed",
    LinkExpired: "expired",
    LinkUsed: "used",
    LinkOfAnotherHospital: "another-hospital",
    LinkOfAnotherPerson: "another-person",
    NothingToOpen: "no-study",
}


@dataclass(frozen=True, slots=True)
class Issued:
    """A link and its token, which is seen this once."""

    link: OpenLink
    token: str


def issue(archive: Archive, wall: Wall, hospital: HospitalId, subject: Subject, login: str | None) -> Issued:
    """Make a link for a hospital's machine. login: who alone may use it. Raises ArchiveUnavailable."""
    secret = secrets.token_urlsafe(32)
    token = f"{secret}.{_signature(archive, secret, subject)}"
    with archive.write() as connection:
        link = open_links.add(connection, wall, hospital, subject, login=login, digest=_digest(token))
        named = subject.study_instance_uid or link.id
        audit.act(
            connection, wall, hospital=hospital, action="open-link.issue", subject=named, detail={"link": link.id}
        )
    return Issued(link, token)


def redeem(archive: Archive, wall: Wall, user: User, subject: Subject, token: str) -> tuple[Study, ...]:
    """The studies a link opens for who is signed in, the newest first; used up by this.

    Raises LinkChanged, LinkExpired, LinkUsed, LinkOfAnotherHospital, LinkOfAnotherPerson, NothingToOpen,
    ArchiveUnavailable.
    """
    matched = _TOKEN.fullmatch(token)
    is_ours = matched is not None and hmac.compare_digest(matched[2], _signature(archive, matched[1], subject))
    with archive.write() as connection:
        link = open_links.by_digest(connection, _digest(token)) if is_ours else None
        try:
            if not is_ours:
                raise LinkChanged("the link was changed on its way")
            return _used(connection, wall, user, link)
        except LinkFault as fault:
            refused = fault
            _record_refusal(connection, wall, link, fault)
    raise refused


def _used(connection: Connection, wall: Wall, user: User, link: OpenLink | None) -> tuple[Study, ...]:
    if link is None or link.expires_at <= now(connection):
        raise LinkExpired("the link's five minutes are over")
    if link.used_at is not None:
        raise LinkUsed("the link was used before")
    if link.hospital not in {each.id for each in hospitals.everyone(connection, wall)}:
        raise LinkOfAnotherHospital("the link is of a hospital you do not read for")
    if link.login is not None and link.login != user.login:
        raise LinkOfAnotherPerson("the link was made for somebody else")
    found = _studies(connection, wall, link)
    if not found:
        raise NothingToOpen("no such study has come")
    if not open_links.use(connection, wall, link):
        raise LinkUsed("the link was used before")
    opened = found[0].study_instance_uid if len(found) == 1 else link.id
    detail = {"link": link.id, "studies": str(len(found))}
    audit.act(connection, wall, hospital=link.hospital, action="open-link.use", subject=opened, detail=detail)
    return found


def _record_refusal(connection: Connection, wall: Wall, link: OpenLink | None, fault: LinkFault) -> None:
    """Put on record who tried a link that was not theirs, used, over or forged; what they typed is not kept."""
    audit.act(
        connection,
        wall,
        hospital=None if link is None else link.hospital,
        action="open-link.refused",
        subject=_UNKNOWN if link is None else link.id,
        detail={"reason": _REASONS[type(fault)]},
    )


def _studies(connection: Connection, wall: Wall, link: OpenLink) -> tuple[Study, ...]:
    theirs = Wall(hospitals=frozenset({link.hospital}), role=wall.role, actor=wall.actor)
    wanted = StudyFilter(
        accession_number=link.subject.accession_number, study_instance_uid=link.subject.study_instance_uid
    )
    return studies.listed(connection, theirs, wanted, MOST_STUDIES)


def _digest(token: str) -> str:
    """What is kept of a token; it has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def _signature(archive: Archive, secret: str, subject: Subject) -> str:
    """Binds the token to what its address names, under a key that derives from the installation's."""
    key = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(archive.installation.key)
    named = "\n".join((secret, subject.accession_number or "", subject.study_instance_uid or ""))
    return hmac.new(key, named.encode(), hashlib.sha256).hexdigest()
