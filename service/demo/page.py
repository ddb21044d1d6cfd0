"""Filling the findings page from what the demo saw."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.catalogue import Entry
from models.contract import Code, Finding, RefusalReason, SeriesReading, SliceSource
from models.manifest import Text
from models.reading_file import read_reading
from models.refusals import FAILURE_WORDS, words
from service.archive import instances
from service.archive.analyses import Analysis
from service.archive.store import Archive
from service.demo.findings_page import write_findings_page
from service.demo.outcome import DemoOutcome
from service.demo.shown import (
    AnalysisShown,
    DeliveredObject,
    Failure,
    FindingShown,
    FindingsPage,
    Found,
    NothingFound,
    OutcomeShown,
    PackageShown,
    Refusal,
    Subject,
    Timeline,
)
from service.demo.watch import Seen
from service.dicom.names import PersonName
from service.dicom.sop_classes import name as class_name
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Language
from service.domain.outcome import said_of
from service.domain.wall import Wall
from service.domain.wording import concept_words, conclusion, site_words
from service.pixels.pool import DecodeFault, PixelPool, Polygon

LUNG_WINDOW_HU: Final = (-600.0, 1500.0)
CLOSEUP_PX: Final = 240
CLOSEUP_LEAST_PX: Final = 48


def write_page(path: Path, data: Path, entry: Entry, seen: Seen, outcome: DemoOutcome, *, phantom: bool) -> Path:
    """Write findings.html; returns where it lies."""
    archive, pixels = Archive(data), PixelPool()
    try:
        page = FindingsPage(
            title=Text(zh="consilium 演示：所见", en="consilium demo: findings"),
            subject=Subject(
                name=str(PersonName.parse(seen.study.patient_name)),
                patient_id=seen.study.patient_id,
                is_phantom=phantom,
            ),
            study_description=seen.study.study_description,
            analyses=tuple(
                AnalysisShown(_package(entry), _outcome(archive, pixels, entry, seen, each)) for each in seen.current
            ),
            timeline=Timeline(**outcome.timeline.model_dump()),
            delivered=tuple(
                DeliveredObject(
                    each.path,
                    Text(zh=class_name(each.sop_class_uid), en=class_name(each.sop_class_uid)),
                    each.sop_instance_uid,
                )
                for each in outcome.delivered
            ),
        )
        write_findings_page(path, page)
    finally:
        pixels.close()
        archive.close()
    return path.resolve()


def _package(entry: Entry) -> PackageShown:
    manifest = entry.manifest
    return PackageShown(
        title=manifest.title,
        name=manifest.name,
        version=manifest.version,
        use_status=manifest.use_status.words,
        not_validated_for=manifest.not_validated_for,
    )


def _outcome(archive: Archive, pixels: PixelPool, entry: Entry, seen: Seen, analysis: Analysis) -> OutcomeShown:
    reason = analysis.reason or ""
    if analysis.outcome is AnalysisOutcome.REFUSED:
        return Refusal(reason, words(RefusalReason(reason)), analysis.detail or "")
    if analysis.outcome is AnalysisOutcome.FAILED:
        return Failure(reason, FAILURE_WORDS.get(reason, FAILURE_WORDS["unforeseen"]))
    reading = read_reading(archive.objects.load(analysis.hospital, analysis.reading_object or ""))
    if not isinstance(reading, SeriesReading):
        return Failure("unforeseen", FAILURE_WORDS["unforeseen"])
    description = _series_description(archive, seen, reading)
    if not reading.reading.findings:
        said = said_of(reading)
        statement = Text(
            zh=conclusion(said, entry.manifest, Language.ZH_CN), en=conclusion(said, entry.manifest, Language.EN)
        )
        return NothingFound(description, len(reading.sources), statement)
    shown = tuple(_finding(archive, pixels, seen, reading, each) for each in reading.reading.findings)
    return Found(description, len(reading.sources), shown, LUNG_WINDOW_HU)


def _series_description(archive: Archive, seen: Seen, reading: SeriesReading) -> str:
    with archive.read() as connection:
        first = instances.by_uid(connection, Wall.operator(), seen.study.hospital, reading.sources[0].sop_instance_uid)
    return "" if first is None else first.facts.series_description


def _finding(archive: Archive, pixels: PixelPool, seen: Seen, reading: SeriesReading, finding: Finding) -> FindingShown:
    outlines = _outlines(pixels, finding)
    source = None if finding.slice_index is None else reading.sources[finding.slice_index]
    picture = _picture(archive, pixels, seen, source, outlines)
    return FindingShown(
        number=finding.number,
        kind=_both(finding.concept),
        place=Text(
            zh=site_words(finding.site, finding.laterality, Language.ZH_CN),
            en=site_words(finding.site, finding.laterality, Language.EN),
        ),
        long_axis_mm=finding.long_axis.length_mm if finding.long_axis else None,
        short_axis_mm=finding.short_axis.length_mm if finding.short_axis else None,
        volume_mm3=finding.volume_mm3,
        probability=finding.probability,
        mean_hu=finding.mean_hu,
        slice_number=None if finding.slice_index is None else finding.slice_index + 1,
        picture_png=None if picture is None else _png(picture),
        closeup_png=None if picture is None else _closeup(picture, outlines),
        closeup_side=_side_away(outlines, columns=reading.grid.shape[2]),
        sides=(_from_where(reading.grid.column_step_mm), _from_where(reading.grid.row_step_mm)),
    )


def _side_away(outlines: tuple[Polygon, ...], *, columns: int) -> Literal["left", "right"]:
    """The half of the picture in which the finding is not."""
    reach = [column for polygon in outlines for column, _ in polygon]
    return "left" if reach and (min(reach) + max(reach)) / 2 > columns / 2 else "right"


def _from_where(step_mm: tuple[float, float, float]) -> str:
    """The side of the patient from which a step of the grid leads away (LPS: x to the left, y to the back, z up)."""
    axis = int(np.argmax(np.abs(step_mm)))
    return ("RL", "AP", "FH")[axis][int(step_mm[axis] < 0)]


def _both(concept: Code) -> Text:
    return Text(zh=concept_words(concept, Language.ZH_CN), en=concept_words(concept, Language.EN))


def _picture(
    archive: Archive, pixels: PixelPool, seen: Seen, source: SliceSource | None, outlines: tuple[Polygon, ...]
) -> NDArray[np.uint8] | None:
    """The slice that shows the finding best, with its outline; None where it has no slice or cannot be decoded."""
    if source is None:
        return None
    with archive.read() as connection:
        stored = instances.by_uid(connection, Wall.operator(), seen.study.hospital, source.sop_instance_uid)
    if stored is None:
        return None
    path = archive.objects.path(stored.hospital, stored.object_name)
    try:
        return pixels.render_slice(path, source.frame_number or 1, LUNG_WINDOW_HU, outlines)
    except DecodeFault:
        return None


def _outlines(pixels: PixelPool, finding: Finding) -> tuple[Polygon, ...]:
    segment = finding.segment
    if segment is None or finding.slice_index is None:
        return ()
    first_slice, first_row, first_column = segment.corner
    index = finding.slice_index - first_slice
    if not 0 <= index < segment.mask.shape[0]:
        return ()
    return tuple(
        tuple((column + first_column, row + first_row) for column, row in polygon)
        for polygon in pixels.outline(segment.mask[index])
    )


def _closeup(picture: NDArray[np.uint8], outlines: tuple[Polygon, ...]) -> bytes | None:
    """The outlined place with as much again around it, enlarged; None where nothing is outlined."""
    points = np.array([point for polygon in outlines for point in polygon])
    if not len(points):
        return None
    side = int(np.clip(2 * np.ptp(points, axis=0).max(), CLOSEUP_LEAST_PX, min(picture.shape[:2])))
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    column, row = np.clip(np.rint(middle - side / 2), 0, np.array(picture.shape[1::-1]) - side).astype(int)
    part = Image.fromarray(np.ascontiguousarray(picture[row : row + side, column : column + side]))
    stream = io.BytesIO()
    part.resize((CLOSEUP_PX, CLOSEUP_PX), Image.Resampling.BICUBIC).save(stream, "PNG")
    return stream.getvalue()


def _png(picture: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()
