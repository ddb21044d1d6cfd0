"""The document of the interface: complete in two languages, with examples that are true, and as committed."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

import service.his
from tests.support.edges import Edges
from tests.support.openapi import DOCUMENT, PROBLEMS, document, problems

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}")


def shapes() -> list[type[BaseModel]]:
    for module in pkgutil.iter_modules(service.his.__path__):
        importlib.import_module(f"service.his.{module.name}")
    pending, found = list(BaseModel.__subclasses__()), []
    while pending:
        each = pending.pop()
        pending += each.__subclasses__()
        if each.__module__.startswith(("service.his", "service.access")) and each.model_config.get("json_schema_extra"):
            found.append(each)
    return found


def described(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every description of the document with where it stands."""
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            yield f"{where} summary", operation["summary"]
            yield f"{where} description", operation["description"]
            for parameter in operation.get("parameters", ()):
                yield f"{where} {parameter['name']}", parameter.get("description", "")
            for status, answer in operation["responses"].items():
                if status != "200" or "content" not in answer or "application/json" not in answer["content"]:
                    yield f"{where} {status}", answer["description"]
    for name, schema in spec["components"]["schemas"].items():
        for field, property_ in schema.get("properties", {}).items():
            yield f"{name}.{field}", property_.get("description", "")


def test_everything_is_described_in_chinese_and_english(edges: Edges) -> None:
    lacking = [
        where
        for where, words in described(edges.app.openapi())
        if not (CHINESE.search(words) and ENGLISH.search(words)) and words != "Successful Response"
    ]

    assert lacking == []


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.__name__)
def test_every_example_is_a_valid_body(shape: type[BaseModel]) -> None:
    extra = shape.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    for example in extra["examples"]:  # type: ignore[union-attr]
        parsed = shape.model_validate_json(json.dumps(example))
        assert json.loads(parsed.model_dump_json()) == {
            **json.loads(parsed.model_dump_json()),
            **_same(parsed, example),
        }


def _same(parsed: BaseModel, example: Any) -> dict[str, Any]:
    """The example's own fields as they come out again, so that none was changed on the way."""
    out = json.loads(parsed.model_dump_json())
    return {name: out[name] for name in example}


def test_every_body_and_answer_has_an_example(edges: Edges) -> None:
    spec = edges.app.openapi()
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(spec["paths"])))
    without = [
        name
        for name in sorted(names)
        if not name.startswith(("Page", "ReadyView", "HealthView"))
        and not {"examples", "enum"} & set(spec["components"]["schemas"][name])
    ]

    assert without == []


def test_every_operation_needs_the_key_and_says_which_problems_it_has(edges: Edges) -> None:
    for path, methods in edges.app.openapi()["paths"].items():
        for operation in methods.values():
            if path.startswith("/api/v1"):
                assert operation["security"] == [{"api-key": []}], path
                assert {"401", "422", "500", "503"} <= set(operation["responses"]), path
                for status in ("401", "422"):
                    assert list(operation["responses"][status]["content"]) == ["application/problem+json"]


def test_the_committed_document_is_the_one_that_is_served(edges: Edges) -> None:
    served = edges.client(None).get("/api/v1/openapi.json").json()
    committed = json.loads(DOCUMENT.read_text())

    assert served["openapi"].startswith("3.1")
    assert committed == served == document(), "run .venv/bin/python -m tests.support.openapi"


def test_every_problem_code_is_listed_for_integrators() -> None:
    assert PROBLEMS.read_text() == problems(), "run .venv/bin/python -m tests.support.openapi"


TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def wrong_with(value: Any, schema: dict[str, Any], known: dict[str, Any], where: str) -> Iterator[str]:
    """What JSON Schema says against a value, by the keywords this document uses; written apart from the product."""
    if "$ref" in schema:
        yield from wrong_with(value, known[schema["$ref"].rsplit("/", 1)[-1]], known, where)
    if "anyOf" in schema and all(list(wrong_with(value, each, known, where)) for each in schema["anyOf"]):
        yield f"{where}: fits none of anyOf"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: not one of enum"
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield f"{where}: is no {kind}"
    elif kind == "object":
        yield from wrong_with_fields(value, schema, known, where)
    elif kind == "array" and "items" in schema:
        for number, each in enumerate(value):
            yield from wrong_with(each, schema["items"], known, f"{where}[{number}]")
    elif kind == "string" and "pattern" in schema and re.search(schema["pattern"], value) is None:
        yield f"{where}: is not of its pattern"


def wrong_with_fields(
    value: dict[str, Any], schema: dict[str, Any], known: dict[str, Any], where: str
) -> Iterator[str]:
    fields = schema.get("properties", {})
    yield from (f"{where}: lacks {name}" for name in schema.get("required", ()) if name not in value)
    if schema.get("additionalProperties") is False:
        yield from (f"{where}: does not know {name}" for name in value if name not in fields)
    for name in fields.keys() & value.keys():
        yield from wrong_with(value[name], fields[name], known, f"{where}.{name}")


def test_every_example_of_the_document_is_valid_by_the_schema_it_stands_in() -> None:
    known = json.loads(DOCUMENT.read_text())["components"]["schemas"]
    examples = [(name, schema, example) for name, schema in known.items() for example in schema.get("examples", ())]
    for name, shape in known.items():
        for field, schema in shape.get("properties", {}).items():
            examples += [(f"{name}.{field}", schema, example) for example in schema.get("examples", ())]

    assert len(examples) > 40
    assert [each for name, schema, example in examples for each in wrong_with(example, schema, known, name)] == []
