"""What would happen to a hospital's stored studies by other rules, without anything being written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from models.catalogue import Entry
from service.archive import analyses, hospitals, studies
from service.archive.analyses import Analysis, Asked
from service.archive.studies import Study, StudyFilter
from service.domain.analysis import GONE
from service.domain.hospital import PackageRule
from service.domain.wall import HospitalId, Wall
from service.flow.plan import Case, Plan, case_of, plan


@dataclass(frozen=True, slots=True)
class Tried:
    """A stored study, what dispatch would do with it, and by package the analysis that stands for it already."""

    case: Case
    plan: Plan
    standing: Mapping[str, Analysis]

    @property
    def study(self) -> Study:
        """The study."""
        return self.case.study


@dataclass(frozen=True, slots=True)
class Stored:
    """Which stored studies, the newest first. after: the (first_received_at, id) of the last one seen."""

    hospital: HospitalId
    after: tuple[float, int] | None
    limit: int


def dry_run(
    connection: Connection,
    wall: Wall,
    stored: Stored,
    rules: Sequence[PackageRule],
    available: Mapping[str, Entry],
) -> tuple[Tried, ...]:
    """What dispatch would do with stored studies by these rules. available: the centre's packages by name."""
    narrowed = wall.only(stored.hospital)
    found = studies.listed(connection, narrowed, StudyFilter(after=stored.after), stored.limit)
    agreement = hospitals.get(connection, narrowed, stored.hospital).agreement
    cases = (case_of(connection, narrowed, study) for study in found)
    return tuple(_tried(connection, narrowed, case, plan(case, rules, agreement, available)) for case in cases)


def _tried(connection: Connection, wall: Wall, case: Case, planned: Plan) -> Tried:
    known = analyses.of_study(connection, wall, case.study.id)
    standing = {
        package: analysis
        for package, asked in planned.asked.items()
        for analysis in known
        if _is_same(analysis, asked) and analysis.state not in GONE
    }
    return Tried(case, planned, standing)


def _is_same(analysis: Analysis, asked: Asked) -> bool:
    """As analyses.ask has it: one package version on the same images is one analysis."""
    return (analysis.package, analysis.package_version, analysis.fingerprint) == (
        asked.package,
        asked.package_version,
        asked.fingerprint,
    )
