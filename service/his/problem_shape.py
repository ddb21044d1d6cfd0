"""The problem document as OpenAPI shows it, for every operation."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from service.his.shape import both, examples


class FaultShape(BaseModel):
    """One field that is not as it must be."""

    field: str = Field(description=both("字段位置", "where the field stands"), examples=["body.priority"])
    message: str = Field(
        description=both("原因", "what is wrong"), examples=["must be one of 'high', 'medium' or 'low'"]
    )


class ProblemShape(BaseModel):
    """RFC 9457 problem details; decide by `code`, show `detail`."""

    model_config = examples(
        {
            "type": "urn:consilium:problem:not-found",
            "title": "Not found",
            "status": 404,
            "detail": "There is no such study.",
            "instance": "/api/v1/studies/1.2.3",
            "code": "not-found",
            "trace_id": "8c0f6a0e3c4b4f0d9a3c2a1b0e9d8c7f",
        }
    )
    type: str = Field(description=both("问题类型 URI", "problem type URI"))
    title: str = Field(description=both("问题概述", "the sort of problem in words"))
    status: int = Field(description=both("HTTP 状态码", "HTTP status"))
    detail: str = Field(description=both("本次的原因与处理办法", "what was seen, and what to do"))
    instance: str = Field(description=both("请求路径", "path of the request"))
    code: str = Field(description=both("稳定的问题代码", "stable code of the problem"))
    trace_id: str = Field(description=both("追踪号，报障时提供", "id of this request, for the centre's log"))
    errors: list[FaultShape] | None = Field(
        default=None,
        description=both("逐字段的错误（仅校验失败时）", "field by field, for a request that is not valid"),
    )


_WORDS: Final = {
    400: both("请求格式错误", "malformed request"),
    401: both("缺少密钥或密钥无效", "the API key is missing or not valid"),
    403: both("结果未向本院发布", "results are not released to this hospital"),
    404: both("未找到（他院数据同样如此）", "not found (another hospital's is not found either)"),
    409: both("当前状态不允许", "not possible in its state"),
    413: both("请求体过大", "the body is too large"),
    422: both("请求内容不符合要求", "the request is not valid"),
    500: both("中心内部错误", "an error inside the centre"),
    503: both("暂时不可用，稍后重试", "not available now; try again after Retry-After"),
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem answers of an operation: those every operation has, and these."""
    return {
        status: {
            "description": _WORDS[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}},
        }
        for status in sorted({401, 422, 500, 503, *statuses})
    }
