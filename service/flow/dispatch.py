"""From a complete study to its analyses: which packages are asked, and which series each will read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from models.catalogue import Catalogue, Entry
from service.archive import analyses, hospitals, manifests, results, studies
from service.archive.analyses import Analysis, Asked
from service.archive.events import EventKind, append
from service.archive.results import Encoding
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.analysis import OPEN
from service.domain.wall import Wall
from service.flow.conclude import advance_orders, supersede
from service.flow.notify import tell_late_orders
from service.flow.plan import case_of, plan

_WALL: Final = Wall.system("dispatch")


def dispatch_due(archive: Archive, catalogue: Catalogue) -> int:
    """Dispatch every complete study that was not yet; returns how many."""
    with archive.read() as connection:
        waiting = studies.to_dispatch(connection, _WALL)
    if waiting:
        catalogue.refresh()
    available = catalogue.available()
    done = 0
    for study in waiting:
        with archive.write() as connection:
            done += _dispatch(connection, study.id, available)
    return done


def _dispatch(connection: Connection, study_id: int, available: Mapping[str, Entry]) -> bool:
    study = studies.get(connection, _WALL, study_id)
    if study is None or study.identity_conflict or not studies.dispatched(connection, _WALL, study):
        return False
    hospital = hospitals.get(connection, _WALL, study.hospital)
    planned = plan(case_of(connection, _WALL, study), hospital.packages, hospital.agreement, available)
    codes = [each.code for each in planned.routed]
    append(connection, _WALL, EventKind.STUDY_ROUTED, study.subject, {"packages": codes})
    manifests.keep(connection, _WALL, [available[package] for package in planned.asked])
    _cancel_unwanted(connection, study, planned.asked)
    for asked in planned.asked.values():
        made = analyses.ask(connection, _WALL, asked)
        if made is not None and made.reason is not None:
            supersede(connection, made)
            results.want(connection, _WALL, made.hospital, made.id, Encoding.OBJECTS)
    advance_orders(connection, study.id)
    tell_late_orders(connection, _WALL, hospital, study.id)
    return True


def _cancel_unwanted(connection: Connection, study: Study, wanted: Mapping[str, Asked]) -> None:
    """End open analyses that nobody asks for any more, or that would read other images than are asked for now."""
    for analysis in analyses.of_study(connection, _WALL, study.id):
        if analysis.state in OPEN:
            why = _why_unwanted(analysis, wanted.get(analysis.package))
            if why is not None:
                analyses.cancel(connection, _WALL, analysis, why)


def _why_unwanted(analysis: Analysis, asked: Asked | None) -> str | None:
    if asked is None:
        return "neither an order nor the hospital's packages ask for it any more"
    if asked.fingerprint == analysis.fingerprint:
        return None
    if asked.revision == analysis.revision:
        return "another version of the package selects other images"
    return "a newer revision selects other images"
