"""The pages' own types say what the room answers: no field that is not there, no null that is not awaited."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service.domain.user import UserRole
from tests.people.administering import ok
from tests.people.browsers import Browsers
from tests.support.typescript import Member, Types, members, read_types, split

API = Path(__file__).parents[2] / "service" / "web" / "src" / "api"
H, S = "{hospital}", "{hospital}/{study}"
ANSWERS = {
    "SessionView": ("get", "/session"),
    "WorklistPage": ("get", "/worklist"),
    "WorklistRow": ("get", f"/worklist/{S}"),
    "ReadingView": ("get", f"/studies/{S}/reading"),
    "FindingTools": ("get", f"/studies/{S}/finding-tools"),
    "KeptEdition": ("get", f"/studies/{S}/report/editions"),
    "SigningView": ("get", "/signing"),
    "OpenNotices": ("get", "/notices"),
    "OpenedView": ("post", "/open"),
    "UsersView": ("get", "/users"),
    "AuditPage": ("get", "/audit"),
    "OwnPage": ("get", "/own/studies"),
    "OwnStudyWhole": ("get", f"/own/studies/{S}"),
    "HospitalsView": ("get", "/admin/hospitals"),
    "HospitalView": ("get", f"/admin/hospitals/{H}"),
    "NoticeRules": ("get", f"/admin/hospitals/{H}/notice-rules"),
    "OpenSessions": ("get", "/users/{user}/sessions"),
    "ConnectionTest": ("get", f"/admin/hospitals/{H}/connection-tests/{{test}}"),
    "PackagesView": ("get", "/admin/packages"),
    "DryRunPage": ("post", f"/admin/hospitals/{H}/dry-run"),
    "QueueView": ("get", "/admin/queue"),
    "DeliveryPage": ("get", "/admin/deliveries"),
    "HeldEntry": ("get", "/admin/quarantine/{entry}"),
    "SystemView": ("get", "/admin/system"),
}
"""By the page's type, the operation that answers it; nested types are looked into from there."""
PLAIN = {"string": {"string"}, "number": {"integer", "number"}, "boolean": {"boolean"}}


@dataclass
class Comparison:
    """What differs between the pages' types and the document, and which types were looked at."""

    types: Types
    schemas: dict[str, Any]
    faults: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def compare(self, type_text: str, schema: dict[str, Any], where: str) -> None:
        """Compare a type as written with a schema."""
        schema = self._resolved(schema)
        kinds = [each.strip() for each in split(self._expanded(type_text), "|")]
        is_nullable = any(each.get("type") == "null" for each in schema.get("anyOf", ()))
        if is_nullable and "null" not in kinds and "unknown" not in kinds:
            self.faults.append(f"{where}: may be null")
        given = [self._resolved(each) for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
        awaited = [each for each in kinds if each != "null"]
        if len(awaited) == 1 and len(given) == 1:
            self._compare_one(awaited[0], given[0], where)

    def _compare_one(self, kind: str, schema: dict[str, Any], where: str) -> None:
        kind = kind.removeprefix("readonly ")
        if kind.endswith("[]"):
            inner = kind[:-2]
            inner = inner[1:-1] if inner.startswith("(") else inner
            if schema.get("type") != "array":
                self.faults.append(f"{where}: is no array but {schema.get('type')}")
            else:
                self.compare(inner, schema.get("items", {}), f"{where}[]")
        elif kind in PLAIN:
            said = schema.get("type")
            if said is not None and said not in PLAIN[kind]:
                self.faults.append(f"{where}: is no {kind} but {said}")
        elif fields := tuple(self._fields(kind)):
            self._compare_fields(fields, schema, where)

    def _compare_fields(self, fields: tuple[Member, ...], schema: dict[str, Any], where: str) -> None:
        known = schema.get("properties", {})
        for each in fields:
            if each.name not in known:
                if not each.optional:
                    self.faults.append(f"{where}.{each.name}: is not answered, only {sorted(known)}")
                continue
            path = f"{where}.{each.name}"
            if path.count(".") < 12:
                self.compare(each.type, known[each.name], path)

    def _fields(self, kind: str) -> Iterator[Member]:
        for part in split(kind, "&"):
            name = part.strip().strip("()")
            if name.startswith("{"):
                yield from members(name)
            elif name in self.types.interfaces:
                self.seen.add(name)
                yield from self.types.interfaces[name]

    def _expanded(self, type_text: str) -> str:
        """Aliases of plain words are what they stand for."""
        parts = [each.strip() for each in split(type_text, "|")]
        texts = []
        for each in parts:
            alias = self.types.aliases.get(each.removesuffix("[]"))
            is_words = alias is not None and (alias.startswith(("(typeof", '"')) or alias.lstrip("| ").startswith('"'))
            texts.append(each.replace(each.removesuffix("[]"), "string") if is_words else each)
        literals = [each for each in texts if each.startswith('"')]
        return " | ".join(dict.fromkeys(["string" if each in literals else each for each in texts]))

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[-1]]
        return schema


@pytest.fixture(scope="module")
def document(browsers: Browsers) -> dict[str, Any]:
    return ok(browsers.at(browsers.person(UserRole.RADIOLOGIST)).get("/openapi.json"))


@pytest.fixture(scope="module")
def types() -> Types:
    return read_types(sorted(path for path in API.glob("*.ts") if not path.name.endswith(".test.ts")))


def answer_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    method, path = ANSWERS[name]
    responses = document["paths"][f"/room/v1{path}"][method]["responses"]
    schema = next(each for status, each in responses.items() if status.startswith("2"))
    return schema["content"]["application/json"]["schema"]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_page_awaits_nothing_that_is_not_answered(document: dict[str, Any], types: Types, name: str) -> None:
    assert name in types.interfaces, f"{name} is exported by no file of {API}"
    comparison = Comparison(types, document["components"]["schemas"])
    schema = answer_of(document, name)
    comparison.compare(f"{name}[]" if name == "KeptEdition" else name, schema, name)
    assert comparison.faults == []


def test_the_comparison_looks_into_worklist_and_reading_page_to_the_last_type(
    document: dict[str, Any], types: Types
) -> None:
    comparison = Comparison(types, document["components"]["schemas"])
    for name in ("WorklistPage", "ReadingView"):
        comparison.compare(name, answer_of(document, name), name)

    wanted = {
        "WorklistRow",
        "WorklistPatient",
        "AiSummary",
        "ExaminationClock",
        "FindingView",
        "ReportView",
        "KeyImage",
    }
    assert wanted <= comparison.seen


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("{ id: string; nonsense: string }", "nonsense: is not answered"),
        ("{ name: number }", "name: is no number"),
        ("{ id: string[] }", "id: is no array"),
        ("{ reader: Named }", "reader: may be null"),
        ("{ readers: { id: boolean }[] }", "readers[].id: is no boolean"),
        ("{ reader: Named | null; id: string; later?: string }", ""),
    ],
)
def test_the_comparison_sees_what_does_not_fit(written: str, fault: str) -> None:
    named = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    properties = {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "reader": {"anyOf": [{"$ref": "#/x/Named"}, {"type": "null"}]},
        "readers": {"type": "array", "items": {"$ref": "#/x/Named"}},
    }
    types = Types({"Named": (Member("id", "string", optional=False),)}, {})
    comparison = Comparison(types, {"Named": named})
    comparison.compare(written, {"type": "object", "properties": properties}, "X")
    assert (comparison.faults == []) if not fault else any(fault in each for each in comparison.faults)


def test_the_document_names_every_operation_and_none_of_the_machines(document: dict[str, Any]) -> None:
    assert all(path.startswith("/room/v1/") for path in document["paths"])
    named = list(itertools.chain.from_iterable(document["paths"].values()))
    assert len(named) > 60


def test_without_a_session_there_is_no_document(browsers: Browsers) -> None:
    assert browsers.browser().get("/openapi.json").status_code == 401
