"""Findings as the reading page shows them: what the package said, what the reader made of it, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from models.manifest import Text
from service.api.room.finding_shapes import (
    AxisView,
    FindingView,
    JudgementView,
    PlaceView,
    ProposedView,
    ReportLinesView,
)
from service.api.room.shape import CodeView, Named, Worded, moment
from service.archive.findings import StoredFinding
from service.domain.hospital import Language
from service.domain.outcome import StatedFinding
from service.domain.review import Description, FindingState, ReviewEvent
from service.domain.triage import is_high_category
from service.domain.wording import report_line, report_lines, said, site_words
from service.flow.review import Judged

STATE_TEXTS: Final[Mapping[FindingState, Text]] = {
    FindingState.PROPOSED: Text(zh="待处理", en="proposed"),
    FindingState.ACCEPTED: Text(zh="已接受", en="accepted"),
    FindingState.CORRECTED: Text(zh="已更正", en="corrected"),
    FindingState.REJECTED: Text(zh="已拒绝", en="rejected"),
    FindingState.UNCERTAIN: Text(zh="不确定", en="uncertain"),
    FindingState.ADDED: Text(zh="医师添加", en="added by reader"),
    FindingState.REMOVED: Text(zh="已移除", en="removed"),
}
_BANDS: Final = (
    (0.75, "high", Text(zh="高", en="high")),
    (0.4, "medium", Text(zh="中", en="medium")),
    (0.0, "low", Text(zh="低", en="low")),
)


def by_risk(findings: Iterable[Judged]) -> tuple[Judged, ...]:
    """As they are listed: what has to be judged first, then by band, then from head to foot; readers' own come last.

    Judging a finding never moves it: what the package said decides.
    """
    return tuple(sorted(findings, key=_risk))


def _risk(finding: Judged) -> tuple[bool, bool, int, float]:
    proposed = finding.proposed
    if proposed is None:
        return True, False, 0, 0.0
    band = next(at for at, (least, _, _) in enumerate(_BANDS) if proposed.probability >= least)
    height_mm = 0.0 if proposed.center_z_mm is None else proposed.center_z_mm
    return False, not is_high_category(proposed.concept, proposed.long_axis_mm), band, -height_mm


def finding_view(finding: Judged, number: int, names: Mapping[str, str], language: Language) -> FindingView:
    """One finding. number: its place in the list, from 1."""
    stands = _Stands(finding)
    return FindingView(
        tracking_uid=finding.tracking_uid,
        number=number,
        analysis_id=None if finding.proposed is None else finding.proposed.analysis_id,
        state=Worded(word=finding.review.state.value, text=said(STATE_TEXTS[finding.review.state], language)),
        concept=CodeView.of(stands.stated.concept, language),
        site=CodeView.of(stands.stated.site, language),
        laterality=None if stands.stated.laterality is None else CodeView.of(stands.stated.laterality, language),
        place=site_words(stands.stated.site, stands.stated.laterality, language),
        long_axis_mm=stands.stated.long_axis_mm,
        short_axis_mm=stands.stated.short_axis_mm,
        volume_mm3=stands.stated.volume_mm3,
        mean_hu=stands.stated.mean_hu,
        center_mm=stands.center_mm,
        image=stands.image,
        probability=None if finding.proposed is None else finding.proposed.probability,
        band=None if finding.proposed is None else _band(finding.proposed.probability, language),
        is_high=finding.proposed is not None
        and is_high_category(finding.proposed.concept, finding.proposed.long_axis_mm),
        note="" if stands.said is None else stands.said.note,
        line=report_line(stands.stated, language),
        report_text={
            each: ReportLinesView(findings=lines.findings, impression=lines.impression)
            for each, lines in report_lines(stands.stated).items()
        },
        long_axis=None if stands.said is None else AxisView.of(stands.said.long_axis),
        short_axis=None if stands.said is None else AxisView.of(stands.said.short_axis),
        proposed=None if finding.proposed is None else _proposed(finding.proposed, language),
        judgements=tuple(_judgement(each, names) for each in finding.review.counted),
    )


class _Stands:
    """What is said of a finding now: by the reader where they said something, else by the package."""

    def __init__(self, finding: Judged) -> None:
        self.said: Description | None = finding.review.said
        self.stated: StatedFinding = finding.stated
        proposed = finding.proposed
        if self.said is not None:
            self.center_mm = self.said.center_mm
            self.image = _image(self.said.sop_instance_uid, self.said.frame_number)
        else:
            assert proposed is not None, "a reader's own finding says what it is"
            self.center_mm = proposed.center_mm
            self.image = _image(proposed.sop_instance_uid, proposed.frame_number)


def _proposed(finding: StoredFinding, language: Language) -> ProposedView:
    return ProposedView(
        concept=CodeView.of(finding.concept, language),
        place=site_words(finding.site, finding.laterality, language),
        long_axis_mm=finding.long_axis_mm,
        short_axis_mm=finding.short_axis_mm,
        volume_mm3=finding.volume_mm3,
    )


def _image(sop_instance_uid: str | None, frame: int | None) -> PlaceView | None:
    return None if sop_instance_uid is None else PlaceView(sop_instance_uid=sop_instance_uid, frame=frame)


def _band(probability: float, language: Language) -> Worded:
    _, word, text = next(each for each in _BANDS if probability >= each[0])
    return Worded(word=word, text=said(text, language))


def _judgement(event: ReviewEvent, names: Mapping[str, str]) -> JudgementView:
    return JudgementView(
        action=event.action,
        reason=event.reason,
        by=Named(id=event.reader, name=names.get(event.reader, event.reader)),
        at=moment(event.at),
        mode=event.mode,
    )
