"""From a complete study to its analyses: which packages are asked, and which series each will read."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from models.catalogue import Catalogue, Entry
from models.contract import Refused
from models.selection import Selected, SeriesFacts, fingerprint, select, series_geometry
from service.archive import analyses, hospitals, instances, manifests, orders, results, studies
from service.archive.analyses import Analysis, Asked
from service.archive.events import EventKind, append
from service.archive.instances import StoredInstance
from service.archive.results import Encoding
from service.archive.store import Archive
from service.domain.analysis import OPEN
from service.domain.order import Priority
from service.domain.routing import Routed, route
from service.domain.wall import Wall
from service.flow.conclude import advance_orders, supersede
from service.flow.notify import tell_late_orders

_WALL: Final = Wall.system("dispatch")
_URGENCY: Final = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


@dataclass(frozen=True, slots=True)
class _Case:
    """A study with what dispatch looks at."""

    study: studies.Study
    images: tuple[StoredInstance, ...]
    series: tuple[SeriesFacts, ...]
    joined: tuple[orders.Order, ...]

    @property
    def urgency(self) -> int:
        return min((_URGENCY[order.priority] for order in self.joined), default=_URGENCY[Priority.MEDIUM])


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
    case = _case(connection, study)
    routed = _route(connection, case, available)
    append(connection, _WALL, EventKind.STUDY_ROUTED, study.subject, {"packages": [each.code for each in routed]})
    entries = {each.package: available[each.package] for each in routed if each.asked}
    manifests.keep(connection, _WALL, entries.values())
    wanted = {package: _asked(case, entry) for package, entry in entries.items()}
    _cancel_unwanted(connection, case, wanted)
    for asked in wanted.values():
        made = analyses.ask(connection, _WALL, asked)
        if made is not None and made.reason is not None:
            supersede(connection, made)
            results.want(connection, _WALL, made.hospital, made.id, Encoding.OBJECTS)
    advance_orders(connection, study.id)
    tell_late_orders(connection, _WALL, hospitals.get(connection, _WALL, study.hospital), study.id)
    return True


def _case(connection: Connection, study: studies.Study) -> _Case:
    images = tuple(each for each in instances.of_study(connection, _WALL, study.id) if each.is_image)
    by_series: dict[str, list[StoredInstance]] = defaultdict(list)
    for each in images:
        by_series[each.series_instance_uid].append(each)
    return _Case(
        study=study,
        images=images,
        series=tuple(series_facts(uid, members) for uid, members in sorted(by_series.items())),
        joined=orders.of_study(connection, _WALL, study.id),
    )


def _route(connection: Connection, case: _Case, available: Mapping[str, Entry]) -> tuple[Routed, ...]:
    if not case.images:
        return ()
    hospital = hospitals.get(connection, _WALL, case.study.hospital)
    named = tuple(package for order in case.joined for package in order.packages)
    modalities = {facts.modality for facts in case.series}
    return route(hospital.packages, named, modalities, available.keys())


def _asked(case: _Case, entry: Entry) -> Asked:
    chosen = select(entry.manifest, case.series)
    of_series = case.images
    if isinstance(chosen, Selected):
        of_series = tuple(each for each in case.images if each.series_instance_uid == chosen.series_instance_uid)
    refused = chosen if isinstance(chosen, Refused) else None
    return Asked(
        hospital=case.study.hospital,
        study_id=case.study.id,
        study_instance_uid=case.study.study_instance_uid,
        revision=case.study.revision,
        package=entry.manifest.name,
        package_version=entry.manifest.version,
        package_digest=entry.digest,
        series_instance_uid=chosen.series_instance_uid if isinstance(chosen, Selected) else None,
        fingerprint=fingerprint((each.sop_instance_uid, each.sha256) for each in of_series),
        selection=chosen.reasons if isinstance(chosen, Selected) else (chosen.detail,),
        urgency=case.urgency,
        reason=refused.reason.value if refused else None,
        detail=refused.detail if refused else None,
    )


def _cancel_unwanted(connection: Connection, case: _Case, wanted: Mapping[str, Asked]) -> None:
    """End open analyses that nobody asks for any more, or that would read other images than are asked for now."""
    for analysis in analyses.of_study(connection, _WALL, case.study.id):
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


def series_facts(series_instance_uid: str, members: Sequence[StoredInstance]) -> SeriesFacts:
    """What selection looks at, from the index rows of a series' images."""
    facts = [each.facts for each in members]
    first = facts[0]
    positions = [each.image_position_mm for each in facts if each.image_position_mm is not None]
    spacing_mm, extent_mm, orientation = series_geometry(positions, first.image_orientation)
    return SeriesFacts(
        series_instance_uid=series_instance_uid,
        modality=first.modality,
        sop_class_uids=frozenset(each.sop_class_uid for each in members),
        image_types=frozenset(value.upper() for each in facts for value in each.image_type),
        slice_thickness_mm=_median(each.slice_thickness_mm for each in facts),
        slice_spacing_mm=spacing_mm,
        kernel=first.convolution_kernel or None,
        orientation=orientation,
        instance_count=len(members),
        image_count=sum(each.number_of_frames or 1 for each in facts),
        extent_mm=extent_mm,
        patient_age_years=first.patient_age_years,
        patient_sex=first.patient_sex or None,
        body_part=first.body_part,
        lossy=any(each.lossy for each in facts),
        description=first.series_description,
        series_number=first.series_number,
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
