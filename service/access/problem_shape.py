"""The problem document as OpenAPI shows it; every edge refers to it."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

REFERENCE: Final = {"$ref": "#/components/schemas/ProblemShape"}


class FaultShape(BaseModel):
    """One field that is not as it must be."""

    field: str = Field(description="字段位置 / where the field stands", examples=["body.priority"])
    message: str = Field(description="原因 / what is wrong", examples=["must be one of 'high', 'medium' or 'low'"])


class ProblemShape(BaseModel):
    """RFC 9457 problem details; decide by `code`, show `detail`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:consilium:problem:not-found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is no such study.",
                    "instance": "/api/v1/studies/1.2.3",
                    "code": "not-found",
                    "trace_id": "8c0f6a0e3c4b4f0d9a3c2a1b0e9d8c7f",
                }
            ]
        }
    )
    type: str = Field(description="问题类型 URI / problem type URI")
    title: str = Field(description="问题概述 / the sort of problem in words")
    status: int = Field(description="HTTP 状态码 / HTTP status")
    detail: str = Field(description="本次的原因与处理办法 / what was seen, and what to do")
    instance: str = Field(description="请求路径 / path of the request")
    code: str = Field(description="稳定的问题代码 / stable code of the problem")
    trace_id: str = Field(description="追踪号，报障时提供 / id of this request, for the centre's log")
    errors: list[FaultShape] | None = Field(
        default=None, description="逐字段的错误（仅校验失败时） / field by field, for a request that is not valid"
    )


def schemas() -> dict[str, Any]:
    """The components that REFERENCE needs."""
    _, found = models_json_schema([(ProblemShape, "serialization")], ref_template="#/components/schemas/{model}")
    components: dict[str, Any] = found["$defs"]
    return components
