"""Hospitals: their senders, their packages, the peers results go to, their keys."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from service.archive import agreement_column, clocks, examination_rows
from service.archive.events import within
from service.archive.store import now
from service.archive.tables import API_KEY, HOSPITAL, PACKAGE_RULE, PEER, SENDER
from service.domain.companions import AS_BEFORE, Companion
from service.domain.hospital import (
    AeTitle,
    Channel,
    Finalising,
    Hospital,
    HospitalFault,
    Language,
    PackageRule,
    ReadingMode,
    ReleasePolicy,
    Sender,
    network,
    refuse_overlap,
)
from service.domain.wall import HospitalId, Wall


class NameTaken(HospitalFault):
    """Another hospital has this name."""


class UnknownHospital(HospitalFault):
    """No hospital of this name or id."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Where results go: a PACS (host, port, AE titles) or an HIS webhook (url and the sealed secret).

    companions: what a PACS is given beside SR and SEG.
    """

    id: str
    hospital: HospitalId
    channel: Channel
    host: str | None
    port: int | None
    ae_title: AeTitle | None
    calling_ae: AeTitle | None
    url: str | None
    sealed_secret: bytes | None
    companions: frozenset[Companion] = AS_BEFORE


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A machine's key as kept: never the key itself, its SHA-256."""

    id: str
    hospital: HospitalId
    created_at: float
    revoked_at: float | None


def new_hospital_id() -> HospitalId:
    """A fresh id; it names folders, so it is ours and never text from outside."""
    return HospitalId(f"h{secrets.token_hex(8)}")


def add(connection: Connection, wall: Wall, hospital: Hospital) -> None:
    """Add a hospital with its senders and package rules. Raises NameTaken, SendersOverlap."""
    wall.guard(hospital.id)
    _refuse_mistakable(connection, wall, hospital)
    connection.execute(HOSPITAL.insert().values(id=hospital.id, created_at=now(connection), **_settings(hospital)))
    _insert_parts(connection, hospital)


def keep(connection: Connection, wall: Wall, hospital: Hospital) -> None:
    """Write a hospital's settings, senders and package rules as they are now. Raises NameTaken, SendersOverlap."""
    wall.guard(hospital.id)
    _refuse_mistakable(connection, wall, hospital)
    former = get(connection, wall, hospital.id)
    connection.execute(update(HOSPITAL).where(HOSPITAL.c.id == hospital.id).values(_settings(hospital)))
    for table in (SENDER, PACKAGE_RULE):
        connection.execute(delete(table).where(table.c.hospital_id == hospital.id))
    _insert_parts(connection, hospital)
    clocks.look_at_all(connection, wall, hospital.id)
    examination_rows.renew_told(connection, former, hospital)


def _refuse_mistakable(connection: Connection, wall: Wall, hospital: Hospital) -> None:
    others = tuple(each for each in everyone(connection, wall) if each.id != hospital.id)
    if any(other.name == hospital.name for other in others):
        raise NameTaken(f"a hospital named {hospital.name!r} exists already; choose another name or remove that one")
    named = tuple((other.name, sender) for other in others for sender in other.senders)
    for sender in hospital.senders:
        refuse_overlap(sender, named)


def _settings(hospital: Hospital) -> dict[str, Any]:  # columns
    return {
        "name": hospital.name,
        "language": hospital.language.value,
        "release_pacs": hospital.release_pacs.value,
        "release_his": hospital.release_his.value,
        "quiet_s": hospital.quiet_s,
        "finalising": hospital.finalising.value,
        "targets_s": dict(hospital.targets_s),
        "agreement": agreement_column.written(hospital.agreement),
    }


def _insert_parts(connection: Connection, hospital: Hospital) -> None:
    for sender in hospital.senders:
        connection.execute(
            SENDER.insert().values(
                hospital_id=hospital.id,
                calling_ae=sender.calling_ae,
                called_ae=sender.called_ae,
                networks=[str(each) for each in sender.networks],
            )
        )
    for rule in hospital.packages:
        connection.execute(
            PACKAGE_RULE.insert().values(
                hospital_id=hospital.id,
                package=rule.package,
                modalities=list(rule.modalities),
                reading_mode=rule.mode.value,
            )
        )


def everyone(connection: Connection, wall: Wall) -> tuple[Hospital, ...]:
    """The hospitals behind the wall that were not removed, by name."""
    statement = (
        select(HOSPITAL).where(within(wall, HOSPITAL.c.id), HOSPITAL.c.removed_at.is_(None)).order_by(HOSPITAL.c.name)
    )
    return tuple(_hospital(connection, row) for row in connection.execute(statement).all())


def names(connection: Connection, wall: Wall) -> Mapping[HospitalId, str]:
    """What hospitals are called, removed ones too, by name: for who manages people or searches the record."""
    wall.guard_names()
    rows = connection.execute(select(HOSPITAL.c.id, HOSPITAL.c.name).order_by(HOSPITAL.c.name))
    return {HospitalId(row.id): row.name for row in rows}


def get(connection: Connection, wall: Wall, hospital: HospitalId) -> Hospital:
    """One hospital, removed ones too (their studies stay). Raises UnknownHospital."""
    statement = select(HOSPITAL).where(within(wall, HOSPITAL.c.id), HOSPITAL.c.id == hospital)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise UnknownHospital("there is no such hospital")
    return _hospital(connection, row)


def served(column: ColumnElement[str]) -> ColumnElement[bool]:
    """That a hospital is served: nobody reads for one that was removed, though what it sent stays."""
    return column.not_in(select(HOSPITAL.c.id).where(HOSPITAL.c.removed_at.is_not(None)))


def by_name(connection: Connection, wall: Wall, name: str) -> Hospital:
    """The hospital of a name. Raises UnknownHospital."""
    for hospital in everyone(connection, wall):
        if hospital.name == name:
            return hospital
    raise UnknownHospital(f"there is no hospital named {name!r}; `consilium hospital list` shows them")


def known(connection: Connection, wall: Wall, hospital: HospitalId) -> Hospital:
    """One hospital that was not removed. Raises UnknownHospital."""
    for each in everyone(connection, wall):
        if each.id == hospital:
            return each
    raise UnknownHospital("there is no such hospital; `consilium hospital list` shows them")


def remove(connection: Connection, wall: Wall, hospital: HospitalId) -> None:
    """End a hospital's access: its senders, keys and peers go, its studies stay."""
    wall.guard(hospital)
    moment = now(connection)
    connection.execute(update(HOSPITAL).where(HOSPITAL.c.id == hospital).values(removed_at=moment))
    connection.execute(delete(SENDER).where(SENDER.c.hospital_id == hospital))
    connection.execute(update(API_KEY).where(API_KEY.c.hospital_id == hospital).values(revoked_at=moment))
    connection.execute(update(PEER).where(PEER.c.hospital_id == hospital).values(removed_at=moment))


def add_peer(connection: Connection, wall: Wall, peer: Peer) -> None:
    """Add a PACS or a webhook."""
    wall.guard(peer.hospital)
    connection.execute(
        PEER.insert().values(
            id=peer.id,
            hospital_id=peer.hospital,
            channel=peer.channel.value,
            host=peer.host,
            port=peer.port,
            ae_title=peer.ae_title,
            calling_ae=peer.calling_ae,
            url=peer.url,
            sealed_secret=peer.sealed_secret,
            companions=sorted(peer.companions),
        )
    )


def peers(connection: Connection, wall: Wall, hospital: HospitalId) -> tuple[Peer, ...]:
    """Where a hospital's results go."""
    statement = (
        select(PEER)
        .where(within(wall, PEER.c.hospital_id), PEER.c.hospital_id == hospital, PEER.c.removed_at.is_(None))
        .order_by(PEER.c.id)
    )
    return tuple(_peer(row) for row in connection.execute(statement))


def peer(connection: Connection, wall: Wall, peer_id: str) -> Peer | None:
    """One peer, None when it was removed."""
    statement = select(PEER).where(within(wall, PEER.c.hospital_id), PEER.c.id == peer_id, PEER.c.removed_at.is_(None))
    row = connection.execute(statement).one_or_none()
    return None if row is None else _peer(row)


def add_api_key(connection: Connection, wall: Wall, *, key_id: str, hospital: HospitalId, digest: str) -> None:
    """Remember a key by its SHA-256."""
    wall.guard(hospital)
    connection.execute(
        API_KEY.insert().values(id=key_id, hospital_id=hospital, digest=digest, created_at=now(connection))
    )


def api_key(connection: Connection, wall: Wall, digest: str) -> ApiKey | None:
    """The key in force that has this digest."""
    statement = select(API_KEY).where(
        within(wall, API_KEY.c.hospital_id), API_KEY.c.digest == digest, API_KEY.c.revoked_at.is_(None)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else ApiKey(row.id, HospitalId(row.hospital_id), row.created_at, row.revoked_at)


def api_keys(connection: Connection, wall: Wall, hospital: HospitalId) -> tuple[ApiKey, ...]:
    """A hospital's keys, the revoked too."""
    statement = (
        select(API_KEY)
        .where(within(wall, API_KEY.c.hospital_id), API_KEY.c.hospital_id == hospital)
        .order_by(API_KEY.c.created_at)
    )
    return tuple(
        ApiKey(row.id, HospitalId(row.hospital_id), row.created_at, row.revoked_at)
        for row in connection.execute(statement)
    )


def revoke_api_key(connection: Connection, wall: Wall, key_id: str) -> bool:
    """End a key; False when there is no such key in force."""
    statement = (
        update(API_KEY)
        .where(within(wall, API_KEY.c.hospital_id), API_KEY.c.id == key_id, API_KEY.c.revoked_at.is_(None))
        .values(revoked_at=now(connection))
    )
    return connection.execute(statement).rowcount == 1


def _hospital(connection: Connection, row: Row[Any]) -> Hospital:
    senders = connection.execute(select(SENDER).where(SENDER.c.hospital_id == row.id).order_by(SENDER.c.id)).all()
    of_hospital = select(PACKAGE_RULE).where(PACKAGE_RULE.c.hospital_id == row.id)
    rules = connection.execute(of_hospital.order_by(PACKAGE_RULE.c.id)).all()
    return Hospital(
        id=HospitalId(row.id),
        name=row.name,
        language=Language(row.language),
        release_pacs=ReleasePolicy(row.release_pacs),
        release_his=ReleasePolicy(row.release_his),
        quiet_s=row.quiet_s,
        senders=tuple(_sender(each.calling_ae, each.called_ae, each.networks) for each in senders),
        packages=tuple(
            PackageRule(each.package, tuple(each.modalities), ReadingMode(each.reading_mode)) for each in rules
        ),
        finalising=Finalising(row.finalising),
        targets_s=row.targets_s,
        agreement=agreement_column.read(row.agreement),
    )


def _sender(calling_ae: str, called_ae: str, networks: Sequence[str]) -> Sender:
    return Sender(AeTitle(calling_ae), AeTitle(called_ae), tuple(network(each) for each in networks))


def _peer(row: Row[Any]) -> Peer:
    return Peer(
        id=row.id,
        hospital=HospitalId(row.hospital_id),
        channel=Channel(row.channel),
        host=row.host,
        port=row.port,
        ae_title=row.ae_title,
        calling_ae=row.calling_ae,
        url=row.url,
        sealed_secret=row.sealed_secret,
        companions=frozenset(Companion(each) for each in row.companions),
    )
