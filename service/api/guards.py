"""What every request passes: trace id, security headers, figures, a log line in which no patient's data can be."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG: Final = logging.getLogger("consilium.http")
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_NO_TRACE: Final = "0" * 32
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HSTS: Final = "max-age=31536000"
_ALWAYS_RAW: Final = tuple((name.lower().encode(), value.encode()) for name, value in _ALWAYS.items())
_ALWAYS_RAW_OVER_TLS: Final = (*_ALWAYS_RAW, (b"strict-transport-security", _HSTS.encode()))
Observe = Callable[[str, str, int, float], None]
"""Told of each answer: method, route template, status, seconds until the headers went out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What this layer answers by itself: a body that is too large, and what nobody foresaw.

    larger_bodies: by method and path, how large a body may be that may be larger than max_body_bytes.
    """

    max_body_bytes: int
    too_large: Callable[[Request], Response]
    broken: Callable[[Request, Exception], Response]
    larger_bodies: Callable[[str, str], int | None] = lambda _method, _path: None

    def body_bytes(self, scope: Scope) -> int:
        """How large the body of a request may be."""
        return self.larger_bodies(scope["method"], scope["path"]) or self.max_body_bytes


class Guards:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, observe: Observe, limits: Limits) -> None:
        """Observe is told of every answer."""
        self._app = app
        self._observe = observe
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trace_id = _trace_id(headers.get("traceparent", ""))
        scope.setdefault("state", {})["trace_id"] = trace_id
        began = time.monotonic()
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(message, trace_id, over_tls=scope["scheme"] == "https")
                self._answered(scope, message["status"], time.monotonic() - began, trace_id)
            await send(message)

        try:
            most_bytes = self._limits.body_bytes(scope)
            if _announced(headers) > most_bytes:
                await self._limits.too_large(Request(scope))(scope, receive, guarded)
            else:
                await self._app(scope, _counted(receive, most_bytes), guarded)
        except Exception as fault:
            answer = self._limits.broken(Request(scope), fault)
            if started:
                raise
            await answer(scope, receive, guarded)

    def _answered(self, scope: Scope, status: int, took_s: float, trace_id: str) -> None:
        """The route's template is told, never the path: an unknown path is the caller's own text."""
        template = getattr(scope.get("route"), "path", "(no route)")
        self._observe(scope["method"], template, status, took_s)
        _LOG.info("%s %s %d %.0f ms (trace %s)", scope["method"], template, status, 1000 * took_s, trace_id)


def _counted(receive: Receive, most_bytes: int) -> Receive:
    """The body as it comes, ended by an error when it grows over the limit without having announced it."""
    count = 0

    async def counted() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > most_bytes:
            raise HTTPException(413)
        return message

    return counted


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def always(scope: Scope) -> Sequence[tuple[bytes, bytes]]:
    """The headers of every answer, for one that says itself how it is cached."""
    return _ALWAYS_RAW_OVER_TLS if scope["scheme"] == "https" else _ALWAYS_RAW


def trace_id_of(scope: Scope) -> str:
    """The trace id of a request."""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return _trace_id(value.decode("latin-1"))
    return _trace_id("")


def _trace_id(traceparent: str) -> str:
    """The caller's trace id (W3C Trace Context) where it sends a proper one, else a fresh one."""
    match = _TRACEPARENT.fullmatch(traceparent)
    return match[1] if match is not None and match[1] != _NO_TRACE else secrets.token_hex(16)


def _add_headers(message: Message, trace_id: str, *, over_tls: bool) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Trace-Id"] = trace_id
    if over_tls:
        headers["Strict-Transport-Security"] = _HSTS
