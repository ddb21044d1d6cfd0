"""Orders as the HIS writes and reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator
from sqlalchemy import Connection

from models.manifest import Text
from service.access.doors import Caller
from service.access.field_faults import WrongValue
from service.archive import analyses, orders, reports, studies
from service.archive.orders import NewOrder, Order, Request
from service.dicom.uids import MAX_UID_LENGTH
from service.domain.agreement import ExaminationKind
from service.domain.order import ExamClass, Match, OrderState, Priority
from service.domain.status import ExaminationStatus, examination_status, reported_status
from service.domain.wording import said
from service.flow.state_words import EXAMINATION_WORDS, ORDER_WORDS, match_words
from service.his.shape import (
    EXAMPLE_MOMENT,
    EXAMPLE_STUDY_UID,
    UID_PATTERN,
    Identifier,
    Prose,
    Shape,
    both,
    examples,
    moment,
)

MAX_PRIOR_REPORTS: Final = 20
_UID_OR_EMPTY: Final = f"^$|{UID_PATTERN}"


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


PackageNames = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,63}$")], ...],
    Field(max_length=16),
    AfterValidator(_distinct),
]


class OrderRequest(Shape):
    """An order: which examination, how urgent, and what the clinician wants to know."""

    model_config = examples(
        {
            "accession_number": "CT20261123001",
            "patient_id": "P0012345",
            "exam_class": "outpatient",
            "priority": "medium",
            "modality": "CT",
            "question": "体检发现右肺结节，请评估 / Nodule in the right lung at a check-up, please assess",
            "history": "咳嗽两周，无发热 / Cough for two weeks, no fever",
            "department": "呼吸内科 / Respiratory medicine",
            "packages": ["ct_chest_nodule"],
            "expected_instance_count": 300,
        }
    )
    accession_number: Identifier = Field(
        default="", description=both("检查号 (0008,0050)", "Accession Number (0008,0050)")
    )
    study_instance_uid: Annotated[str, Field(pattern=_UID_OR_EMPTY, max_length=MAX_UID_LENGTH)] = Field(
        default="", description=both("检查 UID (0020,000D)", "Study Instance UID (0020,000D)")
    )
    patient_id: Identifier = Field(default="", description=both("患者编号 (0010,0020)", "Patient ID (0010,0020)"))
    exam_class: ExamClass = Field(description=both("检查类别：急诊、住院、门诊、体检", "class of the examination"))
    priority: Priority = Field(default=Priority.MEDIUM, description=both("优先级", "priority"))
    modality: Annotated[str, Field(pattern=r"^$|^[A-Z0-9]{2,16}$")] = Field(
        default="",
        description=both(
            "设备类型 (0008,0060)；协议不含者不受理",
            "Modality (0008,0060); refused where the agreement does not cover it",
        ),
    )
    examination_kind: ExaminationKind = Field(
        default=ExaminationKind.DIAGNOSTIC,
        description=both("检查性质；协议排除者不受理", "what it is for; refused where the agreement excludes it"),
    )
    question: Prose = Field(default="", description=both("临床问题与检查目的", "the clinical question"))
    history: Prose = Field(default="", description=both("病史摘要", "history in short"))
    department: Identifier = Field(default="", description=both("申请科室", "the department that asks"))
    prior_reports: Annotated[tuple[Prose, ...], Field(max_length=MAX_PRIOR_REPORTS)] = Field(
        default=(), description=both("既往报告文本", "texts of earlier reports")
    )
    packages: PackageNames = Field(
        default=(),
        description=both(
            "除本院固定规则外另要求的软件包名称，见 /api/v1/models",
            "packages to ask beside the hospital's own rules; /api/v1/models lists them",
        ),
    )
    expected_instance_count: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None,
        description=both("影像总数；收到后立即视为收齐", "how many images it has; when they are here it is complete"),
    )
    callback_url: Annotated[str, Field(max_length=2048)] | None = Field(
        default=None,
        description=both(
            "结果通知地址；协议、主机、端口须与登记的 webhook 相同",
            "where to send this order's messages too; scheme, host and port of the hospital's webhook",
        ),
    )

    @model_validator(mode="after")
    def _can_be_found(self) -> OrderRequest:
        if not (self.accession_number or self.study_instance_uid or self.patient_id):
            raise WrongValue(
                Text(
                    zh="accession_number、study_instance_uid、patient_id 至少填一项",
                    en="one of accession_number, study_instance_uid and patient_id must be given",
                )
            )
        return self

    def new_order(self, caller: Caller) -> NewOrder:
        """As the archive takes it."""
        return NewOrder(
            hospital=caller.hospital_id,
            accession_number=self.accession_number,
            study_instance_uid=self.study_instance_uid,
            patient_id=self.patient_id,
            exam_class=self.exam_class,
            priority=self.priority,
            modality=self.modality,
            kind=self.examination_kind,
            request=Request(self.question, self.history, self.department, self.prior_reports),
            packages=self.packages,
            expected_count=self.expected_instance_count,
            callback_url=self.callback_url,
        )


class JoinRequest(Shape):
    """Which study an order belongs to."""

    model_config = examples({"study_instance_uid": EXAMPLE_STUDY_UID})
    study_instance_uid: Annotated[str, Field(pattern=UID_PATTERN, max_length=MAX_UID_LENGTH)] = Field(
        description=both("检查 UID", "Study Instance UID")
    )


class CandidateView(Shape):
    """A study that may be the order's own."""

    study_instance_uid: str = Field(description=both("检查 UID", "Study Instance UID"), examples=[EXAMPLE_STUDY_UID])
    fit: Match = Field(description=both("相符程度", "how well it fits"), examples=["proposed"])


class MatchingView(Shape):
    """Whether an order and a study are joined, and if not, why."""

    status: Literal["joined", "unmatched"] = Field(description=both("是否已匹配", "joined or not"))
    fit: Match = Field(description=both("相符程度", "how well the best study fits"))
    text: str = Field(description=both("文字说明", "in words"), examples=["已匹配"])
    candidates: tuple[CandidateView, ...] = Field(
        description=both("可能的检查，核对后调用 join", "studies that may be meant; check, then call join")
    )


class ExaminationView(Shape):
    """How the results of a study stand."""

    status: ExaminationStatus = Field(description=both("状态代码", "status"), examples=["ai_done"])
    text: str = Field(description=both("文字说明", "in words"), examples=["AI 已完成"])

    @classmethod
    def of(cls, connection: Connection, caller: Caller, study: studies.Study) -> ExaminationView:
        """The report first, then the analyses; "not asked" is only said once somebody has looked what to ask."""
        asked = analyses.of_study(connection, caller.wall, study.id)
        versions = reports.of_study(connection, caller.wall, study.id)
        awaited = not asked and study.dispatched_revision < study.revision
        by_packages = ExaminationStatus.QUEUED if awaited else examination_status([each.state for each in asked])
        status = reported_status({each.state for each in versions}) or by_packages
        return cls(status=status, text=said(EXAMINATION_WORDS[status], caller.language))


class OrderView(Shape):
    """An order as it stands."""

    model_config = examples(
        {
            "id": "5b1f0c6e9a2d4f3f8c7b6a5d4e3f2a1b",
            "state": "matched",
            "state_text": "已匹配影像",
            "accession_number": "CT20261123001",
            "study_instance_uid": EXAMPLE_STUDY_UID,
            "patient_id": "P0012345",
            "exam_class": "outpatient",
            "priority": "medium",
            "modality": "CT",
            "examination_kind": "diagnostic",
            "question": "体检发现右肺结节，请评估",
            "history": "",
            "department": "呼吸内科",
            "prior_reports": [],
            "packages": ["ct_chest_nodule"],
            "expected_instance_count": 300,
            "callback_url": None,
            "matching": {"status": "joined", "fit": "joined", "text": "已匹配", "candidates": []},
            "examination": {"status": "queued", "text": "AI 排队中"},
            "created_at": EXAMPLE_MOMENT,
            "changed_at": EXAMPLE_MOMENT,
        }
    )
    id: str = Field(description=both("申请编号", "id of the order"))
    state: OrderState = Field(description=both("申请状态", "state of the order"))
    state_text: str = Field(description=both("状态的文字说明", "the state in words"))
    accession_number: str = Field(description=both("检查号", "Accession Number"))
    study_instance_uid: str = Field(
        description=both("检查 UID：匹配后为影像的 UID", "Study Instance UID: the joined study's once joined")
    )
    patient_id: str = Field(description=both("患者编号", "Patient ID"))
    exam_class: ExamClass = Field(description=both("检查类别", "class of the examination"))
    priority: Priority = Field(description=both("优先级", "priority"))
    modality: str = Field(description=both("设备类型；未写明时为空", "Modality; empty where it was not said"))
    examination_kind: ExaminationKind = Field(description=both("检查性质", "what it is for"))
    question: str = Field(description=both("临床问题", "the clinical question"))
    history: str = Field(description=both("病史摘要", "history in short"))
    department: str = Field(description=both("申请科室", "the department that asks"))
    prior_reports: tuple[str, ...] = Field(description=both("既往报告文本", "texts of earlier reports"))
    packages: tuple[str, ...] = Field(description=both("另要求的软件包", "packages asked for by name"))
    expected_instance_count: int | None = Field(description=both("影像总数", "how many images it has"))
    callback_url: str | None = Field(description=both("结果通知地址", "where this order's messages go too"))
    matching: MatchingView = Field(description=both("与影像的匹配", "how it is joined with a study"))
    examination: ExaminationView | None = Field(
        description=both("结果进展；未匹配时为 null", "how its results stand; null while not joined")
    )
    created_at: datetime = Field(description=both("创建时间", "when it came"))
    changed_at: datetime = Field(description=both("最近变更时间", "when it last changed"))


def order_view(connection: Connection, caller: Caller, order: Order) -> OrderView:
    """An order with what it is joined to."""
    study = None if order.study_id is None else studies.get(connection, caller.wall, order.study_id)
    waiting = order.state is OrderState.REQUESTED
    candidates = orders.candidates(connection, caller.wall, order) if waiting else ()
    return OrderView(
        id=order.id,
        state=order.state,
        state_text=said(ORDER_WORDS[order.state], caller.language),
        accession_number=order.accession_number,
        study_instance_uid=order.study_instance_uid if study is None else study.study_instance_uid,
        patient_id=order.patient_id,
        exam_class=order.exam_class,
        priority=order.priority,
        modality=order.modality,
        examination_kind=order.kind,
        question=order.request.question,
        history=order.request.history,
        department=order.request.department,
        prior_reports=order.request.prior_reports,
        packages=order.packages,
        expected_instance_count=order.expected_count,
        callback_url=order.callback_url,
        matching=MatchingView(
            status="joined" if order.match is Match.JOINED else "unmatched",
            fit=order.match,
            text=said(match_words(order), caller.language),
            candidates=tuple(
                CandidateView(study_instance_uid=each.study_instance_uid, fit=each.match) for each in candidates
            ),
        ),
        examination=None if study is None else ExaminationView.of(connection, caller, study),
        created_at=moment(order.created_at),
        changed_at=moment(order.changed_at),
    )
