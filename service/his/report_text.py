"""The report texts of an analysis, made from its rows as the SR makes them from its reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.contract import Code, RefusalReason, Refused, Target
from models.manifest import Manifest
from service.archive.analyses import Analysis
from service.archive.findings import StoredFinding
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Language
from service.domain.outcome import Failed, Said, Statement
from service.domain.wording import findings_text, impression_text, standing_lines


@dataclass(frozen=True, slots=True)
class ReportTexts:
    """The two sections a report system takes over, each by itself: both say that nobody verified them."""

    findings: str
    impression: str


def report_texts(
    analysis: Analysis, found: Sequence[StoredFinding], manifest: Manifest | None, language: Language
) -> ReportTexts | None:
    """The sections of an ended analysis; None when its package is not in the centre any more."""
    if manifest is None:
        return None
    outcome = _said(analysis, found, manifest)
    standing, _ = standing_lines(manifest, language)
    findings = f"{findings_text(outcome, manifest, language)}\n{standing}"
    return ReportTexts(findings, impression_text(outcome, manifest, language))


def _said(analysis: Analysis, found: Sequence[StoredFinding], manifest: Manifest) -> Said:
    if analysis.outcome is AnalysisOutcome.REFUSED:
        return Refused(RefusalReason(analysis.reason or ""), analysis.detail or "")
    if analysis.outcome is AnalysisOutcome.FAILED:
        return Failed(analysis.reason or "unforeseen", analysis.detail or "")
    output = manifest.outputs[0]
    target = Target(
        Code(output.concept.value, output.concept.scheme, output.concept.meaning),
        Code(output.site.value, output.site.scheme, output.site.meaning),
    )
    return Statement(target, tuple(finding.stated for finding in found))
