"""Two readers, and what one of them writes."""

from __future__ import annotations

from service.domain.hospital import Language, ReadingMode
from service.domain.report import ReportContent, ReportText
from service.domain.wall import Wall
from tests.support.flowing import Flow

ANNA, BEN = Wall.person("anna", None), Wall.person("ben", None)


def content(findings: str, impression: str = "", advice: str = "") -> ReportContent:
    """A free report in English."""
    return ReportContent(ReportText(findings, impression, advice), (), "", Language.EN)


def read_with(flow: Flow, mode: ReadingMode) -> None:
    """From now on the hospital's readers work so with its packages."""
    with flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE package_rule SET reading_mode = ?", (mode.value,))
