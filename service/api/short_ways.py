"""Giving answers the short way, with the headers and figures of all others."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final

from fastapi import Response
from starlette.types import Scope, Send

from service.access.short_way import ShortWay
from service.api.guards import Observe, always, trace_id_of

_LOG: Final = logging.getLogger("consilium.http")


class ShortWays:
    """The ways of all edges, tried before anything else looks at a request."""

    def __init__(self, ways: Sequence[ShortWay], observe: Observe) -> None:
        """Observe is told of every answer."""
        self._ways = tuple(ways)
        self._observe = observe

    async def answered(self, scope: Scope, send: Send) -> bool:
        """Whether the request is answered now. Its log line is for debugging only: these are hundreds a second."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        began = time.monotonic()
        for way in self._ways:
            answer = _found(way, scope)
            if answer is not None:
                await _send(answer, scope, send)
                self._observe("GET", way.route, answer.status_code, time.monotonic() - began)
                return True
        return False


def _found(way: ShortWay, scope: Scope) -> Response | None:
    try:
        return way.find(scope)
    except Exception:  # noqa: BLE001  # nothing was sent: the route meets the same fault, and answers and logs it
        _LOG.debug("left to the route %s", way.route, exc_info=True)
        return None


async def _send(answer: Response, scope: Scope, send: Send) -> None:
    trace_id = trace_id_of(scope)
    headers = [*answer.raw_headers, *always(scope), (b"x-trace-id", trace_id.encode())]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
