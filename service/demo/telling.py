"""From what was seen to what is told: the JSON object, and whether all went well."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydicom import dcmread

from service.archive import analyses
from service.archive.analyses import Analysis, StoredFinding
from service.archive.events import EventKind
from service.archive.store import Archive
from service.cli.send import Sent
from service.demo.outcome import AnalysisSaid, CodeSaid, Delivered, DemoOutcome, FindingSaid, Timeline
from service.demo.watch import Seen
from service.domain.analysis import AnalysisOutcome
from service.domain.wall import Wall

COMPREHENSIVE_3D_SR: Final = "1.2.840.10008.5.1.4.1.1.88.34"
_GOOD: Final = {AnalysisOutcome.FINDINGS, AnalysisOutcome.NO_FINDING, AnalysisOutcome.REFUSED}


def tell(archive: Archive, seen: Seen, sent: Sent, *, folder: Path, began_at: float, received_at: float) -> DemoOutcome:
    """The outcome of one study. began_at: the moment of the first C-STORE request (seconds since the epoch)."""
    wall = Wall(frozenset({seen.study.hospital}), Wall.operator().role, "demo")
    with archive.read() as connection:
        said = tuple(_analysis(each, analyses.findings_of(connection, wall, each.id)) for each in seen.current)
    delivered = came_back(folder)
    reports = sum(each.sop_class_uid == COMPREHENSIVE_3D_SR for each in delivered)
    well = not sent.refused and all(each.outcome in _GOOD for each in seen.current) and reports >= len(seen.current)
    return DemoOutcome(
        ok=well,
        study_instance_uid=seen.study.study_instance_uid,
        timeline=_timeline(seen, began_at, received_at),
        analyses=said,
        delivered=delivered,
    )


def came_back(folder: Path) -> tuple[Delivered, ...]:
    """The objects in the hospital's folder, in the order of their arrival."""
    delivered = []
    for path in sorted(folder.glob("*.dcm")):
        meta = dcmread(path, stop_before_pixels=True, specific_tags=[]).file_meta
        delivered.append(
            Delivered(
                path=str(path.resolve()),
                sop_class_uid=str(meta.MediaStorageSOPClassUID),
                sop_instance_uid=str(meta.MediaStorageSOPInstanceUID),
            )
        )
    return tuple(delivered)


def _timeline(seen: Seen, began_at: float, received_at: float) -> Timeline:
    def last(*kinds: EventKind) -> float | None:
        moments = [each.at for each in seen.events if each.kind in kinds]
        return round(max(moments) - began_at, 3) if moments else None

    return Timeline(
        received_s=round(received_at - began_at, 3),
        complete_s=last(EventKind.STUDY_COMPLETE),
        analysed_s=last(EventKind.ANALYSIS_CONCLUDED, EventKind.ANALYSIS_REFUSED, EventKind.ANALYSIS_FAILED),
        delivered_s=last(EventKind.DELIVERY_DELIVERED),
    )


def _analysis(analysis: Analysis, findings: tuple[StoredFinding, ...]) -> AnalysisSaid:
    return AnalysisSaid(
        package=analysis.package,
        version=analysis.package_version,
        outcome=analysis.outcome.value if analysis.outcome else None,
        reason=analysis.reason,
        series_instance_uid=analysis.series_instance_uid,
        findings=tuple(_finding(each) for each in findings),
    )


def _finding(finding: StoredFinding) -> FindingSaid:
    x, y, z = finding.center_x_mm, finding.center_y_mm, finding.center_z_mm
    return FindingSaid(
        code=CodeSaid(value=finding.code_value, scheme=finding.code_scheme, meaning=finding.code_meaning),
        presence=finding.presence,
        probability=finding.probability,
        center_mm_lps=None if x is None or y is None or z is None else (x, y, z),
        long_axis_mm=finding.long_axis_mm,
        volume_mm3=finding.volume_mm3,
    )
