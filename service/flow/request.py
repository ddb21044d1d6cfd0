"""What a hospital asks for by an order: placing, joining and cancelling one, and calling a study complete."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from service.archive import audit, hospitals, orders, studies
from service.archive.orders import NewOrder, Order
from service.archive.studies import Study
from service.domain.agreement import REFUSALS, Refusal
from service.domain.hospital import Channel, MalformedSetting
from service.domain.order import OrderState
from service.domain.wall import HospitalId, Wall
from service.domain.web_address import Origin, origin


class RequestFault(Exception):
    """Base, never raised itself: what was asked cannot be done; nothing was changed."""


class NoSuchOrder(RequestFault):
    """No order of this id at the hospital."""


class NoSuchStudy(RequestFault):
    """No study of this UID at the hospital."""


class UnknownPackages(RequestFault):
    """The order names packages that the centre does not have."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Names: those the centre lacks."""
        super().__init__(f"the centre does not have {', '.join(names)}")
        self.names = names


class NotAgreed(RequestFault):
    """The agreement with the hospital does not cover what is ordered (AC-71)."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(REFUSALS[refusal].en)
        self.refusal = refusal


class CallbackNotAllowed(RequestFault):
    """The callback is not at the hospital's webhook's scheme, host and port (AC-52)."""


def place(connection: Connection, wall: Wall, new: NewOrder, available: Collection[str]) -> Order:
    """Enter an order; it joins at once where a study fits. Ring Step.COMPLETE after the commit.

    available: the packages the centre has. Raises NotAgreed, UnknownPackages, CallbackNotAllowed.
    """
    agreement = hospitals.get(connection, wall, new.hospital).agreement
    refusal = agreement.refuses_order(modality=new.modality, kind=new.kind, asks_analysis=bool(new.packages))
    if refusal is not None:
        raise NotAgreed(refusal)
    lacking = tuple(name for name in new.packages if name not in available)
    if lacking:
        raise UnknownPackages(lacking)
    if new.callback_url is not None:
        _admit_callback(connection, wall, new.hospital, new.callback_url)
    order = orders.create(connection, wall, new)
    audit.act(connection, wall, hospital=new.hospital, action="order.create", subject=order.id)
    return order


def cancel(connection: Connection, wall: Wall, order_id: str) -> Order:
    """Cancel an order; one that is cancelled stays so. Its packages are not asked on its behalf any more.

    Raises NoSuchOrder, IllegalTransition. Ring Step.COMPLETE after the commit.
    """
    order = _order(connection, wall, order_id)
    if order.state is OrderState.CANCELLED:
        return order
    cancelled = orders.cancel(connection, wall, order)
    study = None if order.study_id is None else studies.get(connection, wall, order.study_id)
    if study is not None and order.packages:
        studies.redispatch(connection, wall, study)
    audit.act(connection, wall, hospital=order.hospital, action="order.cancel", subject=order.id)
    return cancelled


def join(connection: Connection, wall: Wall, order_id: str, study_instance_uid: str) -> Order:
    """Join an order with a study because a person says they belong together; repeated, it changes nothing.

    Raises NoSuchOrder, NoSuchStudy, IllegalTransition. Ring Step.COMPLETE after the commit.
    """
    order = _order(connection, wall, order_id)
    study = _study(connection, wall, order.hospital, study_instance_uid)
    if order.study_id == study.id:
        return order
    joined = orders.join(connection, wall, order, study.id)
    audit.act(
        connection,
        wall,
        hospital=order.hospital,
        action="order.join",
        subject=order.id,
        detail={"study_instance_uid": study_instance_uid},
    )
    return joined


def call_complete(connection: Connection, wall: Wall, hospital: HospitalId, study_instance_uid: str) -> Study:
    """Say that every image of a study was sent; a complete study stays as it is.

    Raises NoSuchStudy. Ring Step.COMPLETE after the commit.
    """
    study = _study(connection, wall, hospital, study_instance_uid)
    studies.call_complete(connection, wall, study)
    audit.act(connection, wall, hospital=hospital, action="study.complete", subject=study_instance_uid)
    return study


def webhook_origin(connection: Connection, wall: Wall, hospital: HospitalId) -> Origin | None:
    """The one place of a hospital that is called over HTTP; None when it has no webhook."""
    peers = hospitals.peers(connection, wall, hospital)
    return next((origin(peer.url) for peer in peers if peer.channel is Channel.HIS and peer.url), None)


def _admit_callback(connection: Connection, wall: Wall, hospital: HospitalId, url: str) -> None:
    allowed = webhook_origin(connection, wall, hospital)
    if allowed is None:
        raise CallbackNotAllowed("this hospital has no webhook; an operator adds one with `consilium hospital add`")
    try:
        wanted = origin(url)
    except MalformedSetting as fault:
        raise CallbackNotAllowed(str(fault)) from fault
    if wanted != allowed:
        raise CallbackNotAllowed("a callback has the scheme, host and port of the hospital's webhook")


def _order(connection: Connection, wall: Wall, order_id: str) -> Order:
    order = orders.get(connection, wall, order_id)
    if order is None:
        raise NoSuchOrder("there is no such order")
    return order


def _study(connection: Connection, wall: Wall, hospital: HospitalId, study_instance_uid: str) -> Study:
    study = studies.by_uid(connection, wall, hospital, study_instance_uid)
    if study is None:
        raise NoSuchStudy("there is no such study")
    return study
