"""A browser as far as the room's interface is concerned: it keeps cookies and sends the session's token along."""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import httpx

from service.access.people import Person, add_user
from service.access.reader_doors import COOKIE
from service.access.totp import code_at, step_at
from service.domain.hospital import Language
from service.domain.licence import Licence
from service.domain.user import User, UserRole
from service.domain.wall import HospitalId, Wall
from tests.support.edges import Edges

ROOM = "/room/v1"
PASSWORD = "correct horse battery"
_NUMBERS = itertools.count(1)


@dataclass
class Browser:
    """One person's browser."""

    client: httpx.Client
    csrf: str = ""

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(f"{ROOM}{path}", params=query)

    def send(self, method: str, path: str, body: Any = None, *, csrf: str | None = None) -> httpx.Response:
        """An unsafe request with the session's token, or another one."""
        token = self.csrf if csrf is None else csrf
        headers = {"X-CSRF-Token": token} if token else {}
        return self.client.request(method, f"{ROOM}{path}", json=body, headers=headers)

    def sign_in(self, login: str, password: str = PASSWORD, code: str | None = None) -> httpx.Response:
        typed = {"login": login, "password": password, "code": code}
        answer = self.client.post(f"{ROOM}/session", json={key: each for key, each in typed.items() if each})
        self.csrf = answer.json().get("csrf", "")
        return answer

    @property
    def token(self) -> str | None:
        return self.client.cookies.get(COOKIE)


@dataclass
class Browsers:
    """The centre's people and their browsers."""

    edges: Edges
    people: list[User] = field(default_factory=list)

    def person(
        self,
        *roles: UserRole,
        hospitals: Collection[HospitalId] | None = None,
        language: Language = Language.EN,
        first_password: bool = False,
        title: str = "主治医师",
    ) -> User:
        """Take somebody in, who has chosen a password already."""
        number = next(_NUMBERS)
        licence = Licence(f"1105{number:011}", "医学影像和放射治疗专业", title, None)
        if UserRole.HOSPITAL in roles and hospitals is None:
            hospitals = [self.edges.hospital().id]
        person = Person(
            f"user{number}", f"Person {number}", roles or (UserRole.RADIOLOGIST,), hospitals, language, licence
        )
        user, _ = add_user(self.edges.archive, Wall.operator(), person, PASSWORD)
        if not first_password:
            with self.edges.archive.write() as connection:
                connection.exec_driver_sql("UPDATE user SET must_change_password = 0 WHERE id = ?", (user.id,))
        self.people.append(user)
        return user

    def browser(self) -> Browser:
        """Somebody without a session."""
        return Browser(self.edges.client(None))

    def enrolled(self, *roles: UserRole, **more: Any) -> tuple[User, Browser, str]:
        """Somebody with a second factor at their browser, and its secret."""
        user = self.person(*roles, **more)
        browser = self.at(user)
        secret = browser.send("POST", "/session/totp").json()["secret"]
        answer = browser.send("PUT", "/session/totp", {"code": code_at(secret, step_at(time.time()))})
        assert answer.status_code == 200, answer.text
        browser.csrf = answer.json()["csrf"]
        return user, browser, secret

    def forget_codes(self, user: User) -> None:
        """Half a minute later: the code that was used is an old one."""
        with self.edges.archive.write() as connection:
            connection.exec_driver_sql("UPDATE user SET totp_step = totp_step - 10 WHERE id = ?", (user.id,))

    def at(self, user: User) -> Browser:
        """The browser of somebody who signed in."""
        browser = self.browser()
        assert browser.sign_in(user.login).status_code == 200
        return browser
