"""The problem answers of an operation, as its document lists them."""

from __future__ import annotations

from typing import Any, Final

from service.access.problem_shape import REFERENCE
from service.his.shape import both

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
            "content": {"application/problem+json": {"schema": REFERENCE}},
        }
        for status in sorted({401, 422, 500, 503, *statuses})
    }
