"""The system administrator at their browser, and a look at what is on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from service.archive.tables import AUDIT
from service.domain.hospital import Language
from service.domain.user import User, UserRole
from tests.people.browsers import Browser, Browsers


def administrator(browsers: Browsers, language: Language = Language.EN) -> tuple[User, Browser]:
    """Somebody who sets up the centre."""
    user, browser, _ = browsers.enrolled(UserRole.SYSTEM_ADMIN, language=language)
    return user, browser


def ok(answer: httpx.Response) -> Any:
    """The body of an answer that is no problem."""
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


@contextmanager
def on_record(browsers: Browsers) -> Iterator[list[tuple[str, str, str | None, dict]]]:
    """What is put on record meanwhile: actor, action, hospital, detail."""
    found: list[tuple[str, str, str | None, dict]] = []
    with browsers.edges.archive.read() as connection:
        before = len(connection.execute(AUDIT.select()).all())
    yield found
    with browsers.edges.archive.read() as connection:
        rows = connection.execute(AUDIT.select().order_by(AUDIT.c.id)).all()
    found += [(row.actor, row.action, row.hospital_id, row.detail) for row in rows[before:]]
