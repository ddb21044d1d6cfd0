"""Problems as HTTP answers: the exception handlers that every edge shares."""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from models.manifest import Text
from service.access import problems
from service.access.attempts import TooManyAttempts
from service.access.field_faults import field_faults
from service.access.keys import KeyMissing, KeyUnknown
from service.access.languages import preferred
from service.access.problems import Kind, Problem
from service.access.reader_doors import NotReady, RequestForged, SessionLocked, SessionMissing
from service.access.second_factor import AlreadyEnrolled, CodeNeeded, CodeWrong, NotBegun
from service.access.sign_in import NotRecognised
from service.archive.objects import ObjectMissing
from service.archive.store import ArchiveUnavailable
from service.domain.hospital import Language
from service.domain.lifecycle import IllegalTransition
from service.domain.wording import said

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2
_LOG: Final = logging.getLogger("consilium.http")
_BY_STATUS: Final[Mapping[int, tuple[Kind, Text]]] = {
    404: (
        problems.NO_SUCH_ROUTE,
        Text(zh="请核对地址；接口见 /api/v1/openapi.json。", en="Check the path; /api/v1/openapi.json lists them."),
    ),
    405: (
        problems.METHOD_NOT_ALLOWED,
        Text(zh="此地址不支持该方法，可用方法见 Allow。", en="This path does not take the method; see Allow."),
    ),
    413: (problems.TOO_LARGE, Text(zh="请求体超过上限。", en="The body is larger than is taken here.")),
}
_MALFORMED: Final = Text(
    zh="请求体无法解析，应为 UTF-8 编码的 JSON。", en="The body cannot be read; send JSON in UTF-8."
)
_INVALID: Final = Text(zh="请按 errors 逐项更正后重发。", en="Correct the fields named in errors and send it again.")
_NOT_JSON: Final = Text(
    zh="请以 Content-Type: application/json 发送请求体。", en="Send the body with Content-Type: application/json."
)
_BROKEN: Final = Text(
    zh="未做任何更改或结果未知；请凭 trace_id 联系中心。",
    en="Something broke on our side; give the centre the trace_id of this answer.",
)
_AWAY: Final = Text(
    zh="数据库暂时不可用，请稍后重试。", en="The database does not answer now; try again a little later."
)
_NOT_NOW: Final = Text(
    zh="对象当前状态不允许此操作，请先读取其状态。", en="Its state does not allow this; read it again, then decide."
)
_OF_PERSONS: Final[Mapping[type[Exception], tuple[Kind, Text]]] = {
    SessionMissing: (problems.SESSION_MISSING, Text(zh="请重新登录。", en="Sign in.")),
    SessionLocked: (problems.LOCKED, Text(zh="请输入密码解锁。", en="Give your password to go on.")),
    NotReady: (
        problems.NOT_READY,
        Text(zh="请先设置新密码或第二重验证。", en="Set a new password or a second factor first."),
    ),
    RequestForged: (problems.FORGED, Text(zh="请刷新页面后重试。", en="Load the page again, then repeat it.")),
    NotRecognised: (problems.NOT_RECOGNISED, Text(zh="用户名或密码不正确。", en="Login or password is not right.")),
    CodeNeeded: (
        problems.NOT_RECOGNISED,
        Text(zh="请输入验证器中的验证码。", en="Give the code of your authenticator."),
    ),
    CodeWrong: (
        problems.NOT_RECOGNISED,
        Text(
            zh="验证码不正确或已使用，请等待下一个。",
            en="The code is not right, or was used already; wait for the next one.",
        ),
    ),
    AlreadyEnrolled: (
        problems.WRONG_STATE,
        Text(
            zh="已启用第二重验证；如需重置，请联系安全管理员。",
            en="There is a second factor; only the security administrator resets it.",
        ),
    ),
    NotBegun: (problems.WRONG_STATE, Text(zh="请先获取密钥。", en="Ask for a secret first.")),
    TooManyAttempts: (
        problems.TOO_MANY_ATTEMPTS,
        Text(zh="失败次数过多，请稍后再试。", en="Too many failures; wait, then try again."),
    ),
}


def install(app: FastAPI) -> None:
    """Make every error an app foresees a problem document; the outermost layer does so for the rest by broken()."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(KeyMissing, _key_missing)
    app.add_exception_handler(KeyUnknown, _key_unknown)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(IllegalTransition, _wrong_state)
    app.add_exception_handler(ArchiveUnavailable, _unavailable)
    app.add_exception_handler(ObjectMissing, _object_missing)
    for fault in _OF_PERSONS:
        app.add_exception_handler(fault, _person)


def trace_id(request: Request) -> str:
    """The id of this request in answers and log lines."""
    known = getattr(request.state, "trace_id", None)
    return known if isinstance(known, str) else secrets.token_hex(16)


def answer(request: Request, problem: Problem) -> Response:
    """The document of a problem, in the caller's language."""
    language = preferred(request.headers.get("accept-language"), getattr(request.state, "language", Language.EN))
    document: dict[str, object] = {
        "type": problem.kind.type_uri,
        "title": said(problem.kind.title, language),
        "status": problem.kind.status,
        "detail": said(problem.detail, language),
        "instance": quote(request.scope["path"][:256]),
        "code": problem.kind.code,
        "trace_id": trace_id(request),
    }
    if problem.needs is not None:
        document["needs"] = problem.needs
    if problem.errors:
        document["errors"] = [
            {"field": fault.field, "message": said(fault.message, language)} for fault in problem.errors
        ]
    headers = {**problem.headers, "Content-Language": language.value, "Vary": "Accept-Language"}
    content = orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)
    return Response(content, status_code=problem.kind.status, headers=headers, media_type=MEDIA_TYPE)


async def _problem(request: Request, raised: Exception) -> Response:
    assert isinstance(raised, Problem)
    return answer(request, raised)


async def _key_missing(request: Request, _raised: Exception) -> Response:
    detail = Text(
        zh="请在请求头中发送 Authorization: Bearer csk_…。", en="Send Authorization: Bearer csk_… with the request."
    )
    return answer(request, Problem(problems.KEY_MISSING, detail, headers={"WWW-Authenticate": "Bearer"}))


async def _key_unknown(request: Request, _raised: Exception) -> Response:
    _LOG.warning("a request with an unknown API key was refused (trace %s)", trace_id(request))
    detail = Text(
        zh="密钥不存在或已作废，请向中心索取。", en="The key is unknown or was revoked; ask the centre for one."
    )
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return answer(request, Problem(problems.KEY_UNKNOWN, detail, headers=headers))


async def _invalid(request: Request, raised: Exception) -> Response:
    assert isinstance(raised, RequestValidationError)
    errors = raised.errors()
    if any(error["type"] == "json_invalid" for error in errors):
        return answer(request, Problem(problems.MALFORMED_JSON, _MALFORMED))
    if any(error["loc"] == ("body",) and isinstance(error.get("input"), bytes) for error in errors):
        return answer(request, Problem(problems.UNSUPPORTED_MEDIA_TYPE, _NOT_JSON))
    return answer(request, Problem(problems.INVALID_REQUEST, _INVALID, errors=field_faults(errors)))


async def _http(request: Request, raised: Exception) -> Response:
    assert isinstance(raised, HTTPException)
    kind, detail = _BY_STATUS.get(raised.status_code, (problems.MALFORMED_JSON, _MALFORMED))
    return answer(request, Problem(kind, detail, headers=raised.headers))


async def _wrong_state(request: Request, _raised: Exception) -> Response:
    return answer(request, Problem(problems.WRONG_STATE, _NOT_NOW))


async def _unavailable(request: Request, raised: Exception) -> Response:
    _LOG.warning("the archive does not answer: %s (trace %s)", raised, trace_id(request))
    return answer(request, Problem(problems.UNAVAILABLE, _AWAY, headers={"Retry-After": str(RETRY_AFTER_S)}))


async def _object_missing(request: Request, raised: Exception) -> Response:
    return broken(request, raised)


async def _person(request: Request, raised: Exception) -> Response:
    kind, detail = _OF_PERSONS[type(raised)]
    headers = {"Retry-After": str(math.ceil(raised.wait_s))} if isinstance(raised, TooManyAttempts) else None
    needs = "code" if isinstance(raised, CodeNeeded) else str(raised) if isinstance(raised, NotReady) else None
    return answer(request, Problem(kind, detail, headers=headers, needs=needs))


def too_large(request: Request) -> Response:
    """The answer to a body over the limit."""
    return answer(request, Problem(*_BY_STATUS[413]))


def broken(request: Request, raised: Exception) -> Response:
    """The answer to a fault of ours, which goes into the log with its trace."""
    _LOG.error("request failed (trace %s)", trace_id(request), exc_info=raised)
    return answer(request, Problem(problems.INTERNAL, _BROKEN))
