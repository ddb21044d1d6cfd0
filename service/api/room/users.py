"""People over HTTP, for the security administrator: take in, describe anew, let go, give access back to who lost it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from fastapi.routing import APIRoute

from models.manifest import Text
from service.access import people
from service.access.people import CertificateTaken, NoHospital, NoName, OwnAccount, Person
from service.access.problems import FORBIDDEN, INVALID_REQUEST, Problem, not_found
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.shape import PREFIX, Named
from service.api.room.users_shapes import (
    FirstPassword,
    NewUserBody,
    OpenSession,
    OpenSessions,
    PersonView,
    TakenIn,
    UserBody,
    UsersView,
)
from service.archive import hospitals, users
from service.archive.hospitals import UnknownHospital
from service.archive.store import Archive
from service.archive.users import LoginTaken, NoSuchUser
from service.domain.user import BadLogin, NotOneLine, Right, RolesExclude, ScopeUnknown, User, UserFault, WeakPassword
from service.domain.wall import HospitalId, Wall

UserPath = Annotated[str, Path(max_length=32)]
_USER: Final = Text(zh="用户", en="user")
_FAULTS: Final = {
    RolesExclude: (
        INVALID_REQUEST,
        Text(
            zh="角色冲突：三类管理员互斥，且不得兼任其他角色；医院用户不得兼任中心角色。",
            en="These roles exclude each other: an administrator has no other role, nor has somebody of a hospital.",
        ),
    ),
    BadLogin: (
        INVALID_REQUEST,
        Text(
            zh="用户名为 2 至 64 个字母、数字或 . @ - _。", en="A login name has 2 to 64 letters, digits, . @ - or _."
        ),
    ),
    LoginTaken: (INVALID_REQUEST, Text(zh="用户名已被使用。", en="Somebody has this login name; choose another.")),
    CertificateTaken: (
        INVALID_REQUEST,
        Text(
            zh="该执业证书编号已用于另一个有效账户：请核对编号，或先停用那个账户。",
            en="Another active account has this certificate number: check it, or disable that account first.",
        ),
    ),
    ScopeUnknown: (
        INVALID_REQUEST,
        Text(
            zh="执业范围须按证书填写（如“医学影像和放射治疗专业”），或逐项列出可签发的检查类型（如 CT、MR）。",
            en="Write the scope as on the certificate (“diagnostic radiology”), or name the modalities it covers.",
        ),
    ),
    NotOneLine: (
        INVALID_REQUEST,
        Text(zh="证书各项不得含控制字符。", en="A certificate's texts must have no control characters."),
    ),
    WeakPassword: (INVALID_REQUEST, Text(zh="密码过于简单。", en="The password is too easily guessed.")),
    NoName: (INVALID_REQUEST, Text(zh="请填写姓名。", en="Say the person's name.")),
    NoHospital: (INVALID_REQUEST, Text(zh="请为医院用户指定医院。", en="Name the hospital of somebody of a hospital.")),
    OwnAccount: (
        FORBIDDEN,
        Text(zh="不能更改自己的权限，请由其他管理员操作。", en="Another administrator has to change your own access."),
    ),
}


@dataclass(frozen=True, slots=True)
class UserEndpoints:
    """Everything about who may sign in."""

    archive: Archive

    def everyone(self, reader: ReaderDep) -> UsersView:
        """Everybody, and the hospitals they can be given."""
        wall = _wall(reader)
        with self.archive.read() as connection:
            known, named = users.everyone(connection, wall), hospitals.names(connection, wall)
        return UsersView(
            users=tuple(PersonView.of(each) for each in known),
            hospitals=tuple(Named(id=key, name=name) for key, name in named.items()),
        )

    def add(self, reader: ReaderDep, body: NewUserBody) -> TakenIn:
        """Take somebody in; the first password is in this answer and nowhere else."""
        person = Person(
            login=body.login,
            name=body.name,
            roles=body.roles,
            hospitals=None if body.hospitals is None else tuple(HospitalId(each) for each in body.hospitals),
            language=body.language,
            licence=None if body.licence is None else body.licence.licence(),
        )
        with _told():
            user, password = people.add_user(self.archive, _wall(reader), person)
        return TakenIn(user=PersonView.of(user), first_password=password)

    def change(self, reader: ReaderDep, user: UserPath, body: UserBody) -> PersonView:
        """Describe somebody anew: what the body does not name stays."""
        with _told():
            return PersonView.of(people.change(self.archive, _wall(reader), user, lambda known: _altered(known, body)))

    def disable(self, reader: ReaderDep, user: UserPath) -> Response:
        """Let somebody in no more, from this moment."""
        with _told():
            people.disable(self.archive, _wall(reader), user)
        return Response(status_code=204)

    def enable(self, reader: ReaderDep, user: UserPath) -> Response:
        """Let somebody in again."""
        with _told():
            people.enable(self.archive, _wall(reader), user)
        return Response(status_code=204)

    def reset_password(self, reader: ReaderDep, user: UserPath) -> FirstPassword:
        """A first password for who lost theirs; their signing key retires with the old one."""
        with _told():
            return FirstPassword(first_password=people.new_password(self.archive, _wall(reader), user))

    def open_sessions(self, reader: ReaderDep, user: UserPath) -> OpenSessions:
        """Where somebody is signed in now."""
        with _told():
            found = people.open_sessions(self.archive, _wall(reader), user)
        return OpenSessions(sessions=tuple(OpenSession.of(each) for each in found))

    def end_sessions(self, reader: ReaderDep, user: UserPath) -> Response:
        """Have somebody sign in anew, at every browser."""
        with _told():
            people.end_sessions(self.archive, _wall(reader), user)
        return Response(status_code=204)

    def reset_second_factor(self, reader: ReaderDep, user: UserPath) -> Response:
        """Take the second factor away from who lost it; an administrator has to enrol another one."""
        with _told():
            people.forget_second_factor(self.archive, _wall(reader), user)
        return Response(status_code=204)


def _altered(known: User, body: UserBody) -> User:
    said = body.model_fields_set
    return replace(
        known,
        name=known.name if body.name is None else body.name.strip(),
        roles=known.roles if body.roles is None else frozenset(body.roles),
        language=known.language if body.language is None else body.language,
        hospitals=_seen(body.hospitals) if "hospitals" in said else known.hospitals,
        licence=(None if body.licence is None else body.licence.licence()) if "licence" in said else known.licence,
    )


def _seen(ids: tuple[str, ...] | None) -> frozenset[HospitalId] | None:
    return None if ids is None else frozenset(HospitalId(each) for each in ids)


def _wall(reader: Reader) -> Wall:
    reader.require(Right.MANAGE_USERS)
    return Wall.security(reader.user.id)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except NoSuchUser as fault:
        raise not_found(_USER) from fault
    except UnknownHospital as fault:
        raise not_found(Text(zh="医院", en="hospital")) from fault
    except UserFault as fault:
        kind, detail = _FAULTS[type(fault)]
        raise Problem(kind, detail) from fault


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations of the security administrator."""
    endpoints = UserEndpoints(archive)
    router = APIRouter(prefix=f"{PREFIX}/users", tags=["users"], route_class=route_class, include_in_schema=False)
    router.add_api_route("", endpoints.everyone, methods=["GET"])
    router.add_api_route("", endpoints.add, methods=["POST"], status_code=201)
    router.add_api_route("/{user}", endpoints.change, methods=["PATCH"])
    router.add_api_route("/{user}/access", endpoints.disable, methods=["DELETE"], status_code=204)
    router.add_api_route("/{user}/access", endpoints.enable, methods=["PUT"], status_code=204)
    router.add_api_route("/{user}/password", endpoints.reset_password, methods=["DELETE"])
    router.add_api_route("/{user}/sessions", endpoints.open_sessions, methods=["GET"])
    router.add_api_route("/{user}/sessions", endpoints.end_sessions, methods=["DELETE"], status_code=204)
    router.add_api_route("/{user}/second-factor", endpoints.reset_second_factor, methods=["DELETE"], status_code=204)
    return router
