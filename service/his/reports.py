"""Signed reports: those of a study, one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import Connection

from models.manifest import Text
from service.access.doors import Caller, CallerDep
from service.access.problems import not_found
from service.archive import orders, reports, results, studies
from service.archive.reports import Report
from service.archive.results import Result
from service.domain.report import GIVEN_OUT
from service.his.desk import REPORT, STUDY, Desk
from service.his.operation import Operation, router
from service.his.report_shapes import ReportRows, ReportView, report_view
from service.his.shape import IdPath, Page, StudyUidPath


@dataclass(frozen=True, slots=True)
class ReportEndpoints:
    """Reading what physicians signed. Drafts and what waits for its audit stay in the centre."""

    desk: Desk

    def of_study(self, study_instance_uid: StudyUidPath, caller: CallerDep) -> Page[ReportView]:
        """The released versions of a study's report."""
        self.desk.read_study(caller, study_instance_uid)
        with self.desk.archive.read() as connection:
            study = studies.by_uid(connection, caller.wall, caller.hospital_id, study_instance_uid)
            if study is None:
                raise not_found(STUDY)
            versions = reports.of_study(connection, caller.wall, study.id)
            views = tuple(_view(connection, caller, each) for each in versions if each.state in GIVEN_OUT)
        return Page(items=views, next=None)

    def read(self, report_id: IdPath, caller: CallerDep) -> ReportView:
        """One released version."""
        with self.desk.archive.read() as connection:
            report = reports.get(connection, caller.wall, report_id)
            if report is None or report.state not in GIVEN_OUT:
                raise not_found(REPORT)
            view = _view(connection, caller, report)
        self.desk.read_study(caller, report.study_instance_uid)
        return view


def _view(connection: Connection, caller: Caller, report: Report) -> ReportView:
    study = studies.get(connection, caller.wall, report.study_id)
    accession_number = "" if study is None else study.accession_number
    joined = orders.of_study(connection, caller.wall, report.study_id)
    rows = ReportRows(
        report=report,
        replaced=reports.replaced(connection, caller.wall, report),
        accession_number=accession_number,
        joined=joined,
        made=tuple(_current(report, results.of_report(connection, caller.wall, report.id))),
    )
    return report_view(rows, caller)


def _current(report: Report, made: Sequence[Result]) -> Iterator[Result]:
    """The objects that count: those of before its audit do not any more once a version is final."""
    return (each for each in made if not (each.is_provisional and report.released_at is not None))


def routes(desk: Desk, route_class: type[APIRoute]) -> APIRouter:
    """The operations on reports."""
    endpoints = ReportEndpoints(desk)
    return router(
        "reports",
        (
            Operation(
                "GET",
                "/studies/{study_instance_uid}/reports",
                endpoints.of_study,
                Text(zh="列出检查的报告", en="List the reports of a study"),
                Text(
                    zh="已签发的各版报告，早的在前，含先行发出、待审核的急诊临时报告（provisional）；草稿与未发出的报告不提供。",
                    en="Every version that was given out, oldest first; of an emergency also a `provisional` one that "
                    "still waits for its audit. Drafts and what was not given out are not shown.",
                ),
                errors=(404,),
            ),
            Operation(
                "GET",
                "/reports/{report_id}",
                endpoints.read,
                Text(zh="读取报告", en="Read a report"),
                Text(
                    zh="报告文本、编码化的发现、签名医师、DICOM 对象。",
                    en="Texts, coded findings, who signed, and its DICOM objects.",
                ),
                errors=(404,),
            ),
        ),
        route_class,
    )
