"""What every HTTP edge says when it cannot do what was asked: RFC 9457 problem details in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.manifest import Text


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of problem. code is stable: clients decide by it, never by the words."""

    code: str
    status: int
    title: Text

    @property
    def type_uri(self) -> str:
        """The problem type (RFC 9457 section 3.1.1); the codes are listed in docs/integration."""
        return f"urn:consilium:problem:{self.code}"


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that is not as it must be: where it stands (body.priority, query.limit) and what is wrong."""

    field: str
    message: Text


class Problem(Exception):
    """Raised anywhere behind an edge; the edge's handlers turn it into the answer."""

    def __init__(
        self,
        kind: Kind,
        detail: Text,
        *,
        errors: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
        needs: str | None = None,
    ) -> None:
        """Detail: what was seen and what to do next; never a patient's data, never the caller's own input at length.

        needs: what has to be given or done first, as a word the pages decide by.
        """
        super().__init__(f"{kind.code}: {detail.en}")
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.needs = needs


MALFORMED_REQUEST: Final = Kind("malformed-request", 400, Text(zh="请求格式错误", en="Malformed request"))
MALFORMED_JSON: Final = Kind("malformed-json", 400, Text(zh="请求体不是有效的 JSON", en="The body is not JSON"))
BAD_CURSOR: Final = Kind("bad-cursor", 400, Text(zh="游标无效", en="The cursor is not valid"))
KEY_MISSING: Final = Kind("key-missing", 401, Text(zh="缺少 API 密钥", en="The API key is missing"))
KEY_UNKNOWN: Final = Kind("key-unknown", 401, Text(zh="API 密钥无效", en="The API key is not valid"))
SESSION_MISSING: Final = Kind("session-missing", 401, Text(zh="请登录", en="Sign in"))
NOT_RECOGNISED: Final = Kind("not-recognised", 401, Text(zh="登录失败", en="Signing in failed"))
FORBIDDEN: Final = Kind("forbidden", 403, Text(zh="没有权限", en="Not allowed"))
FORGED: Final = Kind("csrf", 403, Text(zh="请求来源不可信", en="The request is not from our pages"))
NOT_READY: Final = Kind("not-ready", 403, Text(zh="请先完成必要步骤", en="Something has to be done first"))
NOT_RELEASED: Final = Kind("not-released", 403, Text(zh="结果未发布", en="Results are not released"))
NOT_FOUND: Final = Kind("not-found", 404, Text(zh="未找到", en="Not found"))
NO_SUCH_ROUTE: Final = Kind("no-such-route", 404, Text(zh="没有此地址", en="No such address"))
METHOD_NOT_ALLOWED: Final = Kind("method-not-allowed", 405, Text(zh="不支持此方法", en="Method not allowed"))
NOT_ACCEPTABLE: Final = Kind("not-acceptable", 406, Text(zh="无法提供所要的格式", en="Not acceptable"))
WRONG_STATE: Final = Kind("wrong-state", 409, Text(zh="当前状态不允许", en="Not possible in this state"))
IN_FLIGHT: Final = Kind("request-in-flight", 409, Text(zh="相同请求正在处理", en="The same request is under way"))
ERASED: Final = Kind("erased", 410, Text(zh="检查已删除", en="The study was erased"))
TOO_LARGE: Final = Kind("too-large", 413, Text(zh="请求或结果过大", en="Too large"))
UNSUPPORTED_MEDIA_TYPE: Final = Kind(
    "unsupported-media-type", 415, Text(zh="不支持的内容类型", en="Unsupported media type")
)
RANGE_NOT_SATISFIABLE: Final = Kind("range-not-satisfiable", 416, Text(zh="没有所要的字节", en="No such bytes"))
INVALID_REQUEST: Final = Kind("invalid-request", 422, Text(zh="请求内容不符合要求", en="The request is not valid"))
LOCKED: Final = Kind("locked", 423, Text(zh="会话已锁定", en="The session is locked"))
TOO_MANY_ATTEMPTS: Final = Kind("too-many-attempts", 429, Text(zh="尝试次数过多", en="Too many attempts"))
KEY_REUSED: Final = Kind(
    "idempotency-key-reused", 422, Text(zh="幂等键已用于其他请求", en="Idempotency-Key was used for another request")
)
UNKNOWN_PACKAGE: Final = Kind("unknown-package", 422, Text(zh="中心没有此软件包", en="The centre has no such package"))
CALLBACK_NOT_ALLOWED: Final = Kind(
    "callback-not-allowed", 422, Text(zh="回调地址不被允许", en="The callback address is not allowed")
)
NOT_AGREED: Final = Kind("not-agreed", 403, Text(zh="不在协议范围内", en="Not part of the agreement with the hospital"))
EXAMINATION_EXCLUDED: Final = Kind(
    "examination-excluded", 422, Text(zh="协议排除此类检查", en="Examinations of this kind are excluded")
)
MODALITY_NOT_AGREED: Final = Kind(
    "modality-not-agreed", 422, Text(zh="协议不含此设备类型", en="This modality is not part of the agreement")
)
ANALYSIS_NOT_AGREED: Final = Kind(
    "analysis-not-agreed", 422, Text(zh="协议不含 AI 分析", en="Analysis is not part of the agreement")
)
INTERNAL: Final = Kind("internal", 500, Text(zh="中心内部错误", en="An error inside the centre"))
UNAVAILABLE: Final = Kind("unavailable", 503, Text(zh="中心暂时不可用", en="The centre is not available now"))

KINDS: Final = tuple(value for value in tuple(globals().values()) if isinstance(value, Kind))
"""Every kind of problem, for the documents."""


def not_found(what: Text) -> Problem:
    """Nothing of that name behind the caller's wall; another hospital's is not told apart from nobody's."""
    return Problem(NOT_FOUND, Text(zh=f"没有这样的{what.zh}。", en=f"There is no such {what.en}."))
