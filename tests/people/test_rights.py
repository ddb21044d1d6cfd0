"""Every operation of the room needs a session and a right: a new one that was not decided about fails here."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from service.api.room.router import create_router
from service.archive.store import Archive
from service.domain.user import ADMINISTRATORS, RIGHTS, Right, UserRole
from tests.people.browsers import Browsers
from tests.support.running import running_centre

NEEDED: dict[tuple[str, str], Right] = {
    ("GET", "/worklist"): Right.READ_STUDIES,
    ("GET", "/worklist/{hospital}/{study}"): Right.READ_STUDIES,
    ("PUT", "/worklist/{hospital}/{study}/claim"): Right.REVIEW,
    ("DELETE", "/worklist/{hospital}/{study}/claim"): Right.REVIEW,
    ("PUT", "/worklist/{hospital}/{study}/urgency"): Right.REVIEW,
    ("POST", "/worklist/{hospital}/{study}/return"): Right.REVIEW,
    ("DELETE", "/worklist/{hospital}/{study}/return"): Right.REVIEW,
    ("GET", "/live"): Right.READ_STUDIES,
    ("GET", "/studies/{hospital}/{study}/reading"): Right.READ_STUDIES,
    ("GET", "/full-viewer"): Right.READ_STUDIES,
    ("POST", "/studies/{hospital}/{study}/findings/{tracking_uid}/judgements"): Right.REVIEW,
    ("GET", "/studies/{hospital}/{study}/findings/{tracking_uid}/contours"): Right.READ_STUDIES,
    ("GET", "/studies/{hospital}/{study}/finding-tools"): Right.READ_STUDIES,
    ("POST", "/studies/{hospital}/{study}/first-impression"): Right.REVIEW,
    ("GET", "/studies/{hospital}/{study}/windows"): Right.READ_STUDIES,
    ("GET", "/studies/{hospital}/{study}/hanging"): Right.READ_STUDIES,
    ("PUT", "/studies/{hospital}/{study}/hanging"): Right.REVIEW,
    ("DELETE", "/studies/{hospital}/{study}/hanging"): Right.REVIEW,
    ("GET", "/studies/{hospital}/{study}/measures"): Right.READ_STUDIES,
    ("PUT", "/studies/{hospital}/{study}/measures/{measure}"): Right.REVIEW,
    ("DELETE", "/studies/{hospital}/{study}/measures/{measure}"): Right.REVIEW,
    ("POST", "/studies/{hospital}/{study}/report"): Right.REVIEW,
    ("PUT", "/studies/{hospital}/{study}/report"): Right.REVIEW,
    ("POST", "/studies/{hospital}/{study}/report/keep"): Right.REVIEW,
    ("POST", "/studies/{hospital}/{study}/report/submit"): Right.REVIEW,
    ("POST", "/studies/{hospital}/{study}/report/reopen"): Right.REVIEW,
    ("POST", "/studies/{hospital}/{study}/report/discard"): Right.REVIEW,
    ("GET", "/studies/{hospital}/{study}/report/editions"): Right.READ_STUDIES,
    ("POST", "/studies/{hospital}/{study}/report/sign"): Right.SIGN,
    ("POST", "/studies/{hospital}/{study}/report/audit"): Right.AUDIT_REPORTS,
    ("POST", "/studies/{hospital}/{study}/report/return"): Right.AUDIT_REPORTS,
    ("POST", "/studies/{hospital}/{study}/report/recall"): Right.SIGN,
    ("POST", "/studies/{hospital}/{study}/report/withdraw"): Right.SIGN,
    ("GET", "/studies/{hospital}/{study}/templates"): Right.READ_STUDIES,
    ("GET", "/templates"): Right.REVIEW,
    ("POST", "/templates"): Right.REVIEW,
    ("PUT", "/templates/{template}"): Right.REVIEW,
    ("DELETE", "/templates/{template}"): Right.REVIEW,
    ("GET", "/signing"): Right.SIGN,
    ("GET", "/notices"): Right.READ_STUDIES,
    ("POST", "/notices/{notice_id}/acknowledge"): Right.REVIEW,
    ("POST", "/open"): Right.READ_STUDIES,
    ("GET", "/admin/hospitals/{hospital}/notice-rules"): Right.MANAGE_CENTRE,
    ("POST", "/admin/hospitals/{hospital}/notice-rules"): Right.MANAGE_CENTRE,
    ("DELETE", "/admin/hospitals/{hospital}/notice-rules/{rule}"): Right.MANAGE_CENTRE,
    ("GET", "/studies/{hospital}/{study}/series"): Right.READ_STUDIES,
    ("GET", "/explore/record"): Right.EXPLORE,
    ("GET", "/explore/disagreements"): Right.EXPLORE,
    ("GET", "/explore/disagreements/{disagreement}/pictures/{number}"): Right.EXPLORE,
    ("GET", "/explore/disagreements-file"): Right.EXPLORE,
    ("GET", "/users"): Right.MANAGE_USERS,
    ("POST", "/users"): Right.MANAGE_USERS,
    ("PATCH", "/users/{user}"): Right.MANAGE_USERS,
    ("DELETE", "/users/{user}/access"): Right.MANAGE_USERS,
    ("PUT", "/users/{user}/access"): Right.MANAGE_USERS,
    ("DELETE", "/users/{user}/password"): Right.MANAGE_USERS,
    ("DELETE", "/users/{user}/second-factor"): Right.MANAGE_USERS,
    ("GET", "/users/{user}/sessions"): Right.MANAGE_USERS,
    ("DELETE", "/users/{user}/sessions"): Right.MANAGE_USERS,
    ("GET", "/audit"): Right.SEARCH_AUDIT,
    ("GET", "/admin/hospitals"): Right.MANAGE_CENTRE,
    ("POST", "/admin/hospitals"): Right.MANAGE_CENTRE,
    ("GET", "/admin/hospitals/{hospital}"): Right.MANAGE_CENTRE,
    ("PATCH", "/admin/hospitals/{hospital}"): Right.MANAGE_CENTRE,
    ("POST", "/admin/hospitals/{hospital}/removal"): Right.MANAGE_CENTRE,
    ("POST", "/admin/hospitals/{hospital}/keys"): Right.MANAGE_CENTRE,
    ("DELETE", "/admin/hospitals/{hospital}/keys/{key}"): Right.MANAGE_CENTRE,
    ("POST", "/admin/hospitals/{hospital}/peers"): Right.MANAGE_CENTRE,
    ("PUT", "/admin/hospitals/{hospital}/peers/{peer}"): Right.MANAGE_CENTRE,
    ("DELETE", "/admin/hospitals/{hospital}/peers/{peer}"): Right.MANAGE_CENTRE,
    ("POST", "/admin/hospitals/{hospital}/peers/{peer}/secret"): Right.MANAGE_CENTRE,
    ("POST", "/admin/hospitals/{hospital}/connection-tests"): Right.MANAGE_CENTRE,
    ("GET", "/admin/hospitals/{hospital}/connection-tests/{test}"): Right.MANAGE_CENTRE,
    ("POST", "/admin/hospitals/{hospital}/dry-run"): Right.MANAGE_CENTRE,
    ("GET", "/admin/packages"): Right.MANAGE_CENTRE,
    ("GET", "/admin/queue"): Right.MANAGE_CENTRE,
    ("POST", "/admin/queue/{hospital}/{study}/retry"): Right.MANAGE_CENTRE,
    ("GET", "/admin/deliveries"): Right.MANAGE_CENTRE,
    ("POST", "/admin/deliveries/{delivery}/retry"): Right.MANAGE_CENTRE,
    ("POST", "/admin/deliveries/{delivery}/park"): Right.MANAGE_CENTRE,
    ("GET", "/admin/quarantine"): Right.MANAGE_CENTRE,
    ("GET", "/admin/quarantine/{entry}"): Right.MANAGE_CENTRE,
    ("POST", "/admin/quarantine/{entry}/acceptance"): Right.MANAGE_CENTRE,
    ("POST", "/admin/quarantine/{entry}/discard"): Right.MANAGE_CENTRE,
    ("GET", "/admin/system"): Right.MANAGE_CENTRE,
    ("GET", "/admin/audit-rates"): Right.MANAGE_CENTRE,
    ("GET", "/admin/turnarounds"): Right.MANAGE_CENTRE,
    ("GET", "/audit-rates"): Right.AUDIT_REPORTS,
    ("GET", "/own/studies"): Right.FOLLOW_OWN,
    ("GET", "/own/studies/{hospital}/{study}"): Right.FOLLOW_OWN,
}
_PNEUMOTHORAX = {"value": "36118008", "scheme": "SCT", "meaning": "Pneumothorax"}
_WRITTEN = {"edition": 1, "text": {}, "language": "en"}
BODIES = {
    "urgency": {"urgency": "high"},
    "return": {"reason": "images-missing"},
    "claim": {},
    "judgements": {"id": "12345678", "action": "accept", "review_version": 0},
    "{measure}": {"kind": "length", "sop_instance_uid": "1.2", "frame": 1, "points_px": [[0, 0], [1, 1]]},
    "hanging": {"layout": "1x1", "is_linked": True, "places": [None]},
    "report": _WRITTEN,
    "keep": _WRITTEN,
    "submit": {"edition": 1},
    "reopen": {"edition": 1},
    "discard": {"edition": 1},
    "sign": {"edition": 1, "revision": 1, "image_count": 2, "review_version": 0, "pin": "123456"},
    "audit": {"report_id": "x", "pin": "123456"},
    "report/return": {"report_id": "x", "why": "x"},
    "withdraw": {"report_id": "x", "why": "x"},
    "templates": {"kind": "phrase", "language": "en", "name": "x", "shortcut": "x", "text": {"findings": "x"}},
    "{template}": {"kind": "phrase", "language": "en", "name": "x", "shortcut": "x", "text": {"findings": "x"}},
    "acknowledge": {"who": "x", "how": "x"},
    "open": {"accession": "x", "token": "x"},
    "notice-rules": {"concept": _PNEUMOTHORAX, "contact": "x", "escalation_contact": "x"},
    "users": {"login": "a", "name": "", "roles": [], "hospitals": None},
    "{user}": {},
    "hospitals": {"name": "", "sender": {"calling_ae": "A", "called_ae": "B"}},
    "{hospital}": {"edition": "x"},
    "removal": {"name": "x"},
    "peers": {"channel": "his", "url": "https://his.example"},
    "{peer}": {"channel": "his", "url": "https://his.example"},
}
OF_THE_SESSION = {
    ("POST", "/session"),
    ("GET", "/session"),
    ("DELETE", "/session"),
    ("POST", "/session/lock"),
    ("POST", "/session/unlock"),
    ("PUT", "/session/password"),
    ("PUT", "/session/language"),
    ("PUT", "/session/pin"),
    ("DELETE", "/session/others"),
    ("POST", "/session/totp"),
    ("PUT", "/session/totp"),
}


FOR_EVERYBODY = {("GET", "/openapi.json")}
"""What needs a session and no right."""


def operations(archive: Archive) -> Iterator[tuple[str, str]]:
    pending = list(create_router(archive, running_centre()).routes)
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            yield from ((method, route.path.removeprefix("/room/v1")) for method in route.methods)
        else:
            pending += getattr(getattr(route, "original_router", None), "routes", [])


def test_every_operation_was_decided_about(browsers: Browsers) -> None:
    assert set(operations(browsers.edges.archive)) == set(NEEDED) | OF_THE_SESSION | FOR_EVERYBODY


@pytest.mark.parametrize(
    ("method", "path"), sorted([*NEEDED, *FOR_EVERYBODY, *OF_THE_SESSION - {("POST", "/session")}])
)
def test_without_a_session_there_is_nothing(browsers: Browsers, method: str, path: str) -> None:
    answer = browsers.browser().send(method, _filled(path), _body(path), csrf="x")
    assert answer.status_code in {401, 422}, answer.text
    assert answer.json()["code"] in {"session-missing", "invalid-request"}


@pytest.mark.parametrize("role", sorted(UserRole))
def test_a_role_does_what_its_rights_say_and_nothing_else(browsers: Browsers, role: UserRole) -> None:
    browser = browsers.enrolled(role)[1] if role in ADMINISTRATORS else browsers.at(browsers.person(role))
    for (method, path), right in NEEDED.items():
        if path == "/live" and right in RIGHTS[role]:
            continue
        code = _code(browser.send(method, _filled(path), _body(path)))
        assert (code == "forbidden") is (right not in RIGHTS[role]), (method, path, code)


def _code(answer: httpx.Response) -> str | None:
    """Of a problem; what is no JSON is a file that was given."""
    is_json = answer.headers.get("Content-Type", "").endswith("json")
    return answer.json().get("code") if is_json else None


def _filled(path: str) -> str:
    known = {"hospital": "h0", "key": "k0", "peer": "p0", "test": "t0", "rule": "r0", "notice_id": "0" * 32}
    known |= {"delivery": "d0", "entry": "1", "measure": "0" * 16, "disagreement": f"1-{'0' * 32}", "number": "1"}
    return re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], "1.2.3"), path)


def _body(path: str) -> dict[str, object]:
    last = path.rsplit("/", 1)[-1]
    return BODIES["report/return"] if path.endswith("report/return") else BODIES.get(last, {})
