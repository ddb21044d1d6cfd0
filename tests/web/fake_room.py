"""A small working room behind the contract of `/room/v1`: sessions, a worklist of any length, live events.

The pages are tried against it in states that a real centre is hard to bring into: limited, away, a list of 100,000.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse

from service.api.room.worklist_shapes import WorklistRow
from service.api.session import SessionView

LOGIN, PASSWORD, CODE = "wang", "correct horse battery", "492039"
CSRF = "token-of-this-session"
NAMES = [("Wang^Xiaodong", "王^小东"), ("Li^Na", "李^娜"), ("Zhang^San", "张^三"), ("Chen^Jingyi", "陈^静怡")]
STATUS = {
    "findings": ("AI 有发现", "AI findings"),
    "analysing": ("分析中", "Analysing"),
    "receiving": ("接收中", "Receiving"),
    "refused": ("AI 不适用", "AI not suited"),
    "reading": ("阅片中", "Being read"),
    "signed": ("已签名", "Signed"),
}
URGENCY = {"critical": ("危急", "Critical"), "high": ("紧急", "Urgent"), "normal": ("普通", "Normal")}
CLASSES = {"emergency": ("急诊", "Emergency"), "inpatient": ("住院", "Inpatient"), "outpatient": ("门诊", "Outpatient")}
REASON = ("层厚 5 mm，超出范围", "slices of 5 mm are too thick")
HOSPITALS = [
    {"id": "3", "name": "示范人民医院", "language": "zh-CN"},
    {"id": "4", "name": "Hospital B", "language": "en"},
]


@dataclass
class FakeRoom:
    """What the room answers; a test changes the fields."""

    language: str = "zh-CN"
    needs_code: bool = False
    needs: str | None = None
    locked: bool = False
    idle_lock_s: int = 600
    idle_s: float = 3600.0
    limited_s: int | None = None
    is_away: bool = False
    signed_in: bool = False
    count: int = 60
    page_rows: int = 100
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    extra: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    _events: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, study_instance_uid: str, seq: int) -> None:
        """An examination changed."""
        change = {"hospital": "3", "study_instance_uid": study_instance_uid}
        with self._lock:
            self._events.append(f"id: {seq}\nevent: examination\ndata: {json.dumps(change)}\n\n")

    def view(self) -> dict[str, Any]:
        user = {"id": "7", "login": LOGIN, "name": "王医生", "roles": ["radiologist"],
                "rights": ["read-studies", "review", "sign"], "language": self.language}  # fmt: skip
        told = {
            "user": user, "hospitals": HOSPITALS, "csrf": CSRF, "needs": self.needs, "locked": self.locked,
            "idle_lock_s": self.idle_lock_s, "idle_s": self.idle_s, "is_demo": True, "version": "0.1.0",
            "has_second_factor": True, "has_pin": False, "elsewhere": (),
        }  # fmt: skip
        return SessionView.model_validate(told).model_dump(mode="json")

    def row(self, number: int) -> dict[str, Any]:
        row = {**made_row(number, self.language), **self.changes.get(number, {})}
        return WorklistRow.model_validate(row).model_dump(mode="json")

    def rows(self, start: int, count: int) -> list[dict[str, Any]]:
        own = [self.row(number) for number in range(start, min(start + count, self.count))]
        return [*self.extra, *own] if start == 0 else own

    def pending(self, seen: int) -> tuple[int, list[str]]:
        with self._lock:
            return len(self._events), self._events[seen:]


def made_row(number: int, language: str) -> dict[str, Any]:
    """One line of the list, the same for the same number."""
    pick = 0 if language == "zh-CN" else 1
    name, ideographic = NAMES[number % len(NAMES)]
    status = list(STATUS)[number % len(STATUS)]
    urgency = "critical" if number < 2 else "high" if number < 6 else "normal"
    exam_class = list(CLASSES)[min(number // 8, 2)]
    waited_s = 900 + 240 * number
    since = datetime(2026, 11, 28, 8, tzinfo=UTC) - timedelta(seconds=waited_s)
    target_s = 1800 if exam_class == "emergency" else 7200
    clock = {"of": "report", "since": since, "target_s": target_s, "elapsed_s": waited_s, "share": waited_s / target_s}
    reading = [
        {
            "package": "ct_chest_nodule",
            "title": "胸部 CT 肺结节检测",
            "version": "1.0.0",
            "outcome": status,
            "score": 0.8,
            "text": (
                "右肺上叶结节 8.2 × 6.1 mm，另有 2 处" if pick == 0 else "Right upper lobe nodule 8.2 × 6.1 mm, 2 more"
            ),
        }
    ]
    return {
        "hospital": {"id": "3", "name": HOSPITALS[0]["name"]},
        "study_instance_uid": f"1.2.840.99.{number}",
        "accession_number": f"A20261128{number:04d}",
        "patient": {
            "id": f"P{number:06d}", "name": (ideographic.replace("^", ""), name.replace("^", " "))[pick],
            "alphabetic": name, "ideographic": ideographic, "phonetic": "",
            "birth_date": "1971-03-09", "sex": "FM"[number % 2], "age": "055Y",
        },
        "exam_class": {"word": exam_class, "text": CLASSES[exam_class][pick]},
        "modality": "CT", "body_part": "CHEST", "description": ("胸部平扫", "Chest without contrast")[pick],
        "study_date": "2026-11-28", "images": {"received": 212 if status == "receiving" else 300, "expected": 300},
        "status": {"word": status, "text": STATUS[status][pick], "progress": 0.42 if status == "analysing" else None,
                   "reason": REASON[pick] if status == "refused" else ""},
        "urgency": {"word": urgency, "text": URGENCY[urgency][pick],
                    "confirmed_by": {"id": "9", "name": "李医生"} if number == 0 else None},
        "ai": reading if status in {"findings", "reading", "signed"} else [],
        "reader": {"id": "9", "name": "李医生"} if status in {"reading", "signed"} else None,
        "report": None, "prior_count": number % 3, "clock": None if status == "receiving" else clock,
        "order_reason": ("急诊，等待最久", "emergency, waited longest")[pick],
        "flags": [{"word": "no-order", "text": ("无申请单", "no order")[pick]}] if number % 7 == 6 else [],
    }  # fmt: skip


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    headers = {"Retry-After": str(more.pop("retry_after"))} if "retry_after" in more else {}
    content = {"type": f"urn:consilium:problem:{code}", "title": code, "status": status, "detail": detail,
               "code": code, "trace_id": "0" * 32, **more}  # fmt: skip
    return JSONResponse(content, status_code=status, headers=headers, media_type="application/problem+json")


class Routes:
    def __init__(self, room: FakeRoom) -> None:
        self.room = room

    def met(self, request: Request) -> Response | None:
        """What stands before every call: the network, the session, the lock, the token."""
        self.room.calls.append(f"{request.method} {request.url.path.removeprefix('/room/v1')}")
        self.room.headers.append(dict(request.headers))
        if self.room.is_away:
            return HTMLResponse("<h1>502 Bad Gateway</h1>", status_code=502)
        is_entry = request.method == "POST" and request.url.path == "/room/v1/session"
        if is_entry:
            return None
        if not self.room.signed_in:
            return problem(401, "session-missing", "登录已失效，请重新登录。")
        if request.method != "GET" and request.headers.get("x-csrf-token") != CSRF:
            return problem(403, "csrf", "请刷新页面。")
        if self.room.locked and "/session" not in request.url.path:
            return problem(423, "locked", "已锁定。")
        return None

    async def read(self, request: Request) -> Any:
        return self.met(request) or self.room.view()

    async def enter(self, request: Request) -> Any:
        refused = self.met(request)
        if refused is not None:
            return refused
        given = await request.json()
        if self.room.limited_s is not None:
            return problem(429, "too-many-attempts", "尝试次数过多。", retry_after=self.room.limited_s)
        if (given["login"], given["password"]) != (LOGIN, PASSWORD):
            return problem(401, "not-recognised", "用户名或密码不正确。")
        if self.room.needs_code and "code" not in given:
            return problem(401, "not-recognised", "请输入验证码。", needs="code")
        if self.room.needs_code and given["code"] != CODE:
            return problem(401, "not-recognised", "验证码不正确。")
        self.room.signed_in, self.room.locked = True, False
        return self.room.view()

    async def leave(self, request: Request) -> Any:
        refused = self.met(request)
        self.room.signed_in = False
        return refused or Response(status_code=204)

    async def lock(self, request: Request) -> Any:
        refused = self.met(request)
        self.room.locked = True
        return refused or Response(status_code=204)

    async def unlock(self, request: Request) -> Any:
        refused = self.met(request)
        if refused is not None:
            return refused
        if (await request.json())["password"] != PASSWORD:
            return problem(401, "not-recognised", "密码不正确。")
        self.room.locked = False
        return self.room.view()

    async def secret(self, request: Request) -> Any:
        uri = f"otpauth://totp/Consilium:{LOGIN}?secret=JBSWY3DPEHPK3PXP&issuer=Consilium"
        return self.met(request) or {"secret": "JBSWY3DPEHPK3PXP", "otpauth_uri": uri}

    async def change(self, request: Request, what: str) -> Any:
        refused = self.met(request)
        if refused is not None:
            return refused
        given = await request.json()
        if what == "totp" and given["code"] != CODE:
            return problem(422, "wrong-code", "验证码不正确，请输入当前显示的数字。")
        if what == "password" and given["old"] != PASSWORD:
            return problem(401, "not-recognised", "密码不正确。")
        self.room.language = given.get("language", self.room.language)
        self.room.needs = None if what in {"totp", "password"} else self.room.needs
        return self.room.view()

    async def worklist(self, request: Request) -> Any:
        refused = self.met(request)
        if refused is not None:
            return refused
        start = int(request.query_params.get("after", "0"))
        if request.query_params.get("q", "") not in {"", "王"}:
            return {"items": [], "next": None, "total": 0, "more_than_total": False}
        rows = self.room.rows(start, self.room.page_rows)
        end = start + self.room.page_rows
        more = end < self.room.count
        total = self.room.count + len(self.room.extra)
        return {
            "items": rows, "next": str(end) if more else None, "total": total, "more_than_total": False,
        }  # fmt: skip

    async def one(self, request: Request, study_uid: str) -> Any:
        return self.met(request) or self.room.row(int(study_uid.rsplit(".", 1)[1]))

    async def notices(self, request: Request) -> Any:
        """No urgent finding waits here."""
        return self.met(request) or {"count": 0, "items": []}

    async def live(self, request: Request) -> Any:
        refused = self.met(request)
        return refused or StreamingResponse(
            self.events(request, self.room.pending(0)[0]), media_type="text/event-stream"
        )

    async def events(self, request: Request, seen: int) -> AsyncIterator[str]:
        yield ": begins\n\n"
        while not await request.is_disconnected() and not self.room.is_away:
            seen, fresh = self.room.pending(seen)
            for event in fresh:
                yield event
            await asyncio.sleep(0.02)


def create_router(room: FakeRoom) -> APIRouter:
    router = APIRouter(prefix="/room/v1")
    routes = Routes(room)
    for method, path, handler in (
        ("GET", "/session", routes.read),
        ("POST", "/session", routes.enter),
        ("DELETE", "/session", routes.leave),
        ("POST", "/session/lock", routes.lock),
        ("POST", "/session/unlock", routes.unlock),
        ("POST", "/session/totp", routes.secret),
        ("PUT", "/session/{what}", routes.change),
        ("GET", "/worklist", routes.worklist),
        ("GET", "/worklist/{hospital}/{study_uid}", routes.one),
        ("GET", "/live", routes.live),
        ("GET", "/notices", routes.notices),
    ):
        router.add_api_route(path, handler, methods=[method])
    return router
