"""Hospitals as an operator types and sees them."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from models.catalogue import Catalogue
from service.access import hospital_settings
from service.access.hospital_peers import pacs_address, where
from service.access.onboarding import NewHospital, add_hospital
from service.archive import hospitals, probes
from service.archive.store import Archive
from service.cli import agreement_view, printing
from service.cli.choices import choice
from service.cli.listening import noted, widest_bind
from service.cli.opened import NotFound, opened
from service.cli.options import settings
from service.cli.printing import Json
from service.domain.hospital import (
    Channel,
    Hospital,
    Language,
    ReleasePolicy,
    Sender,
    ae_title,
    package_rule,
    refuse_unknown,
    sender_networks,
)
from service.domain.wall import Wall
from service.settings import Settings

PROBE_LIMIT_S: Final = 90.0


@dataclass(frozen=True, slots=True)
class Typed:
    """A hospital as typed."""

    name: str
    calling_ae: str
    called_ae: str
    networks: tuple[str, ...]
    pacs: str | None
    webhook: str | None
    packages: tuple[str, ...]
    release: str
    language: str
    quiet_s: float | None


def add_view(data: Path | None, typed: Typed, *, json_wanted: bool) -> None:
    """Add a hospital and show its key and secret, once.

    Raises MalformedSetting, UnknownPackage, NameTaken, SendersOverlap.
    """
    chosen = settings(data=data)
    new = _new(typed, widest_bind(chosen))
    refuse_unknown((rule.package for rule in new.packages), packages_here(chosen))
    archive = Archive(chosen.data)
    try:
        added = add_hospital(archive, Wall.operator(), new)
    finally:
        archive.close()
    if json_wanted:
        printing.as_json(
            {"hospital": added.hospital_id, "api_key": added.api_key, "webhook_secret": added.webhook_secret}
        )
        return
    sys.stdout.write(f"Hospital {new.name} ({added.hospital_id}) may send now.\n")
    sys.stdout.write(f"  API key         {added.api_key}\n")
    if added.webhook_secret:
        sys.stdout.write(f"  webhook secret  {added.webhook_secret}\n")
    sys.stdout.write("They are shown this once. `consilium hospital test` tries the connection.\n")


def packages_here(chosen: Settings) -> frozenset[str]:
    """The packages by the settings of this command or of the centre as it was last started."""
    known = noted(chosen.data)
    started_with = () if known is None else tuple(Path(folder) for folder in known.packages)
    return frozenset(Catalogue.of((*chosen.packages, *started_with)).available())


def _new(typed: Typed, dicom_bind: str) -> NewHospital:
    networks = sender_networks(typed.networks, dicom_bind)
    return NewHospital(
        name=typed.name,
        language=choice(Language, typed.language, "--language"),
        senders=(Sender(ae_title(typed.calling_ae), ae_title(typed.called_ae), networks),),
        packages=tuple(package_rule(each) for each in typed.packages),
        release=choice(ReleasePolicy, typed.release, "--release"),
        quiet_s=typed.quiet_s,
        pacs=None if typed.pacs is None else pacs_address(typed.pacs),
        webhook_url=typed.webhook,
    )


def list_view(data: Path | None, *, json_wanted: bool) -> None:
    """Print hospitals."""
    wall = Wall.operator()
    with opened(data) as archive, archive.read() as connection:
        known = hospitals.everyone(connection, wall)
        peers = {each.id: hospitals.peers(connection, wall, each.id) for each in known}
        keys = {each.id: _keys(connection, wall, each) for each in known}
        entries = [entry(connection, wall, each) for each in known]
    if json_wanted:
        printing.as_json(entries)
        return
    printing.as_table(
        ("hospital", "senders", "packages", "results to", "release", "keys"),
        [
            (
                each.name,
                "; ".join(f"{s.calling_ae} > {s.called_ae}" for s in each.senders),
                ", ".join(rule.package for rule in each.packages) or "none",
                "; ".join(where(peer) for peer in peers[each.id]) or "nowhere",
                each.release_pacs.value,
                ", ".join(keys[each.id]),
            )
            for each in known
        ],
        "No hospital yet: `consilium hospital add --help`.",
    )


def key_view(data: Path | None, name: str, revoke: str | None, *, json_wanted: bool) -> None:
    """Make or end a key. Raises UnknownHospital, UnknownKey."""
    wall = Wall.operator()
    key = None
    with opened(data) as archive:
        hospital = _named(archive, name)
        if revoke is not None:
            hospital_settings.revoke_key(archive, wall, hospital.id, revoke)
        else:
            _, key = hospital_settings.issue_key(archive, wall, hospital.id)
    if json_wanted:
        printing.as_json({"hospital": hospital.id, "api_key": key, "revoked": revoke})
    elif key is None:
        sys.stdout.write(f"Key {revoke} is ended.\n")
    else:
        sys.stdout.write(f"API key {key}\nIt is shown this once; the others stay in force.\n")


def remove_view(data: Path | None, name: str) -> None:
    """End a hospital's access. Raises UnknownHospital."""
    with opened(data) as archive:
        hospital_settings.remove(archive, Wall.operator(), _named(archive, name).id, typed_name=name)
    sys.stdout.write(f"{name} may not send any more; its studies stay.\n")


def test_view(data: Path | None, name: str, *, json_wanted: bool) -> int:
    """Ask the flow worker for a connection test and print what it found; 1 when something does not work."""
    wall = Wall.operator()
    with opened(data) as archive:
        with archive.write() as connection:
            hospital = hospitals.by_name(connection, wall, name)
            probe_id = probes.request(connection, wall, hospital.id)
        probe = _finished(archive, wall, probe_id)
    if probe is None:
        raise NotFound("nobody ran the test: is the centre up? (`consilium up`)")
    if json_wanted:
        printing.as_json([{"ok": good, "what": words} for good, words in probe.report])
    else:
        for good, words in probe.report:
            sys.stdout.write(f"{'ok  ' if good else 'FAIL'}  {words}\n")
    return 0 if all(good for good, _ in probe.report) else 1


def _finished(archive: Archive, wall: Wall, probe_id: str) -> probes.Probe | None:
    deadline = time.monotonic() + PROBE_LIMIT_S
    while time.monotonic() < deadline:
        with archive.read() as connection:
            probe = probes.get(connection, wall, probe_id)
        if probe is not None and probe.state is probes.ProbeState.DONE:
            return probe
        time.sleep(0.2)
    return None


def _named(archive: Archive, name: str) -> Hospital:
    with archive.read() as connection:
        return hospitals.by_name(connection, Wall.operator(), name)


def _keys(connection: Connection, wall: Wall, hospital: Hospital) -> list[str]:
    return [key.id for key in hospitals.api_keys(connection, wall, hospital.id) if key.revoked_at is None]


def entry(connection: Connection, wall: Wall, hospital: Hospital) -> dict[str, Json]:
    """A hospital with its settings, senders, packages, peers and keys in force."""
    keys: list[Json] = [*_keys(connection, wall, hospital)]
    return {
        "hospital": hospital.id,
        "name": hospital.name,
        "language": hospital.language.value,
        "release": {"pacs": hospital.release_pacs.value, "his": hospital.release_his.value},
        "quiet_s": hospital.quiet_s,
        "audit": hospital.finalising.asks_for_audit,
        "finalising": hospital.finalising.value,
        "targets_s": {**hospital.targets_s},
        "agreement": agreement_view.entry(hospital.agreement),
        "senders": [
            {"calling_ae": s.calling_ae, "called_ae": s.called_ae, "networks": [str(n) for n in s.networks]}
            for s in hospital.senders
        ],
        "packages": [
            {"package": r.package, "modalities": list(r.modalities), "reading_mode": r.mode.value}
            for r in hospital.packages
        ],
        "peers": [
            {
                "channel": p.channel.value,
                "where": where(p),
                **({"documents": [each.value for each in sorted(p.companions)]} if p.channel is Channel.PACS else {}),
            }
            for p in hospitals.peers(connection, wall, hospital.id)
        ],
        "keys": keys,
    }
