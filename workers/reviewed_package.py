"""What one package said of a study beside what the reader made of it: findings that stand, the region that stands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Final

from pydicom.uid import SegmentationStorage

from models.contract import Finding, SeriesReading
from service.archive.reports import Report
from service.domain.record import RecordedFinding
from service.domain.review import STANDS, Description, FindingState
from service.domain.tracking import Tracking, name_of
from service.results.document import ObjectKind, ResultContext
from service.results.seg import segment_numbers
from service.results.signed_report import ByPackage, ReviewedContext, SegmentName, SignedFinding
from service.results.sources import InstanceName
from workers.report_images import ReportImages
from workers.result_context import NothingToEncode

_SAME_MM: Final = 0.1


@dataclass(frozen=True)
class Region:
    """A SEG that a report needs of its own: what of a package's regions stands."""

    context: ReviewedContext
    outcome: SeriesReading


@dataclass(frozen=True)
class ReviewedPackage:
    """One package's reading beside what the reader made of it. is_sent: the hospital has, or gets, its own SEG."""

    context: ResultContext
    outcome: SeriesReading
    recorded: tuple[RecordedFinding, ...]
    pairs: Mapping[int, Tracking]
    report: Report
    author: str
    is_sent: bool
    images: ReportImages

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {pair.uid: number for number, pair in self.pairs.items()}

    def signed(self, recorded: RecordedFinding) -> SignedFinding:
        """A finding of it that the signer stands for. Raises NothingToEncode."""
        finding = self._finding(recorded)
        corrected = recorded.said if recorded.state is FindingState.CORRECTED else None
        of_package = self.outcome.frame_of_reference_uid or None
        return SignedFinding(
            label=str(finding.number),
            name=name_of(finding),
            tracking_uid=recorded.tracking_uid,
            category=finding.category,
            stated=recorded.stated,
            proposed=ByPackage(self.context, self.outcome, finding),
            corrected=corrected,
            frame_of_reference_uid=self.images.frame_of_reference_uid(corrected) or of_package,
            segment=self._segment(finding.number),
            drawn_on=self.images.drawn_on(corrected),
        )

    @cached_property
    def region(self) -> Region | None:
        """What stands of the regions, as an object of the report; None where the package's own says the same."""
        standing = self._standing
        shown = tuple(each for each in self.outcome.reading.findings if each.segment is not None)
        if not standing or (self.is_sent and standing == shown):
            return None
        own = {each.name: getattr(self.context, each.name) for each in fields(self.context)}
        return Region(
            context=ReviewedContext(**own, report_id=self.report.id, author=self.author),
            outcome=replace(self.outcome, reading=replace(self.outcome.reading, findings=standing)),
        )

    @cached_property
    def _standing(self) -> tuple[Finding, ...]:
        """The findings whose region the reader stands for; one that was measured anew has another extent."""
        return tuple(self._with_region())

    def _with_region(self) -> Iterator[Finding]:
        for recorded in self.recorded:
            finding = self._finding(recorded)
            if recorded.state not in STANDS or finding.segment is None:
                continue
            said = recorded.said
            if said is None:
                yield finding
            elif _is_same_extent(said, finding):
                yield replace(finding, concept=said.concept, site=said.site, laterality=said.laterality)

    def _segment(self, number: int) -> SegmentName | None:
        if self.region is not None:
            context: ResultContext = self.region.context
            numbers = segment_numbers(self.region.outcome)
        else:
            context, numbers = self.context, segment_numbers(self.outcome)
        if number not in {each.number for each in self._standing} or number not in numbers:
            return None
        named = InstanceName(
            context.series_instance_uid(ObjectKind.SEG), SegmentationStorage, context.sop_instance_uid(ObjectKind.SEG)
        )
        return SegmentName(named, numbers[number], self.outcome.series_instance_uid)

    def _finding(self, recorded: RecordedFinding) -> Finding:
        number = self._numbers.get(recorded.tracking_uid)
        for finding in self.outcome.reading.findings:
            if finding.number == number:
                return finding
        raise NothingToEncode(f"finding {recorded.tracking_uid} is not in the reading it was recorded from")


def _is_same_extent(said: Description, finding: Finding) -> bool:
    """Whether a correction left the measures alone, so that the package's region still shows what is meant."""
    axes = ((said.long_axis, finding.long_axis), (said.short_axis, finding.short_axis))
    is_measured_anew = any(
        new is not None and (old is None or abs(new.length_mm - old.length_mm) > _SAME_MM) for new, old in axes
    )
    is_moved = (
        said.center_mm is not None
        and finding.center_mm is not None
        and math.dist(said.center_mm, finding.center_mm) > _SAME_MM
    )
    return not (is_measured_anew or is_moved)
