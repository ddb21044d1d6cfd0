"""Urgent findings (危急值) as the reader sees them: whom to tell, until when, and whether it got through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from pydantic import Field
from sqlalchemy import Connection

from models.manifest import Text
from service.access.reader_doors import Reader
from service.api.room.shape import Cleaned, Named, PatientView, Shape, Worded, moment, moment_or_none
from service.archive import hospitals, studies, users
from service.archive.deliveries import Delivery
from service.archive.notices import Notice
from service.archive.store import now
from service.archive.studies import Study
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel
from service.domain.notice import MAX_HOW_LENGTH, MAX_WHO_LENGTH, NOTICE_TEXTS, Stated, Via
from service.domain.wording import said
from service.flow.notice import messages_of
from service.flow.review import Judged, stated

Shown: TypeAlias = Callable[[Study], Sequence[Judged]]
_WAYS: Final = {
    "arrived": Text(zh="已送达医院系统。", en="It is at the hospital's system."),
    "waiting": Text(zh="医院系统尚未接收，请电话通知。", en="The hospital's system has not taken it yet: call them."),
    "refused": Text(zh="医院系统拒收，请电话通知。", en="The hospital's system refused it: call them."),
    "no-webhook": Text(
        zh="医院未登记接收地址，请电话通知。", en="The hospital named no address for messages: call them."
    ),
}


class CallBody(Shape):
    """A documented call: who of the hospital heard it, and how it went."""

    who: Cleaned = Field(min_length=1, max_length=MAX_WHO_LENGTH)
    how: Cleaned = Field(min_length=1, max_length=MAX_HOW_LENGTH)


class HeardView(Shape):
    """Who heard. recorded_by: the reader who documented a call; null where the hospital's own system said so."""

    who: str
    how: str
    at: datetime
    via: Via
    recorded_by: Named | None


class NoticeView(Shape):
    """One urgent finding. remaining_s: until it escalates, at the moment of the answer; negative once it is late.

    finding: null when it does not stand any more, or is kept from the reader until they locked their first impression.
    way: how the last message fared.
    """

    id: str
    hospital: Named
    study_instance_uid: str
    patient: str
    tracking_uid: str
    finding: str | None
    state: Worded
    is_open: bool
    contact: str
    escalation_contact: str
    raised_by: Named
    raised_at: datetime
    deadline_at: datetime
    remaining_s: float
    told_at: datetime | None
    escalated_at: datetime | None
    way: Worded
    heard: HeardView | None
    taken_back_at: datetime | None


class OpenNotices(Shape):
    """Those that somebody still has to hear, the oldest first; count goes beyond what is listed."""

    count: int
    items: tuple[NoticeView, ...]


def notice_views(
    connection: Connection, reader: Reader, found: Sequence[Notice], shown: Shown
) -> tuple[NoticeView, ...]:
    """Notices in the reader's language, in one view of the rows. shown: what they may see of a study now."""
    persons = {each.raised_by for each in found} | {_recorder(each) or "" for each in found}
    names = users.names(connection, persons)
    return tuple(_Views(connection, reader, each, shown).view(names) for each in found)


class _Views:
    """Makes the view of one notice."""

    def __init__(self, connection: Connection, reader: Reader, notice: Notice, shown: Shown) -> None:
        self._shown = shown
        self._connection = connection
        self._reader = reader
        self._notice = notice

    def view(self, names: Mapping[str, str]) -> NoticeView:
        notice, language = self._notice, self._reader.language
        study = studies.get(self._connection, self._reader.wall, notice.study_id)
        assert study is not None, "a notice keeps its study"
        hospital = hospitals.get(self._connection, self._reader.wall, notice.hospital)
        finding = self._stated(study)
        return NoticeView(
            id=notice.id,
            hospital=Named(id=hospital.id, name=hospital.name),
            study_instance_uid=notice.study_instance_uid,
            patient=PatientView.of(study, language).name,
            tracking_uid=notice.tracking_uid,
            finding=None if finding is None else finding.words(language),
            state=Worded(word=notice.state.value, text=said(NOTICE_TEXTS[notice.state], language)),
            is_open=notice.is_open,
            contact=notice.contact,
            escalation_contact=notice.rule.rule.escalation_contact,
            raised_by=_named(notice.raised_by, names),
            raised_at=moment(notice.raised_at),
            deadline_at=moment(notice.deadline_at),
            remaining_s=notice.deadline_at - now(self._connection),
            told_at=moment_or_none(notice.told_at),
            escalated_at=moment_or_none(notice.escalated_at),
            way=self._way(),
            heard=_heard(notice, names),
            taken_back_at=moment_or_none(notice.taken_back_at),
        )

    def _stated(self, study: Study) -> Stated | None:
        mine = (stated(each) for each in self._shown(study) if each.tracking_uid == self._notice.tracking_uid)
        return next(mine, None)

    def _way(self) -> Worded:
        peers = hospitals.peers(self._connection, self._reader.wall, self._notice.hospital)
        has_webhook = any(each.channel is Channel.HIS for each in peers)
        messages = messages_of(self._connection, self._reader.wall, self._notice)
        word = _way_of(messages[-1]) if messages else "waiting" if has_webhook else "no-webhook"
        return Worded(word=word, text=said(_WAYS[word], self._reader.language))


def _way_of(message: Delivery) -> str:
    if message.state in {DeliveryState.DELIVERED, DeliveryState.CONFIRMED}:
        return "arrived"
    return "refused" if message.state in {DeliveryState.FAILED, DeliveryState.PARKED} else "waiting"


def _recorder(notice: Notice) -> str | None:
    """The user id of who documented a call."""
    kept = notice.acknowledgement
    return None if kept is None or kept.via is not Via.CALL else kept.recorded_by.removeprefix("user:")


def _heard(notice: Notice, names: Mapping[str, str]) -> HeardView | None:
    kept, recorder = notice.acknowledgement, _recorder(notice)
    if kept is None:
        return None
    return HeardView(
        who=kept.heard.who,
        how=kept.heard.how,
        at=moment(kept.at),
        via=kept.via,
        recorded_by=None if recorder is None else _named(recorder, names),
    )


def _named(user_id: str, names: Mapping[str, str]) -> Named:
    return Named(id=user_id, name=names.get(user_id, user_id))
