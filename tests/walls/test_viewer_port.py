"""The full viewer's port: images behind the reader's session and wall, to look at only, and nothing of the room."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from service.access.reader_doors import COOKIE
from service.api.full_viewer.application import create_app
from service.api.full_viewer.pages import POLICY, create_router
from service.archive.store import Archive
from service.dicomweb.router import READERS, create_readers_router
from service.domain.user import UserRole
from service.pixels.pool import PixelPool
from tests.people.browsers import Browser, Browsers
from tests.support.edges import CLOSED_AT_ONCE, NOBODY_TRUSTED, Customer, serving
from tests.web.served import running

BUNDLE, STYLE = "app.bundle.0123456789abcdef.js", "app.bundle.css"
WRITES = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Ward:
    """A centre with two hospitals, its people, and the full viewer's port."""

    def __init__(self, people: Browsers, url: str) -> None:
        self.people, self.url, self.edges = people, url, people.edges
        self.west, self.east = self.edges.hospital("West"), self.edges.hospital("East")
        self.study = self.edges.study(self.east).study_instance_uid

    def at_viewer(self, browser: Browser | None = None) -> httpx.Client:
        """The viewer's port as a browser with that session sees it: cookies are a host's, not a port's."""
        cookies = {} if browser is None else {COOKIE: browser.token or ""}
        return httpx.Client(
            base_url=self.url, cookies=cookies, trust_env=False, verify=NOBODY_TRUSTED, limits=CLOSED_AT_ONCE
        )

    def reader_of(self, *hospitals: Customer) -> Browser:
        chosen = [each.id for each in hospitals] or None
        return self.people.at(self.people.person(UserRole.RADIOLOGIST, hospitals=chosen))


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("viewer")
    for name in (BUNDLE, STYLE, "index.html", ".installed"):
        (folder / name).write_text(f"/* {name} */")
    archive, pool = Archive(tmp_path_factory.mktemp("centre")), PixelPool()
    app = create_app([create_readers_router(archive, pool), create_router(archive, READERS, folder)])
    with serving(archive) as edges, running(app) as url:
        yield Ward(Browsers(edges), url)
    pool.close()
    archive.close()


def test_a_reader_finds_the_page_the_configuration_and_the_images(ward: Ward) -> None:
    with ward.at_viewer(ward.reader_of()) as browser:
        page = browser.get(f"/viewer/{ward.east.id}", params={"StudyInstanceUIDs": ward.study})
        assert (page.status_code, f'src="/{BUNDLE}"' in page.text) == (200, True)
        assert browser.get(f"/{BUNDLE}").text == f"/* {BUNDLE} */"
        assert f'"/dicom-web/h/{ward.east.id}"' in browser.get("/app-config.js").text
        (study,) = browser.get(f"/dicom-web/h/{ward.east.id}/studies").json()
        assert study["0020000D"]["Value"] == [ward.study]
        assert study["00081190"]["Value"] == [f"{ward.url}/dicom-web/h/{ward.east.id}/studies/{ward.study}"]


def test_another_hospitals_study_is_not_there(ward: Ward) -> None:
    with ward.at_viewer(ward.reader_of(ward.west)) as browser:
        root = f"/dicom-web/h/{ward.east.id}/studies"
        for path in ("", f"/{ward.study}/series", f"/{ward.study}/metadata", f"/{ward.study}"):
            assert browser.get(root + path).status_code == 404, path
        assert browser.get(f"/dicom-web/h/{ward.west.id}/studies/{ward.study}/metadata").status_code == 404
        configuration = browser.get("/app-config.js").text
        assert ward.west.id in configuration
        assert ward.east.id not in configuration
        assert "East" not in configuration


def test_nobody_without_a_session_gets_more_than_ohifs_own_files(ward: Ward) -> None:
    with ward.at_viewer() as browser:
        page = browser.get(f"/viewer/{ward.east.id}")
        assert (page.status_code, "登录" in page.text, BUNDLE in page.text) == (401, True, False)
        for path in ("/session", "/app-config.js", f"/dicom-web/h/{ward.east.id}/studies/{ward.study}/metadata"):
            answer = browser.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "session-missing"), path


def test_a_hospitals_key_opens_nothing_here(ward: Ward) -> None:
    with ward.at_viewer() as machine:
        key = {"Authorization": f"Bearer {ward.east.key}"}
        assert machine.get(f"/dicom-web/h/{ward.east.id}/studies", headers=key).status_code == 401
        assert machine.get("/dicom-web/studies", headers=key).status_code == 404


def test_a_locked_session_shows_a_page_that_says_so_and_nothing_else(ward: Ward) -> None:
    room = ward.reader_of()
    with ward.at_viewer(room) as browser:
        images = f"/dicom-web/h/{ward.east.id}/studies/{ward.study}/metadata"
        assert (browser.get("/session").status_code, browser.get(images).status_code) == (204, 200)
        assert room.send("POST", "/session/lock").status_code == 204
        assert [browser.get(path).status_code for path in ("/session", "/app-config.js", images)] == [423, 423, 423]
        page = browser.get(f"/viewer/{ward.east.id}")
        assert (page.status_code, "锁定" in page.text, "locked" in page.text) == (423, True, True)
        assert BUNDLE not in page.text


def test_a_session_that_ended_is_over_here_too(ward: Ward) -> None:
    room = ward.reader_of()
    with ward.at_viewer(room) as browser:
        assert browser.get("/session").status_code == 204
        assert room.send("DELETE", "/session").status_code == 204
        assert browser.get("/session").status_code == 401
        assert browser.get(f"/dicom-web/h/{ward.east.id}/studies").status_code == 401


def test_administrators_see_no_images(ward: Ward) -> None:
    _, room, _ = ward.people.enrolled(UserRole.SYSTEM_ADMIN)
    with ward.at_viewer(room) as browser:
        paths = (f"/viewer/{ward.east.id}", "/session", "/app-config.js", f"/dicom-web/h/{ward.east.id}/studies")
        assert [browser.get(path).status_code for path in paths] == [403, 403, 403, 403]


def test_work_in_the_viewer_keeps_the_session_open_and_looking_alone_does_not(ward: Ward) -> None:
    room = ward.reader_of()
    with ward.at_viewer(room) as browser:
        _make_idle(ward.edges.archive, 550)
        assert browser.get("/session").status_code == 204
        _make_idle(ward.edges.archive, 40)
        assert browser.get("/session", headers={"X-User-Active": "1"}).status_code == 204
        _make_idle(ward.edges.archive, 550)
        assert browser.get("/session").status_code == 204
        _make_idle(ward.edges.archive, 100)
        assert browser.get("/session").status_code == 423


def _make_idle(archive: Archive, seconds: float) -> None:
    with archive.write() as connection:
        connection.exec_driver_sql("UPDATE session SET active_at = active_at - ?", (seconds,))


def test_there_is_nothing_to_write_to_and_nothing_of_the_room(ward: Ward) -> None:
    with ward.at_viewer(ward.reader_of()) as browser:
        studies = f"/dicom-web/h/{ward.east.id}/studies"
        for path in (studies, f"{studies}/{ward.study}", "/session", "/app-config.js", f"/viewer/{ward.east.id}"):
            for method in WRITES:
                assert browser.request(method, path).status_code in {404, 405}, (method, path)
        for path in ("/room/v1/session", "/room/v1/worklist", "/api/v1/studies", "/metrics", "/api/v1/openapi.json"):
            assert browser.get(path).status_code == 404, path
        body = browser.request("GET", studies, content=b"x")
        assert body.status_code == 413


def test_every_route_only_looks(ward: Ward) -> None:
    archive, pool = ward.edges.archive, PixelPool()
    app = create_app([create_readers_router(archive, pool), create_router(archive, READERS)])
    pending, paths, methods = list(app.routes), set(), set()
    while pending:
        route = pending.pop()
        pending += getattr(getattr(route, "original_router", None), "routes", [])
        if isinstance(route, APIRoute):
            paths.add(route.path)
            methods |= route.methods
    assert {f"{READERS}/studies", "/viewer/{hospital}"} <= paths
    assert any(path.startswith(READERS) and "/frames/" in path for path in paths)
    assert methods <= {"GET", "HEAD"}
    pool.close()


def test_its_policy_lets_it_make_code_and_nothing_leave_or_frame_it(ward: Ward) -> None:
    rules = dict(part.strip().split(" ", 1) for part in POLICY.split(";"))
    assert rules["script-src"] == "'self' 'unsafe-eval'"
    assert rules["connect-src"] == "'self' blob: data:"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "http" not in POLICY
    with ward.at_viewer(ward.reader_of()) as browser:
        for path in (f"/viewer/{ward.east.id}", f"/{BUNDLE}", "/watch.js", "/app-config.js"):
            assert browser.get(path).headers["content-security-policy"] == POLICY, path
        room = ward.edges.client(None).get("/health")
        assert "unsafe-eval" not in room.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["index.html", ".installed", "..%2f..%2fetc%2fpasswd", "nothing.js"])
def test_only_listed_files_are_served(ward: Ward, name: str) -> None:
    with ward.at_viewer(ward.reader_of()) as browser:
        assert browser.get(f"/{name}").status_code == 404


def test_a_hospitals_name_cannot_leave_the_configuration(ward: Ward) -> None:
    name = '</script><script>alert(1)//"\\'
    hospital = ward.edges.hospital(name="QUOTED")
    with ward.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET name = ? WHERE id = ?", (name, hospital.id))
    with ward.at_viewer(ward.reader_of(hospital)) as browser:
        said = browser.get("/app-config.js")
        assert said.headers["content-type"].startswith("text/javascript")
        assert r"</script><script>alert(1)//\"\\" in said.text
        assert said.headers["x-content-type-options"] == "nosniff"


def test_what_has_its_hash_in_its_name_is_kept_for_ever(ward: Ward) -> None:
    assert ward.at_viewer().get(f"/{BUNDLE}").headers["cache-control"].endswith("immutable")
    assert ward.at_viewer().get(f"/{STYLE}").headers["cache-control"] == "no-cache"
