"""What dispatch would do with a study, as a value: who is asked, who is not, which series each would read.

Dispatch and its dry run ask the same function, so that they cannot disagree.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from models.catalogue import Entry
from models.contract import Refused
from models.selection import Selected, SeriesFacts, fingerprint, select, series_geometry
from service.archive import instances, orders
from service.archive.analyses import Asked
from service.archive.instances import StoredInstance
from service.archive.orders import Order
from service.archive.studies import Study
from service.domain.agreement import Agreement
from service.domain.hospital import PackageRule
from service.domain.order import Priority
from service.domain.routing import Routed, route
from service.domain.wall import Wall

_URGENCY: Final = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


@dataclass(frozen=True, slots=True)
class Case:
    """A study with what dispatch looks at."""

    study: Study
    images: tuple[StoredInstance, ...]
    series: tuple[SeriesFacts, ...]
    joined: tuple[Order, ...]

    @property
    def urgency(self) -> int:
        """How urgent its analyses are: as the most urgent order says; 0 is the most urgent."""
        return min((_URGENCY[order.priority] for order in self.joined), default=_URGENCY[Priority.MEDIUM])


@dataclass(frozen=True, slots=True)
class Plan:
    """Every package that was thought of, and what is asked of those that are asked, by package."""

    routed: tuple[Routed, ...]
    asked: Mapping[str, Asked]


def case_of(connection: Connection, wall: Wall, study: Study) -> Case:
    """A study as dispatch sees it."""
    images = tuple(each for each in instances.of_study(connection, wall, study.id) if each.is_image)
    by_series: dict[str, list[StoredInstance]] = defaultdict(list)
    for each in images:
        by_series[each.series_instance_uid].append(each)
    return Case(
        study=study,
        images=images,
        series=tuple(series_facts(uid, members) for uid, members in sorted(by_series.items())),
        joined=orders.of_study(connection, wall, study.id),
    )


def plan(case: Case, rules: Sequence[PackageRule], agreement: Agreement, available: Mapping[str, Entry]) -> Plan:
    """What is to be asked of a study by a hospital's rules, its orders and what was agreed with it.

    available: the centre's packages by name.
    """
    routed = _routed(case, rules, agreement, available)
    return Plan(routed, {each.package: _asked(case, available[each.package]) for each in routed if each.asked})


def _routed(
    case: Case, rules: Sequence[PackageRule], agreement: Agreement, available: Mapping[str, Entry]
) -> tuple[Routed, ...]:
    if not case.images:
        return ()
    named = tuple(package for order in case.joined for package in order.packages)
    return route(rules, named, {facts.modality for facts in case.series}, available.keys(), agreement)


def _asked(case: Case, entry: Entry) -> Asked:
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
