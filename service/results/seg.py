"""The regions of a reading as a BINARY Segmentation on the source's grid, one segment a finding (AC-02)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.color import CIELabColor
from highdicom.seg import Segmentation, SegmentDescription
from highdicom.sr import CodedConcept
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from models.contract import Code, Finding, SeriesReading
from service.domain.tracking import Tracking, tracking
from service.domain.wording import concept_words, said
from service.results.algorithm import parameters
from service.results.document import (
    SERIES_NUMBERS,
    BadContext,
    EncodedObject,
    ObjectKind,
    ResultContext,
)
from service.results.header import apply_header, code_item, long_string
from service.results.part10 import encoded
from service.results.sources import Planes, frame_reference, instance_reference, instances, plane_name

_FAMILY: Final = CodedConcept("123110", "DCM", "Artificial Intelligence")
_COLOURS: Final = (
    CIELabColor(65.0, 60.0, 55.0),
    CIELabColor(80.0, -5.0, 75.0),
    CIELabColor(70.0, -45.0, 35.0),
    CIELabColor(70.0, -25.0, -25.0),
    CIELabColor(60.0, 45.0, -30.0),
)
"""Recommended display colours, far from each other and from grey; a reading with more segments starts over."""


def segment_numbers(outcome: SeriesReading) -> dict[int, int]:
    """Finding number to segment number, for the findings that have a region."""
    return {finding.number: number for number, finding in enumerate(_segmented(outcome), start=1)}


def encode_seg(context: ResultContext, outcome: SeriesReading) -> EncodedObject | None:
    """The SEG of a reading; None where no finding has a region.

    Frames carry the positions of the source's own slices, so a tilted gantry's oblique stack is kept as it is: every
    voxel lies where it lay, only readers that insist on a right-angled volume will refuse it.
    Raises BadContext when a region does not lie within the grid.
    """
    findings = _segmented(outcome)
    if not findings:
        return None
    used = _used_slices(outcome, findings)
    segmentation = _segmentation(context, outcome, findings, used)
    apply_header(segmentation, context, ObjectKind.SEG)
    segmentation.ContentCreatorName = context.content_creator  # type 2 (PS3.3 table 10-12); highdicom leaves it out
    _name_sources(segmentation, outcome, used)
    _fix_dimensions(segmentation, context)
    return encoded(segmentation, ObjectKind.SEG)


def _segmentation(
    context: ResultContext, outcome: SeriesReading, findings: list[Finding], used: list[int]
) -> Segmentation:
    planes = Planes(context, outcome)
    pairs = tracking(context.installation.key, context.package.name, outcome)
    return Segmentation(
        source_images=[planes.image(index) for index in used],
        pixel_array=_labels(outcome, findings, used),
        segmentation_type="BINARY",
        segment_descriptions=[
            _description(context, finding, pairs[finding.number], number)
            for number, finding in enumerate(findings, start=1)
        ],
        series_instance_uid=context.series_instance_uid(ObjectKind.SEG),
        series_number=SERIES_NUMBERS[ObjectKind.SEG],
        sop_instance_uid=context.sop_instance_uid(ObjectKind.SEG),
        instance_number=1,
        manufacturer=context.package.manufacturer,
        manufacturer_model_name=context.package.name,
        software_versions=context.package.version,
        device_serial_number=context.installation.uid,
        content_label="AI_SEGMENTATION",
        content_description=long_string(said(context.package.title, context.language)),
        specific_character_set=context.character_set.value,
    )


def _segmented(outcome: SeriesReading) -> list[Finding]:
    return [f for f in outcome.reading.findings if f.segment is not None and bool(f.segment.mask.any())]


def _box(outcome: SeriesReading, finding: Finding) -> tuple[slice, slice, slice]:
    """Where a finding's mask lies in the volume. Raises BadContext when that is not within it."""
    assert finding.segment is not None
    start = np.array(finding.segment.corner)
    stop = start + finding.segment.mask.shape
    if (start < 0).any() or (stop > outcome.grid.shape).any():
        raise BadContext(
            f"the region of finding {finding.number} reaches from {start.tolist()} to {stop.tolist()} (slice, row, "
            f"column), outside the grid {outcome.grid.shape}: the reading is not of this series"
        )
    slices, rows, columns = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    return slices, rows, columns


def _used_slices(outcome: SeriesReading, findings: list[Finding]) -> list[int]:
    used: set[int] = set()
    for finding in findings:
        assert finding.segment is not None
        filled = finding.segment.mask.any(axis=(1, 2))
        used.update((np.flatnonzero(filled) + _box(outcome, finding)[0].start).tolist())
    return sorted(used)


@dataclass(frozen=True)
class _Area:
    """One finding on one plane. box: rows and columns of the mask within the plane."""

    number: int
    plane: int
    box: tuple[slice, slice]
    mask: NDArray[np.bool_]


def _areas(outcome: SeriesReading, findings: list[Finding], used: list[int]) -> Iterator[_Area]:
    plane_of = {index: plane for plane, index in enumerate(used)}
    for number, finding in enumerate(findings, start=1):
        assert finding.segment is not None
        slices, rows, columns = _box(outcome, finding)
        for index, mask in enumerate(finding.segment.mask, start=slices.start):
            if mask.any():
                yield _Area(number, plane_of[index], (rows, columns), mask)


def _labels(outcome: SeriesReading, findings: list[Finding], used: list[int]) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Segment numbers, shape (used slices, rows, columns); where regions overlap (..., segments) of zeros and ones."""
    labels = np.zeros((len(used), *outcome.grid.shape[1:]), dtype=np.uint8 if len(findings) < 256 else np.uint16)
    for area in _areas(outcome, findings, used):
        region = labels[area.plane][area.box]
        if region[area.mask].any():
            return _stacked(outcome, findings, used)
        region[area.mask] = area.number
    return labels


def _stacked(outcome: SeriesReading, findings: list[Finding], used: list[int]) -> NDArray[np.uint8]:
    stack = np.zeros((len(used), *outcome.grid.shape[1:], len(findings)), dtype=np.uint8)
    for area in _areas(outcome, findings, used):
        stack[area.plane][(*area.box, area.number - 1)][area.mask] = 1
    return stack


def _description(context: ResultContext, finding: Finding, pair: Tracking, number: int) -> SegmentDescription:
    package = context.package
    words = concept_words(finding.concept, context.language)
    description = SegmentDescription(
        segment_number=number,
        segment_label=long_string(f"{words} {finding.number}"),
        segmented_property_category=_coded(finding.category),
        segmented_property_type=_coded(finding.concept),
        algorithm_type="AUTOMATIC",
        algorithm_identification=AlgorithmIdentificationSequence(
            name=package.name, family=_FAMILY, version=package.version, source=package.manufacturer
        ),
        tracking_uid=pair.uid,
        tracking_id=pair.identifier,
        anatomic_regions=[_coded(finding.site)],
        display_color=_COLOURS[(number - 1) % len(_COLOURS)],
    )
    description.SegmentationAlgorithmIdentificationSequence[0].AlgorithmParameters = "\r\n".join(parameters(context))
    if finding.laterality is not None:
        description.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [code_item(finding.laterality)]
    return description


def _name_sources(segmentation: Dataset, outcome: SeriesReading, used: list[int]) -> None:
    """Put the source's instances and frames where highdicom saw planes; every instance read is named, used or not."""
    segmentation.SourceImageSequence = [instance_reference(source) for source in instances(outcome.sources)]
    series = Dataset()
    series.SeriesInstanceUID = outcome.series_instance_uid
    series.ReferencedInstanceSequence = [instance_reference(source) for source in instances(outcome.sources)]
    segmentation.ReferencedSeriesSequence = [series]
    source_of = {plane_name(index): outcome.sources[index] for index in used}
    for frame in segmentation.PerFrameFunctionalGroupsSequence:
        derivation = frame.DerivationImageSequence[0]
        plane = derivation.SourceImageSequence[0]
        named = frame_reference(source_of[plane.ReferencedSOPInstanceUID])
        named.PurposeOfReferenceCodeSequence = plane.PurposeOfReferenceCodeSequence
        named.SpatialLocationsPreserved = plane.SpatialLocationsPreserved
        derivation.SourceImageSequence = [named]


def _fix_dimensions(segmentation: Dataset, context: ResultContext) -> None:
    """Replace highdicom's random UID, and its claim of an even volume: it looks at the frames kept, not at the grid."""
    uid = context.inner_uid(ObjectKind.SEG, "dimensions")
    for dimension in (*segmentation.DimensionOrganizationSequence, *segmentation.DimensionIndexSequence):
        dimension.DimensionOrganizationUID = uid
    if "DimensionOrganizationType" in segmentation:
        del segmentation.DimensionOrganizationType


def _coded(code: Code) -> CodedConcept:
    return CodedConcept(code.value, code.scheme, code.meaning)
