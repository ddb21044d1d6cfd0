"""From rows to what the HIS may know of an analysis."""

from __future__ import annotations

from dataclasses import dataclass

from models.manifest import Manifest
from service.access.doors import Caller
from service.archive.analyses import Analysis
from service.archive.findings import StoredFinding
from service.archive.results import Result
from service.domain.analysis import AnalysisOutcome
from service.domain.seen_words import seen_in
from service.domain.wording import NOT_VERIFIED, said
from service.flow.state_words import ANALYSIS_WORDS, reason_words
from service.his.analysis_shapes import AnalysisBrief, AnalysisView, PackageView
from service.his.finding_shapes import finding_view, result_view
from service.his.release import released
from service.his.report_text import report_texts
from service.his.shape import moment, moment_or_none

TOLD_ALWAYS = frozenset({AnalysisOutcome.REFUSED, AnalysisOutcome.FAILED})
"""The outcomes that say nothing about what was found."""
READ = frozenset({AnalysisOutcome.FINDINGS, AnalysisOutcome.NO_FINDING})
"""The outcomes of a study that was read: only then does an empty list of findings mean that there is none."""


@dataclass(frozen=True, slots=True)
class AnalysisRows:
    """An analysis with what stands around it. manifest: None when none was kept. report_released: of its study."""

    study_instance_uid: str
    analysis: Analysis
    manifest: Manifest | None
    report_released: bool
    findings: tuple[StoredFinding, ...] = ()
    results: tuple[Result, ...] = ()


def analysis_brief(rows: AnalysisRows, caller: Caller) -> AnalysisBrief:
    """An analysis without its findings; whether there are any is told only where results are released."""
    analysis = rows.analysis
    shown = released(caller.hospital, report_released=rows.report_released)
    words = reason_words(analysis)
    return AnalysisBrief(
        id=analysis.id,
        study_instance_uid=rows.study_instance_uid,
        revision=analysis.revision,
        run=analysis.run,
        package=_package(rows, caller),
        series_instance_uid=analysis.series_instance_uid,
        state=analysis.state,
        state_text=said(ANALYSIS_WORDS[analysis.state], caller.language),
        released=shown,
        outcome=analysis.outcome if shown or analysis.outcome in TOLD_ALWAYS else None,
        reason=analysis.reason,
        reason_text=None if words is None else said(words, caller.language),
        progress=analysis.progress,
        attempt=analysis.attempt,
        created_at=moment(analysis.created_at),
        started_at=moment_or_none(analysis.started_at),
        ended_at=moment_or_none(analysis.ended_at),
    )


def analysis_view(rows: AnalysisRows, caller: Caller) -> AnalysisView:
    """An analysis with its findings, texts and objects, as far as they are released."""
    brief = analysis_brief(rows, caller)
    told = brief.released and rows.analysis.outcome is not None
    language = caller.hospital.language
    texts = report_texts(rows.analysis, rows.findings, rows.manifest, language) if told else None
    findings = tuple(finding_view(rows.study_instance_uid, each, caller) for each in rows.findings)
    shown = tuple(result_view(each) for each in rows.results if brief.released or each.signed)
    return AnalysisView(
        **{name: getattr(brief, name) for name in AnalysisBrief.model_fields},
        detail=None if rows.analysis.detail is None else seen_in(rows.analysis.detail, caller.language),
        selection=tuple(words for each in rows.analysis.selection if (words := seen_in(each, caller.language))),
        findings=findings if told and rows.analysis.outcome in READ else None,
        findings_text=None if texts is None else texts.findings,
        impression_text=None if texts is None else texts.impression,
        language=language.value,
        disclaimer={"zh": NOT_VERIFIED.zh, "en": NOT_VERIFIED.en},
        results=shown if shown or told else None,
    )


def _package(rows: AnalysisRows, caller: Caller) -> PackageView:
    manifest = rows.manifest
    status = None if manifest is None else manifest.use_status
    return PackageView(
        name=rows.analysis.package,
        version=rows.analysis.package_version,
        title=None if manifest is None else said(manifest.title, caller.language),
        manufacturer=None if manifest is None else manifest.manufacturer,
        device_uid=None if manifest is None else manifest.device_uid,
        use_status=None if status is None else status.kind,
        use_status_number=None if status is None else status.number,
        use_status_text=None if status is None else said(status.words, caller.language),
    )
