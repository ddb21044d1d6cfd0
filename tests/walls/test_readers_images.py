"""A reader's images: every route of `/dicom-web/h/{hospital}` opens for the right session and hospital only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from service.domain.user import UserRole
from tests.people.browsers import Browsers
from tests.support.edges import Customer, Edges
from tests.support.series import ct_slice
from tests.walls.test_walls import DICOMWEB, paths_of

ROOT = "/dicom-web/h/{hospital}"
ROUTES = tuple(path.replace("/dicom-web", ROOT, 1) for path in DICOMWEB)
SEARCHES = tuple(path for path in ROUTES if path.rpartition("/")[2] in {"studies", "series", "instances"})
STORES = (f"{ROOT}/studies", f"{ROOT}/studies/{{study}}")
SECRET = "SECRETOF"


@dataclass(frozen=True)
class Held:
    """A hospital and what it holds, by the names of the routes."""

    customer: Customer
    names: dict[str, str]

    def path(self, route: str, hospital: Customer | None = None) -> str:
        """A route to what is held, asked for at this hospital or another one."""
        names = {**self.names, "hospital": (hospital or self.customer).id}
        return re.sub(r"\{(\w+)\}", lambda match: names[match[1]], route)


def held(edges: Edges, study: str) -> Held:
    customer = edges.hospital()
    image = ct_slice(study_uid=study, series_uid=f"{study}.1", index=0, size=16, patient_id=f"{SECRET}{customer.id}")
    image.SeriesDescription = f"{SECRET}{customer.id}"
    edges.receive(customer, image)
    names = {"study": study, "series": f"{study}.1", "instance": str(image.SOPInstanceUID)}
    return Held(customer, {**names, "path": "7FE00010", "frames": "1", "frame": "1"})


@pytest.fixture(scope="module")
def rooms(edges: Edges) -> tuple[Held, Held]:
    """Two hospitals, a study each."""
    return held(edges, "1.2.826.0.1.3680043.10.1561.78.1"), held(edges, "1.2.826.0.1.3680043.10.1561.78.2")


@pytest.fixture
def browsers(edges: Edges) -> Browsers:
    return Browsers(edges)


def readers(browsers: Browsers, *hospitals: Held, role: UserRole = UserRole.RADIOLOGIST) -> httpx.Client:
    return browsers.at(browsers.person(role, hospitals=[each.customer.id for each in hospitals])).client


def answers(client: httpx.Client, mine: Held, hospital: Customer | None = None) -> Iterator[tuple[str, httpx.Response]]:
    for route in ROUTES:
        yield route, client.get(mine.path(route, hospital))


def test_the_walk_knows_every_route(edges: Edges) -> None:
    routed = {re.sub(r"\{(\w+):path\}", r"{\1}", path) for path in paths_of(edges)}

    assert {path for path in routed if path.startswith("/dicom-web/h/")} == {*ROUTES, *STORES}


def test_a_reader_of_the_hospital_is_answered_everywhere(browsers: Browsers, rooms: tuple[Held, Held]) -> None:
    anna = readers(browsers, rooms[0])

    assert {route: answer.status_code for route, answer in answers(anna, rooms[0])} == dict.fromkeys(ROUTES, 200)


def test_another_hospitals_study_by_url_is_not_there(browsers: Browsers, rooms: tuple[Held, Held]) -> None:
    mine, theirs = rooms
    anna = readers(browsers, mine)

    for route, answer in answers(anna, theirs):
        assert answer.status_code == 404, ("at its own hospital", route)
        assert SECRET not in answer.text
    for route, answer in answers(anna, theirs, mine.customer):
        expected = {200} if "{study}" not in route else {404}
        assert answer.status_code in expected, ("at the reader's hospital", route)
        assert theirs.customer.id not in answer.text, route


def test_a_hospital_that_does_not_exist_looks_like_another_ones(browsers: Browsers, rooms: tuple[Held, Held]) -> None:
    mine, theirs = rooms
    anna = readers(browsers, mine)
    nobody = Held(Customer(theirs.customer.id[:-4] + "0000", "", "", None), mine.names)  # type: ignore[arg-type]

    def said(answer: httpx.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["detail"]

    for route in ROUTES:
        assert said(anna.get(nobody.path(route))) == said(anna.get(theirs.path(route))), route


def test_who_reads_for_two_hospitals_gets_of_each_what_is_its_own(browsers: Browsers, rooms: tuple[Held, Held]) -> None:
    both = readers(browsers, *rooms)

    for mine, theirs in (rooms, rooms[::-1]):
        for route, answer in answers(both, mine):
            assert answer.status_code == 200, route
            assert theirs.customer.id not in answer.text, route
        for route, answer in answers(both, theirs, mine.customer):
            assert answer.status_code == (404 if "{study}" in route else 200), route


def test_without_a_session_with_a_key_locked_or_signed_out_nothing_is_shown(
    edges: Edges, browsers: Browsers, rooms: tuple[Held, Held]
) -> None:
    mine, _ = rooms
    for client in (edges.client(None), edges.client(mine.customer)):
        assert {answer.status_code for _, answer in answers(client, mine)} == {401}
    anna = browsers.at(browsers.person(hospitals=[mine.customer.id]))
    assert {answer.status_code for _, answer in answers(anna.client, mine)} == {200}

    anna.send("POST", "/session/lock")
    assert {answer.status_code for _, answer in answers(anna.client, mine)} == {423}

    cookies = dict(anna.client.cookies)
    anna.send("DELETE", "/session")
    anna.client.cookies.update(cookies)
    assert {answer.status_code for _, answer in answers(anna.client, mine)} == {401}


@pytest.mark.parametrize("role", [UserRole.SCIENTIST, UserRole.SYSTEM_ADMIN])
def test_roles_that_read_no_studies_are_shown_none(
    browsers: Browsers, rooms: tuple[Held, Held], role: UserRole
) -> None:
    if role is UserRole.SYSTEM_ADMIN:
        _, browser, _ = browsers.enrolled(role)
        client = browser.client
    else:
        client = readers(browsers, rooms[0], role=role)

    assert {answer.status_code for _, answer in answers(client, rooms[0])} <= {403, 404}


def test_storing_needs_the_sessions_own_page_and_hospital(browsers: Browsers, rooms: tuple[Held, Held]) -> None:
    mine, theirs = rooms
    anna = browsers.at(browsers.person(hospitals=[mine.customer.id]))

    for route in STORES:
        assert anna.client.post(mine.path(route)).status_code == 403, "no token of the session"
        token = {"X-CSRF-Token": anna.csrf}
        assert anna.client.post(theirs.path(route), headers=token).status_code == 404
        assert anna.client.post(mine.path(route), headers=token).status_code == 415, "let in, and nothing sent"
