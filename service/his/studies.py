"""Studies: listed, read, said to be complete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.routing import APIRoute
from pydantic import Field

from models.manifest import Text
from service.access.doors import CallerDep
from service.access.problems import not_found
from service.archive import analyses, reports, studies
from service.archive.studies import StudyFilter
from service.domain.study import StudyState
from service.flow import request
from service.his.analysis_views import AnalysisRows, analysis_brief
from service.his.cursors import Sort, Walk, numbered_place, row_cursor
from service.his.desk import STUDY, Desk
from service.his.idempotency import KeyHeader, Reply, digest_of, once
from service.his.operation import Operation, router
from service.his.shape import Page, PageQuery, StudyUidPath, both
from service.his.study_shapes import StudyBrief, StudyView, series_view, study_brief, timeline


class StudySort(StrEnum):
    """In which order studies are listed."""

    NEWEST_FIRST = "-first_received_at"
    OLDEST_FIRST = "first_received_at"


class StudyQuery(PageQuery):
    """Which studies to list."""

    accession_number: str | None = Field(default=None, max_length=64, description=both("检查号", "Accession Number"))
    patient_id: str | None = Field(default=None, max_length=64, description=both("患者编号", "Patient ID"))
    study_instance_uid: str | None = Field(
        default=None, max_length=64, description=both("检查 UID", "Study Instance UID")
    )
    state: StudyState | None = Field(default=None, description=both("接收状态", "state"))
    modality: str | None = Field(default=None, max_length=16, description=both("含此成像方式", "with this modality"))
    study_date_from: date | None = Field(default=None, description=both("检查日期不早于", "study date from"))
    study_date_to: date | None = Field(default=None, description=both("检查日期不晚于", "study date to"))
    sort: StudySort = Field(
        default=StudySort.NEWEST_FIRST, description=both("排序：到达时间，减号为倒序", "order; minus: newest first")
    )

    @property
    def walk(self) -> Walk:
        """The list and its direction."""
        return Walk(Sort.STUDIES, self.sort is StudySort.NEWEST_FIRST)

    @property
    def narrowed(self) -> StudyFilter:
        """As the archive takes it. Raises Problem for a bad cursor."""
        return StudyFilter(
            accession_number=self.accession_number,
            patient_id=self.patient_id,
            study_instance_uid=self.study_instance_uid,
            state=self.state,
            modality=self.modality,
            study_date_from=None if self.study_date_from is None else f"{self.study_date_from:%Y%m%d}",
            study_date_to=None if self.study_date_to is None else f"{self.study_date_to:%Y%m%d}",
            newest_first=self.walk.newest_first,
            after=numbered_place(self.walk, self.cursor),
        )


@dataclass(frozen=True, slots=True)
class StudyEndpoints:
    """What can be done with studies."""

    desk: Desk

    def listed(self, caller: CallerDep, query: Annotated[StudyQuery, Query()]) -> Page[StudyBrief]:
        """A page of studies."""
        narrowed = query.narrowed
        self.desk.read_list(caller)
        with self.desk.archive.read() as connection:
            found = studies.listed(connection, caller.wall, narrowed, query.limit + 1)
            items = tuple(study_brief(connection, caller, study) for study in found[: query.limit])
        last = found[query.limit - 1] if len(found) > query.limit else None
        return Page(
            items=items,
            next=None if last is None else row_cursor(query.walk, last.first_received_at, last.id),
        )

    def read(self, study_instance_uid: StudyUidPath, caller: CallerDep) -> StudyView:
        """One study with its timeline."""
        self.desk.read_study(caller, study_instance_uid)
        with self.desk.archive.read() as connection:
            study = studies.by_uid(connection, caller.wall, caller.hospital_id, study_instance_uid)
            if study is None:
                raise not_found(STUDY)
            brief = study_brief(connection, caller, study)
            members = studies.series_of(connection, caller.wall, study.id)
            asked = analyses.of_study(connection, caller.wall, study.id)
            happened = timeline(connection, caller, study)
            is_reported = bool(reports.released_of(connection, caller.wall, [study.id]))
        rows = (
            AnalysisRows(study_instance_uid, each, self.desk.manifest(caller, each.package_digest), is_reported)
            for each in asked
        )
        return StudyView(
            **{name: getattr(brief, name) for name in StudyBrief.model_fields},
            series=tuple(series_view(series) for series in members),
            analyses=tuple(analysis_brief(each, caller) for each in rows),
            timeline=happened,
        )

    def complete(
        self, study_instance_uid: StudyUidPath, caller: CallerDep, idempotency_key: KeyHeader = None
    ) -> Response:
        """Say that every image was sent."""
        with self.desk.archive.write() as connection:

            def reply() -> Reply:
                try:
                    request.call_complete(connection, caller.wall, caller.hospital_id, study_instance_uid)
                except request.NoSuchStudy as fault:
                    raise not_found(STUDY) from fault
                study = studies.by_uid(connection, caller.wall, caller.hospital_id, study_instance_uid)
                assert study is not None, "it was there in this transaction"
                return Reply(202, study_brief(connection, caller, study).model_dump_json())

            digest = digest_of(f"POST /studies/{study_instance_uid}/complete", None)
            replied = once(connection, caller, idempotency_key, digest, reply)
        self.desk.ring()
        return replied.response()


def routes(desk: Desk, route_class: type[APIRoute]) -> APIRouter:
    """The operations on studies."""
    endpoints = StudyEndpoints(desk)
    return router(
        "studies",
        (
            Operation(
                "GET",
                "/studies",
                endpoints.listed,
                Text(zh="列出检查", en="List studies"),
                Text(zh="按条件列出本院的检查。", en="The hospital's studies by the given filters."),
                errors=(400,),
            ),
            Operation(
                "GET",
                "/studies/{study_instance_uid}",
                endpoints.read,
                Text(zh="读取检查", en="Read a study"),
                Text(
                    zh="接收进度、时间线、正在等待什么、各项分析。",
                    en="How much has come, its timeline, what is waited for, and its analyses.",
                ),
                errors=(404,),
            ),
            Operation(
                "POST",
                "/studies/{study_instance_uid}/complete",
                endpoints.complete,
                Text(zh="声明已发送完毕", en="Say that a study is complete"),
                Text(
                    zh="所有影像已发送，不再等待静默时间。",
                    en="Every image was sent: it is looked at now, without waiting for the quiet time.",
                ),
                errors=(404,),
                status=202,
                answer=StudyBrief,
            ),
        ),
        route_class,
    )
