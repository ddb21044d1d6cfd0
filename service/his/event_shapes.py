"""Events as the HIS reads them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection

from service.access.doors import Caller
from service.archive import reports
from service.archive.events import Detail, Event, EventKind
from service.domain.hospital import Language
from service.domain.seen_words import seen_in
from service.domain.wording import said
from service.his.cursors import events_cursor
from service.his.event_words import event_words
from service.his.release import told
from service.his.shape import EXAMPLE_MOMENT, EXAMPLE_STUDY_UID, Shape, both, examples, moment

EXAMPLE_EVENT = {
    "cursor": "WyJlIiwxMDI0XQ",
    "at": EXAMPLE_MOMENT,
    "kind": "analysis.concluded",
    "text": "ct_chest_nodule 1.0.0.1 分析完成：有发现。",
    "study_instance_uid": EXAMPLE_STUDY_UID,
    "analysis_id": "9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b",
    "order_id": None,
    "detail": {"package": "ct_chest_nodule", "version": "1.0.0.1", "outcome": "findings"},
}


class EventView(Shape):
    """Something that happened. Read what it is about again; an event is no result."""

    model_config = examples(EXAMPLE_EVENT)
    cursor: str = Field(description=both("此事件之后的游标", "the cursor behind this event"))
    at: datetime = Field(description=both("发生时间", "when it happened"))
    kind: EventKind = Field(description=both("事件类别", "kind of event"))
    text: str = Field(description=both("文字说明", "in words"))
    study_instance_uid: str | None = Field(description=both("相关检查", "the study it is about"))
    analysis_id: str | None = Field(description=both("相关分析", "the analysis it is about"))
    order_id: str | None = Field(description=both("相关申请", "the order it is about"))
    detail: dict[str, str | int | float | bool | list[str] | None] = Field(
        description=both("附加信息：代码与数字", "what else is known of it: codes and numbers")
    )


class EventPage(Shape):
    """Events in order. Keep `next` and ask with it again: no event is left out, none comes twice."""

    model_config = examples({"items": [EXAMPLE_EVENT], "next": "WyJlIiwxMDI0XQ", "more": False})
    items: tuple[EventView, ...] = Field(description=both("事件，早的在前", "events, oldest first"))
    next: str = Field(description=both("下次查询的游标", "the cursor to ask with next"))
    more: bool = Field(description=both("是否还有更多", "whether more are waiting now"))


def event_view(event: Event, caller: Caller, reported: Collection[int]) -> EventView | None:
    """An event as far as the hospital may know it; None where it may not at all. reported: as told() wants it."""
    detail = told(event, caller.hospital, reported)
    if detail is None:
        return None
    return EventView(
        cursor=events_cursor(event.seq),
        at=moment(event.at),
        kind=event.kind,
        text=said(event_words(event.kind, detail), caller.language),
        study_instance_uid=event.subject.study_instance_uid,
        analysis_id=event.subject.analysis_id,
        order_id=event.subject.order_id,
        detail=_in_language(event.kind, detail, caller.language),
    )


def reported_studies(connection: Connection, caller: Caller, found: Sequence[Event]) -> frozenset[int]:
    """Of the studies that events are about, those with a released report."""
    about = {event.subject.study_id for event in found if event.subject.study_id is not None}
    return reports.released_of(connection, caller.wall, about)


def _in_language(kind: EventKind, detail: Detail, language: Language) -> dict[str, Any]:
    """The detail with its sentences in a language; one that has no words there is left out, codes stay as they are."""
    sentences = {"detail", "why", "reason"} if kind is EventKind.ORDER_UNMATCHED else {"detail", "why"}
    worded = {
        name: seen_in(str(value), language) if name in sentences and value is not None else value
        for name, value in detail.items()
    }
    return {name: value for name, value in worded.items() if value is not None or detail[name] is None}
