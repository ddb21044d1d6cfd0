"""The operations of this edge as a list: method, path, and what the documents say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel

from models.manifest import Text
from service.his.problem_shape import problems
from service.his.shape import both

PREFIX: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. answer: the body's shape where the endpoint builds the response itself.

    errors: statuses beside those every operation may answer. media: content of a body that is not JSON, by media type.
    """

    method: str
    path: str
    endpoint: Callable[..., Any]
    summary: Text
    description: Text
    errors: tuple[int, ...] = ()
    status: int = 200
    answer: type[BaseModel] | None = None
    media: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def documented(self) -> dict[str, Any]:
        """The keyword arguments FastAPI documents a route by."""
        responses: dict[int | str, dict[str, Any]] = problems(*self.errors)
        if self.media:
            responses[self.status] = {"description": both(self.summary.zh, self.summary.en), "content": self.media}
        said: dict[str, Any] = {
            "methods": [self.method],
            "status_code": self.status,
            "summary": both(self.summary.zh, self.summary.en),
            "description": both(self.description.zh, self.description.en),
            "responses": responses,
        }
        return said if self.answer is None else {**said, "response_model": self.answer}


def router(tag: str, operations: Sequence[Operation], route_class: type[APIRoute]) -> APIRouter:
    """The operations of one subject as a router; the first that fits a path is taken."""
    made = APIRouter(prefix=PREFIX, tags=[tag], route_class=route_class)
    for operation in operations:
        made.add_api_route(
            operation.path,
            operation.endpoint,
            operation_id=f"{tag}_{operation.endpoint.__name__}",
            **operation.documented,
        )
    return made
