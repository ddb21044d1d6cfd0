"""The reading room's pages: the built files of `service/web`, compressed beforehand, under a strict policy."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from models.manifest import Text
from service.access.problems import NO_SUCH_ROUTE, Problem

BUILT: Final = Path(__file__).parent.parent / "web" / "dist"
CLIENT_ROUTES: Final = (
    "/",
    "/login",
    "/worklist",
    "/account",
    "/own",
    "/own/{hospital}/{study}",
    "/centre",
    "/centre/hospitals",
    "/centre/hospitals/{hospital}",
    "/centre/packages",
    "/centre/queue",
    "/centre/deliveries",
    "/centre/quarantine",
    "/centre/quality",
    "/quality",
    "/users",
    "/audit",
    "/explore",
    "/open",
    "/read/{hospital}/{study}",
)
"""Addresses that the pages themselves know (`service/web/src/app/router.tsx`); each is answered with the one page."""
# Image codecs are WebAssembly; no script is ever made from text. Places of rows and measurements are style attributes.
POLICY: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; worker-src 'self' blob:; connect-src 'self' blob: data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_TYPES: Final = {".js": "text/javascript", ".wasm": "application/wasm", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_NOT_BUILT: Final = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>Consilium</title>
<p>阅片页面尚未构建。请在源码目录运行 <code>make setup</code>，然后重启中心。</p>
<p lang="en">The reading room's pages are not built. Run <code>make setup</code> in the source folder, then restart the
centre.</p></html>
"""
_MACHINES: Final = ("/api/", "/room/", "/dicom-web", "/assets/")
_MISSING: Final = Text(
    zh="页面已更新，请刷新浏览器。", en="The pages were built anew meanwhile: load the page again in the browser."
)


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file. paths: by content coding, "" is the file itself."""

    media_type: str
    paths: Mapping[str, Path]

    def answer(self, accept_encoding: str, headers: Mapping[str, str]) -> Response:
        """The smallest form the browser takes."""
        coding = next((name for name, _ in _ENCODINGS if name in self.paths and _takes(accept_encoding, name)), "")
        encoded = {"Content-Encoding": coding} if coding else {}
        all_headers = {**headers, **encoded, "Vary": "Accept-Encoding"}
        return FileResponse(self.paths[coding], media_type=self.media_type, headers=all_headers)


def create_router(built: Path = BUILT) -> APIRouter:
    """Pages and their files.

    built: what `make setup` made. Its files are listed once, so no path from outside is opened.
    """
    assets = assets_in(built)
    page = assets.get("index.html")
    router = APIRouter(include_in_schema=False)

    async def pages(request: Request) -> Response:
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        if page is None:
            return HTMLResponse(_NOT_BUILT, status_code=503, headers=headers)
        return page.answer(request.headers.get("accept-encoding", ""), headers)

    async def files(request: Request, name: str) -> Response:
        asset = assets.get(f"assets/{name}")
        if asset is None:
            raise Problem(NO_SUCH_ROUTE, _MISSING)
        # A worker's script brings its own policy, else the default of JSON answers would forbid it everything.
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": _FOR_EVER}
        return asset.answer(request.headers.get("accept-encoding", ""), headers)

    for path in CLIENT_ROUTES:
        router.add_api_route(path, pages, methods=["GET", "HEAD"])
    router.add_api_route("/assets/{name}", files, methods=["GET", "HEAD"])
    return router


def show_strays(app: FastAPI, built: Path = BUILT) -> None:
    """Who types an address that nothing has gets the page, which says so and leads on; machines get their problem."""
    page = assets_in(built).get("index.html")
    otherwise = app.router.default

    async def lost(scope: Scope, receive: Receive, send: Send) -> None:
        accept = Headers(scope=scope).get("accept", "") if scope["type"] == "http" else ""
        is_person = "text/html" in accept and not scope["path"].startswith(_MACHINES)
        if page is None or not is_person:
            await otherwise(scope, receive, send)
            return
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        answer = page.answer(Headers(scope=scope).get("accept-encoding", ""), headers)
        answer.status_code = HTTPStatus.NOT_FOUND
        await answer(scope, receive, send)

    app.router.default = lost


def assets_in(built: Path) -> dict[str, Asset]:
    """Every built file by its path below the folder; compressed forms belong to the file they are of."""
    if not built.is_dir():
        return {}
    suffixes = tuple(suffix for _, suffix in _ENCODINGS)
    plain = [path for path in built.rglob("*") if path.is_file() and path.suffix not in suffixes]
    return {path.relative_to(built).as_posix(): _asset(path) for path in plain}


def _asset(path: Path) -> Asset:
    forms = {coding: path.with_name(path.name + suffix) for coding, suffix in _ENCODINGS}
    there = {coding: form for coding, form in forms.items() if form.is_file()}
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(guessed, {"": path, **there})


def _takes(accept_encoding: str, coding: str) -> bool:
    """Whether a content coding is acceptable (RFC 9110 section 12.5.3); one that is not named is not sent."""
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == coding:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
