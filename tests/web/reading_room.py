"""The pages on the real room: an archive with a study, people who sign in, and a browser for each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, Page

from models.catalogue import Catalogue
from service.access.people import Person, add_user
from service.access.reader_doors import COOKIE
from service.api.pages import create_router as pages_router
from service.api.room.router import create_router as room_router
from service.archive.store import Archive
from service.archive.studies import Study
from service.dicomweb.router import create_router as dicomweb_router
from service.dicomweb.store import Intake
from service.domain.hospital import Language
from service.domain.licence import Licence
from service.domain.user import User, UserRole
from service.domain.wall import Wall
from service.flow.group_commit import GroupCommit
from service.flow.receive import Receiver
from service.pixels.pool import PixelPool
from tests.support.edges import PACKAGES, CountingBell, Customer, Edges
from tests.support.running import running_centre
from tests.web.real_centre import panel_read
from tests.web.served import application, running

FIRST, PASSWORD, PIN = "correct horse battery", "four quiet words here", "246810"


@dataclass
class ReadingRoom:
    """A centre with one hospital, and the browser that everybody brings their own context to."""

    edges: Edges
    hospital: Customer
    browser: Browser

    def person(self, login: str, name: str, *, senior: bool = False, language: Language = Language.ZH_CN) -> User:
        """Somebody who reads, and has chosen a password: only then there is a key to sign with."""
        role = UserRole.SENIOR_RADIOLOGIST if senior else UserRole.RADIOLOGIST
        title = "主任医师" if senior else "主治医师"
        licence = Licence(f"1105 {login}", "医学影像和放射治疗专业", title, None)
        person = Person(login, name, (role,), [self.hospital.id], language, licence)
        return add_user(self.edges.archive, Wall.operator(), person, FIRST)[0]

    def seated(self, user: User, **more: object) -> Page:
        """A tab of somebody who signed in and chose their password."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN", **more)  # type: ignore[arg-type]
        with httpx.Client(base_url=f"{self.edges.url}/room/v1", trust_env=False, timeout=60) as client:
            opened = client.post("/session", json={"login": user.login, "password": FIRST})
            if opened.status_code == 401:
                opened = client.post("/session", json={"login": user.login, "password": PASSWORD})
            else:
                csrf = {"X-CSRF-Token": opened.json()["csrf"]}
                opened = client.put("/session/password", json={"old": FIRST, "new": PASSWORD}, headers=csrf)
            assert opened.status_code == 200, opened.text
            token = client.cookies.get(COOKIE)
        _sit(context, self.edges.url, str(token))
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.add_init_script(f"localStorage.setItem('consilium.language', '{user.language.value}')")
        return page

    def study(self, findings: int = 2, **attributes: str) -> Study:
        """A chest CT with nodules a package found: in the right upper lobe, 8.4 mm × 6.1 mm, of a high category."""
        study = self.edges.study(self.hospital, **attributes)
        if findings:
            self.edges.analysis(study, findings=findings)
        return study

    def open(self, page: Page, study: Study) -> None:
        """The reading page with everything on it."""
        page.goto(f"{self.edges.url}/read/{study.hospital}/{study.study_instance_uid}?renderer=cpu")
        panel_read(page)

    def write(self, statement: str, *values: object) -> None:
        """Change the archive behind everybody's back."""
        with self.edges.archive.write() as connection:
            connection.exec_driver_sql(statement, values)


def _sit(context: BrowserContext, url: str, token: str) -> None:
    context.add_cookies([{"name": COOKIE, "value": token, "url": url, "httpOnly": True, "sameSite": "Strict"}])


@contextmanager
def reading_room(folder: Path, browser: Browser) -> Iterator[ReadingRoom]:
    """The centre behind a server of its own; what a browser has open of it goes with it."""
    archive, bell, pixels = Archive(folder), CountingBell(), PixelPool()
    commits = GroupCommit(archive)
    intake = Intake(Receiver(archive, commits, watermark_bytes=0), bell)
    app = application(pages_router(), room_router(archive, running_centre()), dicomweb_router(archive, pixels, intake))
    with running(app) as url:
        edges = Edges(archive, app, url, bell, Catalogue.of((PACKAGES,)))
        yield ReadingRoom(edges, edges.hospital(f"H{secrets.token_hex(3)}", language=Language.ZH_CN), browser)
        for context in browser.contexts:
            context.close()
        edges.close()
    pixels.close()
    commits.close()
    archive.close()
