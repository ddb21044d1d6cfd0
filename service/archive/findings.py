"""Findings as rows: what HIS, worklist and timeline are told of a reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from models.contract import Code, Point, Presence
from service.archive.events import within
from service.archive.tables import FINDING
from service.domain.outcome import StatedFinding
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding as a row: what HIS and worklist are told; the region itself lies in the reading object."""

    id: str
    hospital: HospitalId
    analysis_id: str
    number: int
    code_value: str
    code_scheme: str
    code_meaning: str
    site_value: str
    site_scheme: str
    site_meaning: str
    laterality_value: str | None
    laterality_scheme: str | None
    laterality_meaning: str | None
    presence: str
    probability: float
    center_x_mm: float | None
    center_y_mm: float | None
    center_z_mm: float | None
    long_axis_mm: float | None
    short_axis_mm: float | None
    volume_mm3: float | None
    mean_hu: float | None
    sop_instance_uid: str | None
    frame_number: int | None
    tracking_uid: str

    @property
    def concept(self) -> Code:
        """What was found."""
        return Code(self.code_value, self.code_scheme, self.code_meaning)

    @property
    def site(self) -> Code:
        """Where it was found."""
        return Code(self.site_value, self.site_scheme, self.site_meaning)

    @property
    def center_mm(self) -> Point | None:
        """Where its middle lies in the patient (LPS)."""
        if self.center_x_mm is None or self.center_y_mm is None or self.center_z_mm is None:
            return None
        return self.center_x_mm, self.center_y_mm, self.center_z_mm

    @property
    def laterality(self) -> Code | None:
        """On which side, where the site has one."""
        if self.laterality_value is None:
            return None
        return Code(self.laterality_value, self.laterality_scheme or "", self.laterality_meaning or "")

    @property
    def stated(self) -> StatedFinding:
        """As words say it."""
        return StatedFinding(
            number=self.number,
            concept=self.concept,
            site=self.site,
            laterality=self.laterality,
            presence=Presence(self.presence),
            probability=self.probability,
            long_axis_mm=self.long_axis_mm,
            short_axis_mm=self.short_axis_mm,
            volume_mm3=self.volume_mm3,
            mean_hu=self.mean_hu,
        )


def add(connection: Connection, wall: Wall, findings: Sequence[StoredFinding]) -> None:
    """Keep what an analysis found."""
    for finding in findings:
        wall.guard(finding.hospital)
        values = {name: getattr(finding, name) for name in finding.__dataclass_fields__ if name != "hospital"}
        connection.execute(FINDING.insert().values(hospital_id=finding.hospital, **values))


def of_analysis(connection: Connection, wall: Wall, analysis_id: str) -> tuple[StoredFinding, ...]:
    """The findings of an analysis, by number."""
    statement = (
        select(FINDING)
        .where(within(wall, FINDING.c.hospital_id), FINDING.c.analysis_id == analysis_id)
        .order_by(FINDING.c.number)
    )
    return tuple(stored(row) for row in connection.execute(statement))


def stored(row: Row[Any]) -> StoredFinding:
    """The finding of a row that has the columns of its table, and maybe others."""
    values = row._asdict()
    own = StoredFinding.__dataclass_fields__.keys() - {"hospital"}
    return StoredFinding(hospital=HospitalId(row.hospital_id), **{name: values[name] for name in own})
