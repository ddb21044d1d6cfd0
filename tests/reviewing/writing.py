"""Two readers, and what one of them writes."""

from __future__ import annotations

from service.domain.hospital import Language
from service.domain.report import ReportContent, ReportText
from service.domain.wall import Wall

ANNA, BEN = Wall.person("anna", None), Wall.person("ben", None)


def content(findings: str, impression: str = "", advice: str = "") -> ReportContent:
    """A free report in English."""
    return ReportContent(ReportText(findings, impression, advice), (), "", Language.EN)
