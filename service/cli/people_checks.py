"""What `consilium doctor` says of the people: who manages them, and what the paper says once somebody signs."""

from __future__ import annotations

from collections.abc import Iterator

from service.archive import users
from service.archive.store import Archive
from service.cli.check import Check
from service.domain.user import UserRole
from service.domain.wall import Wall
from service.settings import Settings


def people_checks(archive: Archive, settings: Settings) -> Iterator[Check]:
    """Whether somebody manages people, and whether reports name the centre."""
    yield from _managing(archive)
    yield from _letterhead(archive, settings)


def _managing(archive: Archive) -> Iterator[Check]:
    with archive.read() as connection:
        known = [
            each for each in users.everyone(connection, Wall.operator()) if not each.is_disabled and not each.is_demo
        ]
    managing = [each for each in known if UserRole.SECURITY_ADMIN in each.roles]
    yield Check(
        "people",
        not known or bool(managing),
        f"{len(known)} may sign in, {len(managing)} of them may manage people",
        "consilium user add --role security-admin --help",
    )


def _letterhead(archive: Archive, settings: Settings) -> Iterator[Check]:
    """What reports on paper say of the centre: its name and its practice licence, once somebody here signs any."""
    with archive.read() as connection:
        signing = [
            each
            for each in users.everyone(connection, Wall.operator())
            if not each.is_disabled and not each.is_demo and each.licence is not None
        ]
    unset = {
        "CONSILIUM_NAME": settings.name == Settings.model_fields["name"].default,
        "CONSILIUM_LICENCE_NUMBER": not settings.licence_number.strip(),
    }
    missing = [name for name, is_unset in unset.items() if is_unset]
    printed = f"{settings.name}, practice licence {settings.licence_number.strip() or 'not set: its line is left out'}"
    yield Check(
        "letterhead of reports",
        not (signing and missing),
        printed,
        f"set {' and '.join(missing)} and start the centre again",
    )
