"""Studies as the HIS reads them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy import Connection

from service.access.doors import Caller
from service.archive import analyses, events, orders, reports, studies
from service.archive.studies import Series, Study
from service.domain.study import CompletedBy, StudyState
from service.domain.wording import said
from service.flow.complete import waiting_for
from service.flow.state_words import COMPLETED_BY_WORDS, STUDY_WORDS, waited_for
from service.his.analysis_shapes import AnalysisBrief
from service.his.event_shapes import event_view
from service.his.order_shapes import ExaminationView
from service.his.shape import (
    EXAMPLE_MOMENT,
    EXAMPLE_SERIES_UID,
    EXAMPLE_STUDY_UID,
    Name,
    Shape,
    both,
    examples,
    iso_date,
    moment,
    moment_or_none,
)

_BRIEF = {
    "study_instance_uid": EXAMPLE_STUDY_UID,
    "state": "complete",
    "state_text": "已收齐",
    "revision": 1,
    "patient": {
        "id": "P0012345",
        "name": {"alphabetic": "Zhang^San", "ideographic": "张^三", "phonetic": ""},
        "birth_date": "1965-03-08",
        "sex": "M",
    },
    "accession_number": "CT20261123001",
    "study_date": "2026-11-23",
    "description": "胸部 CT 平扫",
    "modalities": ["CT"],
    "received": {"images": 300, "expected": 300, "text": "300/300"},
    "examination": {"status": "ai_done", "text": "AI 已完成"},
    "waiting_for": [],
    "order_ids": ["5b1f0c6e9a2d4f3f8c7b6a5d4e3f2a1b"],
    "identity_conflict": False,
    "first_received_at": EXAMPLE_MOMENT,
    "completed_at": EXAMPLE_MOMENT,
    "completed_by": "count",
    "completed_by_text": "已达申请所述数量",
}


class PatientView(Shape):
    """Whose study it is, as its images say."""

    id: str = Field(description=both("患者编号 (0010,0020)", "Patient ID (0010,0020)"))
    name: Name = Field(description=both("姓名", "name"))
    birth_date: str | None = Field(description=both("出生日期", "date of birth"))
    sex: str = Field(description=both("性别 M、F、O", "sex: M, F, O or empty"))


class ReceivedView(Shape):
    """How many images have come."""

    images: int = Field(description=both("已收影像数", "images received"))
    expected: int | None = Field(description=both("应收影像数；未知为 null", "images expected; null while unknown"))
    text: str = Field(description=both("已收/应收", "received of expected"), examples=["120/300"])

    @classmethod
    def of(cls, study: Study) -> ReceivedView:
        """From a study's row."""
        expected = "?" if study.expected_count is None else str(study.expected_count)
        return cls(images=study.image_count, expected=study.expected_count, text=f"{study.image_count}/{expected}")


class StudyBrief(Shape):
    """A study as it stands."""

    model_config = examples(_BRIEF)
    study_instance_uid: str = Field(description=both("检查 UID", "Study Instance UID"))
    state: StudyState = Field(description=both("接收状态", "whether all of it is here"))
    state_text: str = Field(description=both("状态的文字说明", "the state in words"))
    revision: int = Field(description=both("第几版；收齐后又有影像则加一", "grows when images come after completion"))
    patient: PatientView = Field(description=both("患者", "patient"))
    accession_number: str = Field(description=both("检查号", "Accession Number"))
    study_date: str | None = Field(description=both("检查日期", "date of the study"))
    description: str = Field(description=both("检查描述", "Study Description"))
    modalities: tuple[str, ...] = Field(description=both("成像方式", "modalities in the study"))
    received: ReceivedView = Field(description=both("接收进度", "how many images have come"))
    examination: ExaminationView = Field(description=both("结果进展", "how its results stand"))
    waiting_for: tuple[str, ...] = Field(description=both("正在等待什么", "what is waited for, in words"))
    order_ids: tuple[str, ...] = Field(description=both("相连的申请", "the orders joined with it"))
    identity_conflict: bool = Field(
        description=both("患者身份是否矛盾", "whether its images disagree about the patient")
    )
    first_received_at: datetime = Field(description=both("首个实例到达时间", "when its first instance came"))
    completed_at: datetime | None = Field(description=both("收齐时间", "when it was complete"))
    completed_by: CompletedBy | None = Field(description=both("收齐依据", "why it counts as complete"))
    completed_by_text: str | None = Field(description=both("收齐依据的文字说明", "the same in words"))


class SeriesView(Shape):
    """A series of a study."""

    series_instance_uid: str = Field(description=both("序列 UID", "Series Instance UID"), examples=[EXAMPLE_SERIES_UID])
    modality: str = Field(description=both("成像方式", "modality"), examples=["CT"])
    number: int | None = Field(description=both("序列号", "Series Number"), examples=[3])
    description: str = Field(description=both("序列描述", "Series Description"), examples=["肺窗 1.25 mm"])
    body_part: str = Field(description=both("检查部位", "Body Part Examined"), examples=["CHEST"])


class TimelineEntry(Shape):
    """One line of a study's timeline."""

    at: datetime = Field(description=both("时间", "when"), examples=[EXAMPLE_MOMENT])
    kind: str = Field(description=both("事件类别", "kind of event"), examples=["study.complete"])
    text: str = Field(description=both("文字说明", "in words"), examples=["检查收齐（第 1 版，已达申请所述数量）。"])


class StudyView(StudyBrief):
    """A study with its series, its analyses and what happened to it."""

    model_config = examples(
        {
            **_BRIEF,
            "series": [
                {
                    "series_instance_uid": EXAMPLE_SERIES_UID,
                    "modality": "CT",
                    "number": 3,
                    "description": "肺窗 1.25 mm",
                    "body_part": "CHEST",
                }
            ],
            "analyses": [],
            "timeline": [{"at": EXAMPLE_MOMENT, "kind": "study.receiving", "text": "收到首个实例。"}],
        }
    )
    series: tuple[SeriesView, ...] = Field(description=both("序列", "its series"))
    analyses: tuple[AnalysisBrief, ...] = Field(description=both("分析", "its analyses"))
    timeline: tuple[TimelineEntry, ...] = Field(description=both("时间线，早的在前", "what happened, oldest first"))


def study_brief(connection: Connection, caller: Caller, study: Study) -> StudyBrief:
    """A study of a row with what stands around it."""
    of_study = analyses.of_study(connection, caller.wall, study.id)
    receiving = study.state is StudyState.RECEIVING
    arrival = waiting_for(connection, caller.wall, study) if receiving else None
    joined = orders.of_study(connection, caller.wall, study.id)
    members = studies.series_of(connection, caller.wall, study.id)
    by = study.completed_by
    return StudyBrief(
        study_instance_uid=study.study_instance_uid,
        state=study.state,
        state_text=said(STUDY_WORDS[study.state], caller.language),
        revision=study.revision,
        patient=PatientView(
            id=study.patient_id,
            name=Name.of(study.patient_name),
            birth_date=iso_date(study.patient_birth_date),
            sex=study.patient_sex,
        ),
        accession_number=study.accession_number,
        study_date=iso_date(study.study_date),
        description=study.study_description,
        modalities=tuple(sorted({series.modality for series in members if series.modality})),
        received=ReceivedView.of(study),
        examination=ExaminationView.of(connection, caller, study),
        waiting_for=tuple(said(text, caller.language) for text in waited_for(study, arrival, of_study)),
        order_ids=tuple(order.id for order in joined),
        identity_conflict=study.identity_conflict,
        first_received_at=moment(study.first_received_at),
        completed_at=moment_or_none(study.completed_at),
        completed_by=by,
        completed_by_text=None if by is None else said(COMPLETED_BY_WORDS[by], caller.language),
    )


def series_view(series: Series) -> SeriesView:
    """A series of a row."""
    return SeriesView(
        series_instance_uid=series.series_instance_uid,
        modality=series.modality,
        number=series.series_number,
        description=series.series_description,
        body_part=series.body_part,
    )


def timeline(connection: Connection, caller: Caller, study: Study) -> tuple[TimelineEntry, ...]:
    """What happened to a study, as far as the hospital may know it."""
    told_more = reports.released_of(connection, caller.wall, [study.id])
    views = (event_view(event, caller, told_more) for event in events.of_study(connection, caller.wall, study.id))
    return tuple(TimelineEntry(at=view.at, kind=view.kind, text=view.text) for view in views if view is not None)
