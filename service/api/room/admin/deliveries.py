"""Deliveries over HTTP: what goes where, why it does not get through; sent again or put aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute
from pydantic import Field
from sqlalchemy import Connection

from models.manifest import Text
from service.access.hospital_peers import where
from service.access.problems import WRONG_STATE, Problem, not_found
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.admin.door import ADMIN, IdPath, administrator
from service.api.room.admin.labels import Labels, StudyBriefView
from service.api.room.admin.places import MAX_LENGTH, cursor, place
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX, Named, Shape, Worded, moment, moment_or_none
from service.archive import deliveries, delivery_pages, hospitals
from service.archive.delivery_pages import DeliveryFilter, ListedDelivery
from service.archive.hospitals import Peer
from service.archive.paging import Paging
from service.archive.results import ResultKind
from service.archive.store import Archive
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel, Language
from service.domain.peer_words import peer_words
from service.domain.wall import HospitalId, Wall
from service.domain.wording import said
from service.flow import put_right
from service.flow.put_right import NoSuchDelivery, NotNow

_DELIVERY: Final = Text(zh="投递", en="delivery")
_S: Final = DeliveryState
STATES: Final[Mapping[DeliveryState, Text]] = {
    _S.PENDING: Text(zh="待发送", en="waiting"),
    _S.SENDING: Text(zh="发送中", en="being sent"),
    _S.DELIVERED: Text(zh="已送达", en="delivered"),
    _S.CONFIRMED: Text(zh="已确认", en="confirmed"),
    _S.FAILED: Text(zh="被拒收，需人工处理", en="refused: a person has to look"),
    _S.PARKED: Text(zh="已搁置", en="put aside"),
    _S.CANCELLED: Text(
        zh="已取消（被后续结果取代，或已撤回）", en="cancelled: something later took its place, or it was withdrawn"
    ),
}
_MESSAGE: Final = Text(zh="HIS 消息", en="message to the HIS")
KINDS: Final[Mapping[ResultKind, Text]] = {
    ResultKind.SR: Text(zh="结构化报告（SR）", en="structured report (SR)"),
    ResultKind.SEG: Text(zh="分割（SEG）", en="segmentation (SEG)"),
    ResultKind.SC: Text(zh="摘要页", en="summary page"),
    ResultKind.PDF: Text(zh="PDF 报告", en="PDF report"),
    ResultKind.KEY_IMAGES: Text(zh="关键图像（KO）", en="key images (KO)"),
    ResultKind.PRESENTATION: Text(zh="标注显示（GSPS）", en="drawn findings (GSPS)"),
    ResultKind.WITHDRAWAL: Text(zh="撤回说明（KO）", en="note of withdrawal (KO)"),
}


class DeliveryQuery(Shape):
    """Which deliveries, the newest first."""

    after: str | None = Field(default=None, max_length=MAX_LENGTH)
    limit: int = Field(default=50, ge=1, le=200)
    state: tuple[DeliveryState, ...] = ()
    hospital: str | None = Field(default=None, max_length=64)
    channel: Channel | None = None


class DeliveryView(Shape):
    """One object or message on its way. what: its kind. where: null when the peer was removed. reason: in words.

    can_retry, can_park: what a person can do with it now.
    """

    id: str
    hospital: Named
    channel: Channel
    where: str | None
    what: Worded
    study_instance_uid: str | None
    study: StudyBriefView | None
    state: Worded
    attempt: int
    reason: str | None
    created_at: datetime
    due_at: datetime | None
    delivered_at: datetime | None
    can_retry: bool
    can_park: bool


class DeliveryPage(Shape):
    """Deliveries. next: the cursor of the page behind it. counts: of all hospitals, by state."""

    items: tuple[DeliveryView, ...]
    next: str | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class DeliveryEndpoints:
    """Everything that leaves the centre."""

    archive: Archive
    centre: RunningCentre

    def page(self, reader: ReaderDep, query: Annotated[DeliveryQuery, Query()]) -> DeliveryPage:
        """A page of deliveries."""
        wall = administrator(reader)
        narrowed = DeliveryFilter(
            states=frozenset(query.state),
            hospital=None if query.hospital is None else HospitalId(query.hospital),
            channel=query.channel,
        )
        paging = Paging(after=place(query.after), limit=query.limit + 1)
        with self.archive.read() as connection:
            found = delivery_pages.page(connection, wall, narrowed, paging)
            shown = found[: query.limit]
            items = self._views(connection, wall, shown, reader.language)
            counts = dict(deliveries.counts(connection, wall))
        last = shown[-1].delivery if len(found) > query.limit else None
        return DeliveryPage(items=items, next=None if last is None else cursor(last.created_at, last.id), counts=counts)

    def retry(self, reader: ReaderDep, delivery: IdPath) -> DeliveryView:
        """Send it again."""
        wall = administrator(reader)
        with _told():
            put_right.resume(self.archive, wall, self.centre.bell, delivery)
        return self._one(reader, wall, delivery)

    def park(self, reader: ReaderDep, delivery: IdPath) -> DeliveryView:
        """Put it aside until somebody sends it again."""
        wall = administrator(reader)
        with _told():
            put_right.park(self.archive, wall, delivery)
        return self._one(reader, wall, delivery)

    def _one(self, reader: Reader, wall: Wall, delivery_id: str) -> DeliveryView:
        with self.archive.read() as connection:
            found = delivery_pages.one(connection, wall, delivery_id)
            if found is None:
                raise not_found(_DELIVERY)
            return self._views(connection, wall, (found,), reader.language)[0]

    @staticmethod
    def _views(
        connection: Connection, wall: Wall, found: tuple[ListedDelivery, ...], language: Language
    ) -> tuple[DeliveryView, ...]:
        named = {
            (each.delivery.hospital, each.study_instance_uid) for each in found if each.study_instance_uid is not None
        }
        labels = Labels.read(connection, wall, language, named)
        peers = {
            peer.id: peer
            for hospital in {each.delivery.hospital for each in found}
            for peer in hospitals.peers(connection, wall, hospital)
        }
        return tuple(_view(each, labels, peers) for each in found)


def _view(listed: ListedDelivery, labels: Labels, peers: Mapping[str, Peer]) -> DeliveryView:
    delivery, peer = listed.delivery, peers.get(listed.delivery.peer_id)
    uid, language = listed.study_instance_uid, labels.language
    what = _MESSAGE if listed.kind is None else KINDS[listed.kind]
    return DeliveryView(
        id=delivery.id,
        hospital=labels.hospital(delivery.hospital),
        channel=delivery.channel,
        where=None if peer is None else where(peer),
        what=Worded(word="message" if listed.kind is None else listed.kind.value, text=said(what, language)),
        study_instance_uid=uid,
        study=None if uid is None else labels.study(delivery.hospital, uid),
        state=Worded(word=delivery.state.value, text=said(STATES[delivery.state], language)),
        attempt=delivery.attempt,
        reason=None if delivery.last_error is None else said(peer_words(delivery.last_error), language),
        created_at=moment(delivery.created_at),
        due_at=moment_or_none(delivery.due_at),
        delivered_at=moment_or_none(delivery.delivered_at),
        can_retry=put_right.may_resume(delivery) and peer is not None,
        can_park=put_right.may_park(delivery),
    )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except NoSuchDelivery as fault:
        raise not_found(_DELIVERY) from fault
    except NotNow as fault:
        detail = Text(
            zh="此投递正在发送、已送达或已被后续结果取代；请刷新列表。",
            en="It is being sent, has arrived, or something later took its place; look at the list again.",
        )
        raise Problem(WRONG_STATE, detail) from fault


def routes(archive: Archive, centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operations on deliveries."""
    endpoints = DeliveryEndpoints(archive, centre)
    router = APIRouter(
        prefix=f"{PREFIX}{ADMIN}/deliveries", tags=["deliveries"], route_class=route_class, include_in_schema=False
    )
    router.add_api_route("", endpoints.page, methods=["GET"])
    router.add_api_route("/{delivery}/retry", endpoints.retry, methods=["POST"])
    router.add_api_route("/{delivery}/park", endpoints.park, methods=["POST"])
    return router
