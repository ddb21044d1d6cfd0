"""Urgent findings (危急值) as the HIS reads and acknowledges them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field
from sqlalchemy import Connection

from models.contract import Code
from service.access.doors import Caller
from service.archive import orders, studies, users
from service.archive.notices import Notice
from service.domain.notice import MAX_HOW_LENGTH, MAX_WHO_LENGTH, NOTICE_TEXTS, NoticeState, Stated, Via
from service.domain.wording import said
from service.flow.review import judged, stated
from service.his.shape import EXAMPLE_MOMENT, EXAMPLE_STUDY_UID, Coded, Shape, both, examples, moment, moment_or_none
from service.his.shape import require_text as _text

_EXAMPLE_FINDING: Final = {
    "code": {"value": "36118008", "scheme": "SCT", "meaning": "Pneumothorax", "zh": "气胸", "en": "pneumothorax"},
    "site": {"value": "39607008", "scheme": "SCT", "meaning": "Lung", "zh": "肺", "en": "lung"},
    "laterality": {"value": "7771000", "scheme": "SCT", "meaning": "Left", "zh": "左", "en": "left"},
    "long_axis_mm": None,
    "text": "左肺气胸",
}
_EXAMPLE_ACKNOWLEDGEMENT: Final = {
    "acknowledged_by": "呼吸科 王护士 8003",
    "read_back": "左侧气胸，立即通知李医师",
    "at": "2026-11-23T08:19:02.100Z",
    "via": "hospital",
}
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "5b1f0c6e9a2d4f3f8c7b6a5d4e3f2a1b",
    "state": "acknowledged",
    "text": "已确认",
    "study_instance_uid": EXAMPLE_STUDY_UID,
    "accession_number": "CT20261123001",
    "order_ids": ["1a2b3c4d5e6f708192a3b4c5d6e7f809"],
    "tracking_uid": "2.25.279013213128459162133781",
    "finding": _EXAMPLE_FINDING,
    "contact": "呼吸科 8003",
    "escalation_contact": "医务科总值班 8100",
    "confirmed_by": "陈医师",
    "raised_at": EXAMPLE_MOMENT,
    "deadline_at": "2026-11-23T08:25:30.250Z",
    "told_at": "2026-11-23T08:15:31.020Z",
    "escalated_at": None,
    "acknowledgement": _EXAMPLE_ACKNOWLEDGEMENT,
    "taken_back_at": None,
}


class UrgentFinding(Shape):
    """What the physician confirmed, as it stands now."""

    model_config = examples(_EXAMPLE_FINDING)
    code: Coded = Field(description=both("发现的编码", "what it is"))
    site: Coded = Field(description=both("部位", "where it is"))
    laterality: Coded | None = Field(description=both("侧别", "which side"))
    long_axis_mm: float | None = Field(description=both("长径（mm）；未测量为空", "long axis in mm; null: unknown"))
    text: str = Field(description=both("文字", "in words"))


class AcknowledgementView(Shape):
    """Who heard, and how it is known."""

    model_config = examples(_EXAMPLE_ACKNOWLEDGEMENT)
    acknowledged_by: str = Field(description=both("接收人", "who heard"))
    read_back: str = Field(description=both("复述内容，或电话联系的经过", "what was read back, or how the call went"))
    at: datetime = Field(description=both("确认时间", "when"))
    via: Via = Field(description=both("hospital：医院系统；call：电话", "hospital: its own system; call: by telephone"))


class NoticeView(Shape):
    """An urgent finding and whether somebody has heard. Told whatever the release policy: a physician confirmed it."""

    model_config = examples(_EXAMPLE)
    id: str = Field(description=both("通知编号", "id of the notice"))
    state: NoticeState = Field(description=both("状态", "how it stands"))
    text: str = Field(description=both("状态文字", "the state in words"))
    study_instance_uid: str = Field(description=both("检查 UID", "Study Instance UID"))
    accession_number: str = Field(description=both("检查号", "Accession Number"))
    order_ids: tuple[str, ...] = Field(description=both("相关申请", "the orders of the study"))
    tracking_uid: str = Field(description=both("发现的 Tracking UID", "Tracking UID of the finding"))
    finding: UrgentFinding | None = Field(description=both("发现；撤销后为空", "the finding; null once taken back"))
    contact: str = Field(description=both("应通知的人", "whom the rule tells first"))
    escalation_contact: str = Field(description=both("逾时后应通知的人", "whom it tells when time ran out"))
    confirmed_by: str = Field(description=both("确认的医师", "the physician who confirmed it"))
    raised_at: datetime = Field(description=both("确认时间", "since when"))
    deadline_at: datetime = Field(description=both("应在此前确认", "until when it has to be acknowledged"))
    told_at: datetime | None = Field(description=both("最近送达时间", "when a message last arrived"))
    escalated_at: datetime | None = Field(description=both("升级时间", "when time ran out"))
    acknowledgement: AcknowledgementView | None = Field(description=both("确认", "who heard, once somebody did"))
    taken_back_at: datetime | None = Field(description=both("撤销时间", "when it was taken back"))


class AcknowledgeRequest(Shape):
    """That somebody heard, and what they read back."""

    model_config = examples({"acknowledged_by": "呼吸科 王护士 8003", "read_back": "左侧气胸，立即通知李医师"})
    acknowledged_by: Annotated[str, Field(max_length=MAX_WHO_LENGTH), AfterValidator(_text)] = Field(
        description=both("接收人（姓名、科室、电话）", "who heard: name, department, telephone")
    )
    read_back: Annotated[str, Field(max_length=MAX_HOW_LENGTH), AfterValidator(_text)] = Field(
        description=both("复述内容", "what they read back")
    )


def notice_view(connection: Connection, caller: Caller, notice: Notice) -> NoticeView:
    """A notice as it stands."""
    rule = notice.rule.rule
    joined = orders.of_study(connection, caller.wall, notice.study_id)
    return NoticeView(
        id=notice.id,
        state=notice.state,
        text=said(NOTICE_TEXTS[notice.state], caller.language),
        study_instance_uid=notice.study_instance_uid,
        accession_number=notice.accession_number,
        order_ids=tuple(order.id for order in joined),
        tracking_uid=notice.tracking_uid,
        finding=_finding(connection, caller, notice),
        contact=rule.contact,
        escalation_contact=rule.escalation_contact,
        confirmed_by=users.names(connection, {notice.raised_by}).get(notice.raised_by, notice.raised_by),
        raised_at=moment(notice.raised_at),
        deadline_at=moment(notice.deadline_at),
        told_at=moment_or_none(notice.told_at),
        escalated_at=moment_or_none(notice.escalated_at),
        acknowledgement=_acknowledgement(notice),
        taken_back_at=moment_or_none(notice.taken_back_at),
    )


def _finding(connection: Connection, caller: Caller, notice: Notice) -> UrgentFinding | None:
    study = studies.get(connection, caller.wall, notice.study_id)
    if study is None or notice.state is NoticeState.TAKEN_BACK:
        return None
    standing = (
        stated(each) for each in judged(connection, caller.wall, study) if each.tracking_uid == notice.tracking_uid
    )
    found: Stated | None = next(standing, None)
    if found is None:
        return None
    return UrgentFinding(
        code=_coded(found.concept),
        site=_coded(found.site),
        laterality=None if found.laterality is None else _coded(found.laterality),
        long_axis_mm=found.long_axis_mm,
        text=found.words(caller.language),
    )


def _coded(code: Code) -> Coded:
    return Coded.of(code.value, code.scheme, code.meaning)


def _acknowledgement(notice: Notice) -> AcknowledgementView | None:
    kept = notice.acknowledgement
    if kept is None:
        return None
    return AcknowledgementView(
        acknowledged_by=kept.heard.who, read_back=kept.heard.how, at=moment(kept.at), via=kept.via
    )
