"""The full viewer's origin: pages behind the session of a reader, OHIF's files, and nothing that changes anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from models.manifest import Text
from service.access.problems import NO_SUCH_ROUTE, Problem
from service.access.reader_doors import Reader, SessionFault, SessionLocked, SessionMissing, reader_of
from service.api.full_viewer.configuration import script
from service.api.full_viewer.installed import INSTALLED
from service.api.pages import Asset, assets_in
from service.archive import hospitals
from service.archive.store import Archive
from service.domain.user import Right

# OHIF makes its reader of DICOM SEG by run-time code generation, so this origin, and no other, allows 'unsafe-eval'.
# connect-src keeps every request here, also those that its parts would send to public servers.
POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self' blob: data:; "
    "object-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_WATCH: Final = Path(__file__).with_name("watch.js")
_HASHED: Final = re.compile(r"(^|\.)[0-9a-f]{16}\.")
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,">
<script src="/watch.js"></script><script src="/app-config.js"></script>
<link href="/app.bundle.css" rel="stylesheet"><script defer src="/{bundle}"></script>
</head><body><div id="react-portal"></div><div id="root"></div></body></html>
"""
_CLOSED: Final = """<!doctype html>
<html lang="zh-CN" data-waits><head><meta charset="utf-8"><title>Consilium</title><link rel="icon" href="data:,">
<script src="/watch.js"></script>
<style>
body {{ background: #111418; color: #d6dbe1; font: 18px/1.6 sans-serif; margin: 20vh auto; max-width: 40em }}
</style>
</head><body><p>{zh}</p><p lang="en">{en}</p></body></html>
"""
_TITLE: Final = "完整阅片器 · Full viewer (OHIF)"
_SIGN_IN: Final = Text(
    zh="请先在阅片页面登录；登录后此页自动打开。",
    en="Sign in to the reading room first; this page then opens by itself.",
)
_UNLOCK: Final = Text(
    zh="会话已锁定。请在阅片页面输入密码解锁，此页随后自动恢复。",
    en="The session is locked. Give your password in the reading room; the images then come back by themselves.",
)
_NOT_YET: Final = Text(
    zh="请先在阅片页面完成密码或第二重验证的设置。",
    en="Finish your password or second factor in the reading room first.",
)
_NO_RIGHT: Final = Text(zh="您的角色不查看影像。", en="Your role does not look at images.")
_GONE: Final = Text(zh="没有这个文件。", en="There is no such file.")


@dataclass(frozen=True, slots=True)
class ViewerPages:
    """What a browser loads of the viewer. dicomweb_root: where readers find a hospital's images on this origin."""

    archive: Archive
    assets: Mapping[str, Asset]
    dicomweb_root: str

    async def page(self, request: Request) -> Response:
        """OHIF's page for a reader whose session is open; else a page that says what to do."""
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        try:
            reader = await run_in_threadpool(reader_of, self.archive, request)
        except SessionFault as fault:
            status, words = _closed(fault)
            return HTMLResponse(_CLOSED.format(zh=words.zh, en=words.en), status_code=status, headers=headers)
        if Right.READ_STUDIES not in reader.user.rights:
            return HTMLResponse(_CLOSED.format(zh=_NO_RIGHT.zh, en=_NO_RIGHT.en), status_code=403, headers=headers)
        bundle = next(name for name in self.assets if name.startswith("app.bundle.") and name.endswith(".js"))
        return HTMLResponse(_PAGE.format(title=_TITLE, bundle=bundle), headers=headers)

    def configuration(self, request: Request) -> Response:
        """OHIF's configuration, with the hospitals behind the reader's wall. Raises SessionFault, Problem."""
        reader = self._reader(request)
        with self.archive.read() as connection:
            seen = hospitals.everyone(connection, reader.wall)
        return Response(script(seen, self.dicomweb_root), media_type="text/javascript", headers=_headers("no-store"))

    def session(self, request: Request) -> Response:
        """204 while the session is open. Raises SessionFault, Problem."""
        self._reader(request)
        return Response(status_code=204)

    def watch(self) -> Response:
        """The script that takes the images away when the session closes."""
        return Response(_WATCH.read_bytes(), media_type="text/javascript", headers=_headers("no-cache"))

    def file(self, request: Request, name: str) -> Response:
        """One of OHIF's files; none of them is about a patient. Raises Problem."""
        asset = self.assets.get(name)
        if asset is None:
            raise Problem(NO_SUCH_ROUTE, _GONE)
        kept = _FOR_EVER if _HASHED.search(name) else "no-cache"
        return asset.answer(request.headers.get("accept-encoding", ""), _headers(kept))

    def _reader(self, request: Request) -> Reader:
        reader = reader_of(self.archive, request)
        reader.require(Right.READ_STUDIES)
        return reader


def create_router(archive: Archive, dicomweb_root: str, folder: Path = INSTALLED) -> APIRouter:
    """The viewer's pages and files.

    dicomweb_root: with `{hospital}` in it. folder: what `make setup` fetched; its files are listed once, so no path
    from outside is opened.
    """
    served = {name: each for name, each in assets_in(folder).items() if name != "index.html" and name[0] != "."}
    pages = ViewerPages(archive, served, dicomweb_root)
    router = APIRouter(include_in_schema=False)
    for path in ("/", "/viewer/{hospital}"):
        router.add_api_route(path, pages.page, methods=["GET"])
    router.add_api_route("/session", pages.session, methods=["GET"])
    router.add_api_route("/app-config.js", pages.configuration, methods=["GET"])
    router.add_api_route("/watch.js", pages.watch, methods=["GET"])
    router.add_api_route("/{name}", pages.file, methods=["GET"])
    return router


def _closed(fault: SessionFault) -> tuple[int, Text]:
    if isinstance(fault, SessionLocked):
        return 423, _UNLOCK
    return (401, _SIGN_IN) if isinstance(fault, SessionMissing) else (403, _NOT_YET)


def _headers(cache: str) -> dict[str, str]:
    # A worker's script brings its own policy, else the default of JSON answers would forbid it everything.
    return {"Content-Security-Policy": POLICY, "Cache-Control": cache}
