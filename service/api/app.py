"""The application: the edges' routers behind one set of guards, with health, readiness and figures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_fields_from_routes
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field, TypeAdapter
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from service.access.answers import broken, install, too_large
from service.access.problem_shape import schemas
from service.access.short_way import ShortWayRouter
from service.api.figures import Figures
from service.api.guards import Guards, Limits
from service.api.short_ways import ShortWays
from service.archive.store import Archive, ArchiveUnavailable, now

MAX_BODY_BYTES: Final = 1 << 20
THREADS: Final = 16
"""As many requests work at a time as the archive has connections for; more wait in line."""
OPENAPI_PATH: Final = "/api/v1/openapi.json"
_DESCRIPTION: Final = """第三方医学影像 AI 诊断中心的接口：下达申请、跟踪进展、读取编码化发现与报告文本、接收事件。
每个请求以 `Authorization: Bearer csk_…` 携带医院的 API 密钥；错误为 RFC 9457 problem+json；时间为 RFC 3339。

The interface of the third-party AI diagnosis centre for medical imaging: place orders, follow studies, read coded
findings and report texts, receive events. Every request carries the hospital's API key as
`Authorization: Bearer csk_…`; errors are RFC 9457 problem+json; times are RFC 3339."""


class HealthView(BaseModel):
    """That the process answers."""

    status: Literal["ok"] = Field(default="ok", description="进程在运行 / the process runs", examples=["ok"])


class ReadyView(BaseModel):
    """Whether the centre can take work."""

    ready: bool = Field(description="是否就绪 / ready or not", examples=[True])
    database: bool = Field(description="数据库是否应答 / the database answers", examples=[True])
    disk: bool = Field(description="磁盘余量是否充足 / there is room on the disk", examples=[True])


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether this process can do its work."""

    archive: Archive
    watermark_bytes: int

    async def health(self) -> HealthView:
        """The process answers, also while every thread waits for the database."""
        return HealthView()

    def ready(self) -> JSONResponse:
        """The database answers, and there is room for what is received."""
        view = ReadyView(ready=False, database=self._database(), disk=self._disk())
        is_ready = view.database and view.disk
        content = view.model_copy(update={"ready": is_ready}).model_dump()
        return JSONResponse(content, status_code=200 if is_ready else 503)

    def _database(self) -> bool:
        try:
            with self.archive.read() as connection:
                now(connection)
        except ArchiveUnavailable:
            return False
        return True

    def _disk(self) -> bool:
        try:
            return self.archive.free_bytes() > self.watermark_bytes
        except OSError:
            return False


class Application(FastAPI):
    """FastAPI behind the short ways, whose document also has what every edge refers to."""

    short_ways: ShortWays | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request: the short way where its answer lies ready, else by its route."""
        if self.short_ways is None or not await self.short_ways.answered(scope, send):
            await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        document = super().openapi()
        known = document.setdefault("components", {}).setdefault("schemas", {})
        known.update(schemas())
        for name, examples in _examples(self.routes).items():
            if name in known:
                known[name]["examples"] = examples
        return document


def _examples(routes: Sequence[BaseRoute]) -> dict[str, list[Any]]:
    """The examples of every body as they were written: FastAPI (0.165) leaves out what is null in them."""
    found: dict[str, list[Any]] = {}
    for field in get_fields_from_routes(routes):
        adapter: TypeAdapter[Any] = TypeAdapter(field.field_info.annotation or object)
        schema = adapter.json_schema(mode="serialization")
        shapes = {**schema.pop("$defs", {}), str(schema.get("title")): schema}
        found |= {name: shape["examples"] for name, shape in shapes.items() if "examples" in shape}
    return found


def create_app(
    *,
    archive: Archive,
    routers: Sequence[APIRouter],
    version: str,
    watermark_bytes: int,
    larger_bodies: Callable[[str, str], int | None] = lambda _method, _path: None,
    on_closing: Callable[[], None] | None = None,
) -> FastAPI:
    """The application of the HTTP process. routers: the edges, handed in so that none knows another.

    larger_bodies: by method and path, how large a body may be that stores images.
    on_closing is called when the server has stopped. Serve it without an access log: query strings can hold names.
    """
    figures = Figures(archive)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield
        if on_closing is not None:
            on_closing()

    app = Application(
        title="Consilium",
        version=version,
        description=_DESCRIPTION,
        openapi_url=OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    ways = [way for router in routers if isinstance(router, ShortWayRouter) for way in router.short_ways]
    app.short_ways = ShortWays(ways, figures.answered)
    for router in (*routers, _operations(Condition(archive, watermark_bytes), figures)):
        app.include_router(router)
    install(app)
    app.add_middleware(
        Guards, observe=figures.answered, limits=Limits(MAX_BODY_BYTES, too_large, broken, larger_bodies)
    )
    return app


def _operations(condition: Condition, figures: Figures) -> APIRouter:
    """Health, readiness and figures; no patient's data, so no key."""
    router = APIRouter(tags=["operations"])
    router.add_api_route(
        "/health",
        condition.health,
        operation_id="operations_health",
        summary="进程存活 / Whether the process answers",
        description="进程在运行即为 200。 / 200 while the process runs.",
    )
    router.add_api_route(
        "/ready",
        condition.ready,
        operation_id="operations_ready",
        response_model=ReadyView,
        responses={503: {"model": ReadyView, "description": "未就绪 / not ready"}},
        summary="是否就绪 / Whether the centre can take work",
        description="数据库应答且磁盘有余量时为 200，否则 503。 / 200 when the database answers and the disk has room.",
    )

    router.add_api_route(
        "/metrics",
        lambda: PlainTextResponse(figures.text(), media_type="text/plain; version=0.0.4; charset=utf-8"),
        response_class=PlainTextResponse,
        operation_id="operations_metrics",
        summary="监控指标 / Figures for Prometheus",
        description="仅计数，不含患者数据。 / Counts only, no patient's data.",
    )
    return router
