"""Orders: placed, read, listed, joined, cancelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.routing import APIRoute
from pydantic import Field
from sqlalchemy import Connection

from models.manifest import Text
from service.access.doors import Caller, CallerDep
from service.access.problems import (
    ANALYSIS_NOT_AGREED,
    CALLBACK_NOT_ALLOWED,
    EXAMINATION_EXCLUDED,
    MODALITY_NOT_AGREED,
    UNKNOWN_PACKAGE,
    Problem,
    not_found,
)
from service.archive import orders
from service.archive.orders import Order
from service.archive.paging import Paging
from service.domain.agreement import REFUSALS, Refusal
from service.domain.order import OrderState
from service.flow import request
from service.his.cursors import Sort, Walk, named_place, row_cursor
from service.his.desk import ORDER, STUDY, Desk
from service.his.idempotency import KeyHeader, Reply, digest_of, once
from service.his.operation import Operation, router
from service.his.order_shapes import JoinRequest, OrderRequest, OrderView, order_view
from service.his.shape import IdPath, Page, PageQuery, both

_REFUSED: Final = {
    Refusal.EXAMINATION: EXAMINATION_EXCLUDED,
    Refusal.MODALITY: MODALITY_NOT_AGREED,
    Refusal.ANALYSIS: ANALYSIS_NOT_AGREED,
}


class OrderSort(StrEnum):
    """In which order orders are listed."""

    NEWEST_FIRST = "-created_at"
    OLDEST_FIRST = "created_at"


class OrderQuery(PageQuery):
    """Which orders to list."""

    accession_number: str | None = Field(default=None, max_length=64, description=both("检查号", "Accession Number"))
    study_instance_uid: str | None = Field(
        default=None,
        max_length=64,
        description=both("申请或其已匹配检查的 UID", "Study Instance UID of the order or of its joined study"),
    )
    patient_id: str | None = Field(default=None, max_length=64, description=both("患者编号", "Patient ID"))
    state: OrderState | None = Field(default=None, description=both("只列此状态", "only orders in this state"))
    matched: bool | None = Field(
        default=None, description=both("只列已匹配或未匹配的申请", "only joined orders, or only unmatched ones")
    )
    sort: OrderSort = Field(
        default=OrderSort.NEWEST_FIRST, description=both("排序：创建时间，减号为倒序", "order; minus: newest first")
    )


@dataclass(frozen=True, slots=True)
class OrderEndpoints:
    """What can be done with orders."""

    desk: Desk

    def place(self, body: OrderRequest, caller: CallerDep, idempotency_key: KeyHeader = None) -> Response:
        """Enter an order."""
        available = frozenset(self.desk.catalogue.available())

        def make(connection: Connection) -> Order:
            return request.place(connection, caller.wall, body.new_order(caller), available)

        reply = self._post(caller, idempotency_key, digest_of("POST /orders", body), make, status=201)
        return reply.response(location=f"/api/v1/orders/{orjson.loads(reply.body)['id']}")

    def listed(self, caller: CallerDep, query: Annotated[OrderQuery, Query()]) -> Page[OrderView]:
        """A page of orders."""
        walk = Walk(Sort.ORDERS, query.sort is OrderSort.NEWEST_FIRST)
        paging = Paging(walk.newest_first, named_place(walk, query.cursor), query.limit + 1)
        self.desk.read_list(caller)
        with self.desk.archive.read() as connection:
            found = orders.listed(
                connection,
                caller.wall,
                accession_number=query.accession_number,
                study_instance_uid=query.study_instance_uid,
                patient_id=query.patient_id,
                state=query.state,
                matched=query.matched,
                paging=paging,
            )
            items = tuple(order_view(connection, caller, order) for order in found[: query.limit])
        last = found[query.limit - 1] if len(found) > query.limit else None
        return Page(items=items, next=None if last is None else row_cursor(walk, last.created_at, last.id))

    def read(self, order_id: IdPath, caller: CallerDep) -> OrderView:
        """One order."""
        with self.desk.archive.read() as connection:
            order = orders.get(connection, caller.wall, order_id)
            view = None if order is None else order_view(connection, caller, order)
        if view is None:
            raise not_found(ORDER)
        self.desk.read_study(caller, view.study_instance_uid or order_id)
        return view

    def cancel(self, order_id: IdPath, caller: CallerDep) -> OrderView:
        """Cancel an order."""
        with self.desk.archive.write() as connection, _faults_told():
            order = request.cancel(connection, caller.wall, order_id)
            view = order_view(connection, caller, order)
        self.desk.ring()
        return view

    def join(
        self, order_id: IdPath, body: JoinRequest, caller: CallerDep, idempotency_key: KeyHeader = None
    ) -> Response:
        """Join an order with a study."""

        def make(connection: Connection) -> Order:
            return request.join(connection, caller.wall, order_id, body.study_instance_uid)

        digest = digest_of(f"POST /orders/{order_id}/join", body)
        return self._post(caller, idempotency_key, digest, make, status=200).response()

    def _post(
        self, caller: Caller, key: str | None, digest: str, make: Callable[[Connection], Order], *, status: int
    ) -> Reply:
        with self.desk.archive.write() as connection, _faults_told():

            def reply() -> Reply:
                return Reply(status, order_view(connection, caller, make(connection)).model_dump_json())

            replied = once(connection, caller, key, digest, reply)
        self.desk.ring()
        return replied


@contextmanager
def _faults_told() -> Iterator[None]:
    """Turn what a request cannot have into problems; the transaction around it is rolled back."""
    try:
        yield
    except request.NoSuchOrder as fault:
        raise not_found(ORDER) from fault
    except request.NoSuchStudy as fault:
        raise not_found(STUDY) from fault
    except request.UnknownPackages as fault:
        names = "、".join(fault.names)
        detail = Text(zh=f"没有：{names}；可用的见 /api/v1/models。", en=f"{fault}; /api/v1/models lists what it has.")
        raise Problem(UNKNOWN_PACKAGE, detail) from fault
    except request.NotAgreed as fault:
        raise Problem(_REFUSED[fault.refusal], REFUSALS[fault.refusal]) from fault
    except request.CallbackNotAllowed as fault:
        detail = Text(
            zh="回调地址的协议、主机与端口须与本院登记的 webhook 相同。",
            en="A callback has the scheme, host and port of the webhook given when the hospital was added.",
        )
        raise Problem(CALLBACK_NOT_ALLOWED, detail) from fault


def routes(desk: Desk, route_class: type[APIRoute]) -> APIRouter:
    """The operations on orders."""
    endpoints = OrderEndpoints(desk)
    return router(
        "orders",
        (
            Operation(
                "POST",
                "/orders",
                endpoints.place,
                Text(zh="下达申请", en="Place an order"),
                Text(
                    zh="影像先到或后到均可，按检查号或检查 UID 自动匹配；更弱的线索只作提示。",
                    en="It joins its study by itself, whichever comes first, on accession number or Study Instance "
                    "UID; anything weaker is only proposed.",
                ),
                errors=(400, 409, 413),
                status=201,
                answer=OrderView,
            ),
            Operation(
                "GET",
                "/orders",
                endpoints.listed,
                Text(zh="列出申请", en="List orders"),
                Text(zh="按条件列出申请。", en="Orders by the given filters."),
                errors=(400,),
            ),
            Operation(
                "GET",
                "/orders/{order_id}",
                endpoints.read,
                Text(zh="读取申请", en="Read an order"),
                Text(zh="一个申请及其匹配与进展。", en="One order, how it is joined and how its results stand."),
                errors=(404,),
            ),
            Operation(
                "DELETE",
                "/orders/{order_id}",
                endpoints.cancel,
                Text(zh="取消申请", en="Cancel an order"),
                Text(zh="取消申请；重复取消结果相同。", en="Cancel an order; cancelling it again changes nothing."),
                errors=(404, 409),
            ),
            Operation(
                "POST",
                "/orders/{order_id}/join",
                endpoints.join,
                Text(zh="匹配申请与检查", en="Join an order with a study"),
                Text(
                    zh="人工核对后，将未匹配的申请与一个检查相连。",
                    en="Join an unmatched order with a study, after somebody checked that they belong together.",
                ),
                errors=(400, 404, 409),
                answer=OrderView,
            ),
        ),
        route_class,
    )
