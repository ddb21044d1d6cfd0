"""Whether a person may sign, and with which key: what their own account says about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from service.access.reader_doors import ReaderDep
from service.api.room.shape import PREFIX, Shape
from service.api.room.users_shapes import LicenceView
from service.archive import signing_keys
from service.archive.signing_keys import SigningKey
from service.archive.store import Archive, now
from service.domain.licence import practice_day
from service.domain.user import Right

_GROUP: Final = 4


class KeyView(Shape):
    """The key a person signs with. fingerprint: SHA-256 of its public half, in groups to be compared by eye."""

    id: str
    fingerprint: str

    @classmethod
    def of(cls, key: SigningKey) -> KeyView:
        """From a key."""
        digest = hashlib.sha256(key.public_key).hexdigest()
        return cls(id=key.id, fingerprint=" ".join(digest[at : at + _GROUP] for at in range(0, len(digest), _GROUP)))


class SigningView(Shape):
    """How it stands with a person's signature today. may_release: whether a report is final by their name alone."""

    licence: LicenceView | None
    may_sign: bool
    may_release: bool
    key: KeyView | None


@dataclass(frozen=True, slots=True)
class SigningEndpoints:
    """A look at one's own signature."""

    archive: Archive

    def look(self, reader: ReaderDep) -> SigningView:
        """Certificate and key."""
        reader.require(Right.SIGN)
        user = reader.user
        with self.archive.read() as connection:
            today = practice_day(now(connection))
            key = signing_keys.of_user(connection, user.id)
        return SigningView(
            licence=None if user.licence is None else LicenceView.of(user.licence),
            may_sign=user.may_sign(today),
            may_release=user.may_release(today),
            key=None if key is None else KeyView.of(key),
        )


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operation of who signs."""
    router = APIRouter(prefix=PREFIX, tags=["signing"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/signing", SigningEndpoints(archive).look, methods=["GET"])
    return router
