"""From what was seen to what is told: the JSON object, and whether all went well."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread
from sqlalchemy import Connection

from service.archive import findings, results
from service.archive.analyses import Analysis
from service.archive.events import EventKind
from service.archive.findings import StoredFinding
from service.archive.results import ResultKind
from service.archive.store import Archive
from service.cli.send import Sent
from service.demo.outcome import AnalysisSaid, CodeSaid, Delivered, DemoOutcome, FindingSaid, Timeline
from service.demo.watch import Seen
from service.domain.analysis import AnalysisOutcome
from service.domain.wall import Wall


def tell(archive: Archive, seen: Seen | None, sent: Sent, *, study_instance_uid: str, folder: Path) -> DemoOutcome:
    """The outcome of one study; seen: None where it never came in."""
    delivered = came_back(folder)
    if seen is None:
        return DemoOutcome(
            ok=False,
            study_instance_uid=study_instance_uid,
            timeline=Timeline(received_s=None, complete_s=None, analysed_s=None, delivered_s=None),
            analyses=(),
            delivered=delivered,
        )
    wall = Wall(frozenset({seen.study.hospital}), Wall.operator().role, "demo")
    arrived = {each.sop_instance_uid for each in delivered}
    with archive.read() as connection:
        said = tuple(_analysis(each, findings.of_analysis(connection, wall, each.id)) for each in seen.current)
        reported = all(_reported(connection, wall, each, arrived) for each in seen.current)
    acknowledged = not sent.refused and not sent.unsent
    return DemoOutcome(
        ok=acknowledged and seen.done and bool(said) and all(_ended_well(each) for each in seen.current) and reported,
        study_instance_uid=study_instance_uid,
        timeline=_timeline(seen, sent),
        analyses=said,
        delivered=delivered,
    )


def _ended_well(analysis: Analysis) -> bool:
    """Concluded, or refused with a reason."""
    if analysis.outcome is AnalysisOutcome.REFUSED:
        return bool(analysis.reason)
    return analysis.outcome in {AnalysisOutcome.FINDINGS, AnalysisOutcome.NO_FINDING}


def _reported(connection: Connection, wall: Wall, analysis: Analysis, arrived: set[str]) -> bool:
    """Whether the analysis' own SR lies in the hospital's folder."""
    made = results.of_analysis(connection, wall, analysis.id)
    return any(each.kind is ResultKind.SR and each.sop_instance_uid in arrived for each in made)


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


def _timeline(seen: Seen, sent: Sent) -> Timeline:
    def last(*kinds: EventKind) -> float | None:
        moments = [each.at for each in seen.events if each.kind in kinds]
        return round(max(moments) - sent.began_at, 3) if moments else None

    return Timeline(
        received_s=round(sent.ended_at - sent.began_at, 3),
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
