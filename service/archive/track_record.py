"""What readers made of each package's findings, in numbers that stand beside the promise of its card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, distinct, func, literal, null

from service.archive.judgements import SAID_LONG_AXIS_MM, Judgements, Narrowed, looked_for, manufacturer, size_class
from service.archive.reading_tables import REVIEW_EVENT
from service.archive.tables import ANALYSIS, FINDING
from service.domain.hospital import ReadingMode
from service.domain.review import RejectionReason, ReviewAction
from service.domain.track_record import SizeClass, Tally
from service.domain.wall import HospitalId, Wall

SPAN_S: Final = 30 * 86_400
_UNJUDGED: Final = "unjudged"
_ADDED: Final = "added"


@dataclass(frozen=True, slots=True)
class PackageVersion:
    """One version of a package. digest: of its manifest."""

    package: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """One version of a package: everything, and the same by what it depends on.

    studies: read by the package and signed by a physician. by_mode: how reader and package worked together when the
    finding was judged; those nobody judged have no mode. by_manufacturer: of the scanner, in capitals; empty where the
    images do not say.
    """

    of: PackageVersion
    studies: int
    total: Tally
    by_size: Mapping[SizeClass, Tally]
    by_mode: Mapping[ReadingMode, Tally]
    by_manufacturer: Mapping[str, Tally]
    studies_by_manufacturer: Mapping[str, int]


class _Cell(NamedTuple):
    """Findings that share all of this. what: an act, _UNJUDGED or _ADDED."""

    of: PackageVersion
    size: SizeClass
    mode: ReadingMode | None
    manufacturer: str
    what: str
    reason: RejectionReason | None


def track_record(
    connection: Connection, wall: Wall, hospital: HospitalId, package: str, version: str, *, since: float
) -> TrackRecord | None:
    """One version of a package at one hospital since a moment (epoch seconds); None while it read nothing signed."""
    narrowed = Narrowed(hospital=hospital, package=package, version=version, since=since)
    return next(iter(track_records(connection, wall, narrowed)), None)


def track_records(connection: Connection, wall: Wall, narrowed: Narrowed) -> tuple[TrackRecord, ...]:
    """Every version that read a study of the choice, by name and version."""
    judgements = Judgements(wall, narrowed)
    studies = _studies(connection, judgements)
    if not studies:
        return ()
    cells = _marks(connection, judgements) + _added(connection, wall, judgements)
    versions = sorted({of for of, _ in studies}, key=lambda of: (of.package, _parts(of.version)))
    return tuple(_record(of, studies, cells) for of in versions)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _record(
    of: PackageVersion, studies: Mapping[tuple[PackageVersion, str], int], cells: Mapping[_Cell, int]
) -> TrackRecord:
    own = {cell: count for cell, count in cells.items() if cell.of == of}
    read = {maker: count for (each, maker), count in sorted(studies.items(), key=lambda one: one[0][1]) if each == of}
    present = {cell.size for cell in own}
    modes = {cell.mode for cell in own}
    return TrackRecord(
        of=of,
        studies=sum(read.values()),
        total=_tally(own),
        by_size={size: _tally(_only(own, "size", size)) for size in SizeClass if size in present},
        by_mode={mode: _tally(_only(own, "mode", mode)) for mode in ReadingMode if mode in modes},
        by_manufacturer={maker: _tally(_only(own, "manufacturer", maker)) for maker in read},
        studies_by_manufacturer=read,
    )


def _only(cells: Mapping[_Cell, int], name: str, value: str) -> Mapping[_Cell, int]:
    return {cell: count for cell, count in cells.items() if getattr(cell, name) == value}


def _tally(cells: Mapping[_Cell, int]) -> Tally:
    counted: Counter[str] = Counter()
    rejected: Counter[RejectionReason] = Counter()
    for cell, count in cells.items():
        counted[cell.what] += count
        if cell.reason is not None:
            rejected[cell.reason] += count
    return Tally(
        accepted=counted[ReviewAction.ACCEPT],
        corrected=counted[ReviewAction.CORRECT],
        uncertain=counted[ReviewAction.DOUBT],
        unjudged=counted[_UNJUDGED],
        added=counted[_ADDED],
        rejected=rejected,
    )


def _studies(connection: Connection, judgements: Judgements) -> dict[tuple[PackageVersion, str], int]:
    """How many studies each version read of each manufacturer's."""
    keys = _version_keys()
    counting = judgements.reads().with_only_columns(*keys, func.count(distinct(ANALYSIS.c.study_id)).label("studies"))
    rows = connection.execute(counting.group_by(*keys))
    return {(PackageVersion(row.package, row.version, row.digest), row.maker): row.studies for row in rows}


def _marks(connection: Connection, judgements: Judgements) -> Counter[_Cell]:
    """What the packages proposed, by what became of it."""
    keys = (
        *_keys(FINDING.c.long_axis_mm),
        func.coalesce(REVIEW_EVENT.c.action, _UNJUDGED).label("what"),
        REVIEW_EVENT.c.reason.label("reason"),
    )
    counting = judgements.marks().with_only_columns(*keys, func.count().label("findings")).group_by(*keys)
    return _cells(connection.execute(counting))


def _added(connection: Connection, wall: Wall, judgements: Judgements) -> Counter[_Cell]:
    """What readers added that the package looks for."""
    keys = _keys(SAID_LONG_AXIS_MM)
    constant = (literal(_ADDED).label("what"), null().label("reason"))
    added = judgements.added(looked_for(connection, wall, judgements))
    counting = added.with_only_columns(*keys, *constant, func.count().label("findings")).group_by(*keys)
    return _cells(connection.execute(counting))


def _version_keys() -> tuple[ColumnElement[str], ...]:
    return (
        ANALYSIS.c.package.label("package"),
        ANALYSIS.c.package_version.label("version"),
        ANALYSIS.c.package_digest.label("digest"),
        manufacturer().label("maker"),
    )


def _keys(long_axis_mm: ColumnElement[float]) -> tuple[ColumnElement[str], ...]:
    return (*_version_keys(), size_class(long_axis_mm).label("size"), REVIEW_EVENT.c.mode.label("mode"))


def _cells(rows: Iterable[Row[Any]]) -> Counter[_Cell]:
    found: Counter[_Cell] = Counter()
    for row in rows:
        cell = _Cell(
            of=PackageVersion(row.package, row.version, row.digest),
            size=SizeClass(row.size),
            mode=None if row.mode is None else ReadingMode(row.mode),
            manufacturer=row.maker,
            what=row.what,
            reason=None if row.reason is None else RejectionReason(row.reason),
        )
        found[cell] += row.findings
    return found
