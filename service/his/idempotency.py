"""One answer a key: a POST that is sent again is answered as before and done once (AC-51)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Header, Response
from sqlalchemy import Connection

from models.manifest import Text
from service.access.doors import Caller
from service.access.problems import IN_FLIGHT, KEY_REUSED, Problem
from service.archive import idempotency
from service.his.shape import Shape, both

REPLAYED: Final = "Idempotent-Replayed"
KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description=both(
            "调用方生成的唯一键（如 UUID）。相同的键与内容只执行一次，至少 24 小时内返回同一应答。",
            "A unique key of the caller's making (a UUID). The same key with the same body is done once and answered "
            "the same for at least 24 hours.",
        ),
        examples=["2f1c7a34-6f0e-4c0d-9b57-0a4c5f3b7d11"],
    ),
]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a POST is answered."""

    status: int
    body: str
    replayed: bool = False

    def response(self, location: str | None = None) -> Response:
        """As HTTP. location: where what was made can be read."""
        headers = {REPLAYED: "true"} if self.replayed else {}
        if location is not None:
            headers["Location"] = location
        return Response(self.body, status_code=self.status, headers=headers, media_type="application/json")


def digest_of(operation: str, body: Shape | None) -> str:
    """What makes two requests the same: the operation with its path, and every field of the body."""
    content = "" if body is None else body.model_dump_json()
    return hashlib.sha256(f"{operation}\n{content}".encode()).hexdigest()


def once(connection: Connection, caller: Caller, key: str | None, digest: str, make: Callable[[], Reply]) -> Reply:
    """The reply to a POST: made now, or as it was made before under the same key.

    Key and effect are one transaction: where the request fails, the key is free again. Raises Problem for a key that
    was used for another request.
    """
    if key is None:
        return make()
    earlier = idempotency.begin(connection, caller.wall, caller.hospital_id, key=key, request_digest=digest)
    if earlier is None:
        reply = make()
        idempotency.finish(connection, caller.wall, caller.hospital_id, key=key, status=reply.status, body=reply.body)
        return reply
    if earlier.request_digest != digest:
        raise Problem(
            KEY_REUSED,
            Text(zh="新的请求请使用新的 Idempotency-Key。", en="Use a new Idempotency-Key for a new request."),
        )
    if earlier.status is None or earlier.body is None:
        raise Problem(
            IN_FLIGHT,
            Text(zh="稍后以同一键重发。", en="Send it again with the same key a little later."),
            headers={"Retry-After": "1"},
        )
    return Reply(earlier.status, earlier.body, replayed=True)
