"""Analyses, their findings and their result objects: listed, read, downloaded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute
from pydantic import Field
from sqlalchemy import Connection

from models.manifest import Text
from service.access.doors import Caller, CallerDep
from service.access.problems import WRONG_STATE, Problem, not_found
from service.archive import analyses, findings, reports, results, studies
from service.archive.analyses import Analysis
from service.archive.examinations import AnalysisFilter, FindingFilter, analysis_page, finding_page
from service.archive.objects import ObjectMissing
from service.archive.paging import Paging
from service.archive.results import Result
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.his.analysis_shapes import AnalysisBrief, AnalysisView
from service.his.analysis_views import READ, AnalysisRows, analysis_brief, analysis_view
from service.his.cursors import Sort, Walk, named_place, row_cursor
from service.his.desk import ANALYSIS, RESULT, Desk
from service.his.finding_shapes import FindingView, ResultView, finding_view, result_view
from service.his.operation import Operation, router
from service.his.release import only_after_signature, released_for_some, require_released
from service.his.shape import IdPath, Page, PageQuery, both

_NOT_READ = Text(
    zh="该分析尚未完成，或未读此检查；没有发现列表不代表未见异常。",
    en="It has not ended, or did not read the study; that there is no list of findings says nothing of the patient.",
)


class AnalysisSort(StrEnum):
    """In which order analyses are listed."""

    NEWEST_FIRST = "-created_at"
    OLDEST_FIRST = "created_at"


class FindingSort(StrEnum):
    """In which order findings are listed: by the end of their analysis."""

    LATEST_FIRST = "-ended_at"
    EARLIEST_FIRST = "ended_at"


class AnalysisQuery(PageQuery):
    """Which analyses to list."""

    study_instance_uid: str | None = Field(default=None, max_length=64, description=both("检查 UID", "Study UID"))
    package: str | None = Field(default=None, max_length=64, description=both("软件包名称", "name of the package"))
    state: AnalysisState | None = Field(default=None, description=both("状态", "state"))
    outcome: AnalysisOutcome | None = Field(
        default=None, description=both("结果；未发布的不参与匹配", "outcome; what is not released does not match")
    )
    sort: AnalysisSort = Field(
        default=AnalysisSort.NEWEST_FIRST, description=both("排序：创建时间，减号为倒序", "order; minus: newest first")
    )


class FindingQuery(PageQuery):
    """Which findings to list."""

    study_instance_uid: str | None = Field(default=None, max_length=64, description=both("检查 UID", "Study UID"))
    code_value: str | None = Field(default=None, max_length=64, description=both("编码值", "code value"))
    code_scheme: str | None = Field(default=None, max_length=16, description=both("编码体系", "coding scheme"))
    least_long_axis_mm: float | None = Field(
        default=None, ge=0, le=1000, description=both("长径至少（毫米）", "long axis of at least, mm")
    )
    sort: FindingSort = Field(
        default=FindingSort.LATEST_FIRST,
        description=both("排序：分析结束时间，减号为倒序", "order, by the end of the analysis; minus: latest first"),
    )


@dataclass(frozen=True, slots=True)
class AnalysisEndpoints:
    """Reading what the packages said."""

    desk: Desk

    def listed(self, caller: CallerDep, query: Annotated[AnalysisQuery, Query()]) -> Page[AnalysisBrief]:
        """A page of analyses."""
        narrowed = AnalysisFilter(
            study_instance_uid=query.study_instance_uid,
            package=query.package,
            state=query.state,
            outcome=query.outcome,
            of_reported=query.outcome in READ and only_after_signature(caller.hospital),
        )
        walk = Walk(Sort.ANALYSES, query.sort is AnalysisSort.NEWEST_FIRST)
        paging = Paging(walk.newest_first, named_place(walk, query.cursor), query.limit + 1)
        if query.outcome in READ and not released_for_some(caller.hospital):
            return Page(items=(), next=None)
        self.desk.read_list(caller)
        with self.desk.archive.read() as connection:
            found = analysis_page(connection, caller.wall, narrowed, paging)
            reported = reports.released_of(connection, caller.wall, {analysis.study_id for _, analysis in found})
        last = found[query.limit - 1][1] if len(found) > query.limit else None
        return Page(
            items=tuple(
                analysis_brief(self._rows(caller, uid, analysis, reported), caller)
                for uid, analysis in found[: query.limit]
            ),
            next=None if last is None else row_cursor(walk, last.created_at, last.id),
        )

    def _rows(self, caller: Caller, uid: str, analysis: Analysis, reported: Collection[int]) -> AnalysisRows:
        """An analysis of a row with its package. uid: of its study; reported: studies with a released report."""
        manifest = self.desk.manifest(caller, analysis.package_digest)
        return AnalysisRows(uid, analysis, manifest, analysis.study_id in reported)

    def read(self, analysis_id: IdPath, caller: CallerDep) -> AnalysisView:
        """One analysis with its findings."""
        with self.desk.archive.read() as connection:
            study_uid, analysis = _analysis(connection, caller, analysis_id)
            found = findings.of_analysis(connection, caller.wall, analysis_id)
            made = results.of_analysis(connection, caller.wall, analysis_id)
            reported = reports.released_of(connection, caller.wall, [analysis.study_id])
        self.desk.read_study(caller, study_uid)
        rows = replace(self._rows(caller, study_uid, analysis, reported), findings=found, results=made)
        return analysis_view(rows, caller)

    def findings(self, analysis_id: IdPath, caller: CallerDep) -> Page[FindingView]:
        """The findings of one analysis."""
        with self.desk.archive.read() as connection:
            study_uid, analysis = _analysis(connection, caller, analysis_id)
            require_released(caller.hospital, report_released=_is_reported(connection, caller, analysis))
            if analysis.outcome not in READ:
                raise Problem(WRONG_STATE, _NOT_READ)
            found = findings.of_analysis(connection, caller.wall, analysis_id)
        self.desk.read_study(caller, study_uid)
        return Page(items=tuple(finding_view(study_uid, each, caller) for each in found), next=None)

    def results(self, analysis_id: IdPath, caller: CallerDep) -> Page[ResultView]:
        """The result objects of one analysis."""
        with self.desk.archive.read() as connection:
            _, analysis = _analysis(connection, caller, analysis_id)
            made = results.of_analysis(connection, caller.wall, analysis_id)
            is_reported = _is_reported(connection, caller, analysis)
        require_released(caller.hospital, report_released=is_reported)
        shown = tuple(made)
        return Page(items=tuple(result_view(each) for each in shown), next=None)

    def all_findings(self, caller: CallerDep, query: Annotated[FindingQuery, Query()]) -> Page[FindingView]:
        """A page of findings."""
        narrowed = FindingFilter(
            study_instance_uid=query.study_instance_uid,
            code_value=query.code_value,
            code_scheme=query.code_scheme,
            least_long_axis_mm=query.least_long_axis_mm,
            of_reported=only_after_signature(caller.hospital),
        )
        walk = Walk(Sort.FINDINGS, query.sort is FindingSort.LATEST_FIRST)
        paging = Paging(walk.newest_first, named_place(walk, query.cursor), query.limit + 1)
        require_released(caller.hospital, report_released=True)
        self.desk.read_list(caller)
        with self.desk.archive.read() as connection:
            found = finding_page(connection, caller.wall, narrowed, paging)
        last = found[query.limit - 1] if len(found) > query.limit else None
        return Page(
            items=tuple(finding_view(each.study_instance_uid, each.finding, caller) for each in found[: query.limit]),
            next=None if last is None else row_cursor(walk, last.ended_at, last.finding.id),
        )

    def download(self, result_id: IdPath, caller: CallerDep) -> FileResponse:
        """The bytes of one result object."""
        with self.desk.archive.read() as connection:
            result = results.get(connection, caller.wall, result_id)
            if result is None:
                raise not_found(RESULT)
            study_uid, is_reported = _study_of(connection, caller, result)
        require_released(caller.hospital, report_released=is_reported, signed=result.signed)
        path = self.desk.archive.objects.path(result.hospital, result.object_name)
        if not path.is_file():
            raise ObjectMissing(f"result object {result.id} is not in the store; run `consilium doctor --archive`")
        self.desk.read_study(caller, study_uid)
        return FileResponse(path, media_type="application/dicom", filename=f"{result.sop_instance_uid}.dcm")


def _is_reported(connection: Connection, caller: Caller, analysis: Analysis) -> bool:
    return bool(reports.released_of(connection, caller.wall, [analysis.study_id]))


def _study_of(connection: Connection, caller: Caller, result: Result) -> tuple[str, bool]:
    """The study a result object is about, and whether it has a released report."""
    if result.analysis_id is not None:
        study_uid, analysis = _analysis(connection, caller, result.analysis_id)
        return study_uid, _is_reported(connection, caller, analysis)
    report = reports.get(connection, caller.wall, result.report_id or "")
    if report is None:
        raise not_found(RESULT)
    return report.study_instance_uid, True


def _analysis(connection: Connection, caller: Caller, analysis_id: str) -> tuple[str, Analysis]:
    analysis = analyses.get(connection, caller.wall, analysis_id)
    study = None if analysis is None else studies.get(connection, caller.wall, analysis.study_id)
    if analysis is None or study is None:
        raise not_found(ANALYSIS)
    return study.study_instance_uid, analysis


def routes(desk: Desk, route_class: type[APIRoute]) -> APIRouter:
    """The operations on analyses."""
    endpoints = AnalysisEndpoints(desk)
    return router("analyses", (*_on_analyses(endpoints), *_on_what_they_said(endpoints)), route_class)


def _on_analyses(endpoints: AnalysisEndpoints) -> tuple[Operation, ...]:
    return (
        Operation(
            "GET",
            "/analyses",
            endpoints.listed,
            Text(zh="列出分析", en="List analyses"),
            Text(zh="按条件列出分析。", en="Analyses by the given filters."),
            errors=(400,),
        ),
        Operation(
            "GET",
            "/analyses/{analysis_id}",
            endpoints.read,
            Text(zh="读取分析", en="Read an analysis"),
            Text(
                zh="状态、编码化的发现、报告文本与结果对象；未向本院发布时只有状态。",
                en="State, coded findings, report texts and result objects; only the state where results are not "
                "released to this hospital.",
            ),
            errors=(404,),
        ),
    )


def _on_what_they_said(endpoints: AnalysisEndpoints) -> tuple[Operation, ...]:
    return (
        Operation(
            "GET",
            "/analyses/{analysis_id}/findings",
            endpoints.findings,
            Text(zh="读取分析的发现", en="Read the findings of an analysis"),
            Text(zh="一次分析的全部发现。", en="All findings of one analysis."),
            errors=(403, 404, 409),
        ),
        Operation(
            "GET",
            "/analyses/{analysis_id}/results",
            endpoints.results,
            Text(zh="列出结果对象", en="List the result objects of an analysis"),
            Text(zh="一次分析的 SR、SEG 或摘要图像。", en="SR, SEG or summary image of one analysis."),
            errors=(403, 404),
        ),
        Operation(
            "GET",
            "/findings",
            endpoints.all_findings,
            Text(zh="列出发现", en="List findings"),
            Text(
                zh="跨检查按条件列出发现。",
                en="Findings across studies by the given filters.",
            ),
            errors=(400, 403),
        ),
        Operation(
            "GET",
            "/results/{result_id}",
            endpoints.download,
            Text(zh="下载结果对象", en="Download a result object"),
            Text(zh="DICOM Part 10 文件。", en="The object as a DICOM Part 10 file."),
            errors=(403, 404),
            media={
                "application/dicom": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "(128 bytes) DICM (file meta information, data set)",
                }
            },
        ),
    )
