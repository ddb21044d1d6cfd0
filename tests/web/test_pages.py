"""The pages as a browser gets them: one page for every address of theirs, small, sealed off from the network."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter

from service.api.pages import CLIENT_ROUTES, POLICY, create_router, show_strays
from tests.support.edges import NOBODY_TRUSTED
from tests.web.served import application, running

ROUTER = Path(__file__).parents[2] / "service" / "web" / "src" / "app" / "router.tsx"
SCRIPT = b"export const answer = 42;" * 20


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server over a folder as the build leaves it, and a secret beside that."""
    tmp_path = tmp_path_factory.mktemp("web")
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>the room</title>")
    (folder / "assets" / "main-Ab12.js").write_bytes(SCRIPT)
    (folder / "assets" / "main-Ab12.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets" / "main-Ab12.js.br").write_bytes(b"as brotli wrote it")
    (folder / "assets" / "codec-Cd34.wasm").write_bytes(b"\0asm")
    (tmp_path / "secret.txt").write_text("not a page")
    with client(folder) as answers:
        yield answers


@contextmanager
def client(folder: Path) -> Iterator[httpx.Client]:
    operations = APIRouter()
    operations.add_api_route("/health", lambda: {"status": "ok"})
    with (
        running(application(create_router(folder), operations)) as url,
        httpx.Client(base_url=url, verify=NOBODY_TRUSTED) as answers,
    ):
        yield answers


@pytest.mark.parametrize("path", ["/", "/login", "/worklist?q=wang", "/read/3/1.2.840.1"])
def test_every_address_of_the_pages_is_answered_with_the_one_page(room: httpx.Client, path: str) -> None:
    answer = room.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "the room" in answer.text


def test_the_server_and_the_pages_know_the_same_addresses() -> None:
    paths = re.findall(r'path: "(/[^"]*)"', ROUTER.read_text())

    assert {re.sub(r"\$(\w+)", r"{\1}", path) for path in paths} == set(CLIENT_ROUTES)


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/room/v1/nothing", "/dicom-web/nothing", "/worklist/nothing"])
def test_an_unknown_address_is_a_problem_and_not_a_page(room: httpx.Client, path: str) -> None:
    answer = room.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_person_who_goes_astray_gets_a_page_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>the room</title>")
    app = application(create_router(tmp_path))
    show_strays(app, tmp_path)
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    with running(app) as url, httpx.Client(base_url=url, verify=NOBODY_TRUSTED) as person:
        lost = person.get("/nowhere/at/all", headers=browser)
        machines = [
            person.get(path, headers=headers)
            for path, headers in (("/nowhere", {}), ("/api/v1/nothing", browser), ("/assets/gone.js", browser))
        ]

    assert (lost.status_code, lost.headers["content-security-policy"]) == (404, POLICY)
    assert "the room" in lost.text
    assert [(each.status_code, "the room" in each.text) for each in machines] == [(404, False)] * 3


def test_a_page_may_load_nothing_from_elsewhere_and_make_no_script_from_text(room: httpx.Client) -> None:
    policy = room.get("/").headers["content-security-policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}

    assert rules["default-src"] == ["'self'"]
    assert rules["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    assert rules["object-src"] == ["'none'"]
    assert not any(source.startswith(("http", "*")) for sources in rules.values() for source in sources)


def test_json_keeps_the_policy_that_allows_nothing(room: httpx.Client) -> None:
    assert room.get("/health").headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("accepts", "coding", "content"),
    [
        ("gzip, deflate, br", "br", b"as brotli wrote it"),
        ("gzip", "gzip", SCRIPT),
        ("br;q=0, gzip", "gzip", SCRIPT),
        ("identity", None, SCRIPT),
        ("", None, SCRIPT),
    ],
)
def test_a_file_comes_compressed_as_the_browser_takes_it(
    room: httpx.Client, accepts: str, coding: str | None, content: bytes
) -> None:
    with room.stream("GET", "/assets/main-Ab12.js", headers={"accept-encoding": accepts}) as answer:
        raw = b"".join(answer.iter_raw())

    assert answer.headers.get("content-encoding") == coding
    assert (gzip.decompress(raw) if coding == "gzip" else raw) == content
    assert answer.headers["vary"] == "Accept-Encoding"


def test_a_file_is_kept_by_the_browser_for_ever_and_never_guessed_at(room: httpx.Client) -> None:
    answer = room.get("/assets/codec-Cd34.wasm")

    assert answer.headers["content-type"] == "application/wasm"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["..%2f..%2fsecret.txt", "%2e%2e/secret.txt", "main-Ab12.js.gz", "nothing.js"])
def test_only_built_files_are_served(room: httpx.Client, name: str) -> None:
    answer = room.get(f"/assets/{name}")

    assert answer.status_code == 404
    assert "not a page" not in answer.text


def test_without_a_build_the_page_says_what_to_run(tmp_path: Path) -> None:
    with client(tmp_path / "nothing here") as room:
        answer = room.get("/")

    assert answer.status_code == 503
    assert "make setup" in answer.text
    assert "尚未构建" in answer.text
