"""The security administrator decides who gets in, and sees nothing else; nobody decides about themselves."""

from __future__ import annotations

import itertools

import pytest

from service.archive.tables import AUDIT
from service.domain.licence import IMAGING
from service.domain.user import ADMINISTRATORS, User, UserRole
from tests.people.browsers import PASSWORD, Browser, Browsers

OWN_PASSWORD = "four quiet words here"
_LOGINS = itertools.count(1)
LICENCE = {"number": "110511", "scope": "医学影像和放射治疗专业", "title": "主治医师", "until": "2031-05-01"}


@pytest.fixture(scope="module")
def security(browsers: Browsers) -> tuple[User, Browser]:
    user, browser, _ = browsers.enrolled(UserRole.SECURITY_ADMIN)
    return user, browser


@pytest.fixture
def sam(security: tuple[User, Browser]) -> Browser:
    return security[1]


def body(login: str, **more: object) -> dict[str, object]:
    return {"login": login, "name": "New", "roles": ["radiologist"], "hospitals": None, **more}


def acts_on(browsers: Browsers, user_id: str) -> list[tuple[str, str, dict]]:
    with browsers.edges.archive.read() as connection:
        rows = connection.execute(AUDIT.select().order_by(AUDIT.c.id)).all()
    return [(row.actor, row.action, row.detail) for row in rows if row.subject == user_id]


def test_somebody_taken_in_signs_in_with_the_password_shown_once(
    browsers: Browsers, security: tuple[User, Browser]
) -> None:
    admin, sam = security
    hospital = browsers.edges.hospital()
    answer = sam.send("POST", "/users", body("Li.Na", hospitals=[hospital.id], licence=LICENCE))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    signs = {"covers": sorted(IMAGING), "modalities": None, "sites": None}
    assert (made["user"]["login"], made["user"]["licence"]) == ("li.na", {**LICENCE, **signs})
    assert "first_password" not in sam.get("/users").text
    browser = browsers.browser()
    assert browser.sign_in("li.na", made["first_password"]).json()["needs"] == "new-password"
    changed = browser.send("PUT", "/session/password", {"old": made["first_password"], "new": OWN_PASSWORD}).json()
    assert [each["id"] for each in changed["hospitals"]] == [hospital.id]
    actor, action, detail = acts_on(browsers, made["user"]["id"])[0]
    assert (actor, action) == (f"user:{admin.id}", "user.add")
    assert detail == {"roles": "radiologist", "hospitals": hospital.id}


def test_everybody_is_listed_with_the_hospitals_there_are(browsers: Browsers, sam: Browser) -> None:
    hospital = browsers.edges.hospital()
    user = browsers.person(UserRole.SCIENTIST)
    said = sam.get("/users").json()
    (entry,) = [each for each in said["users"] if each["id"] == user.id]
    assert (entry["roles"], entry["is_disabled"], entry["has_second_factor"]) == (["scientist"], False, False)
    assert {"id": hospital.id, "name": hospital.name} in said["hospitals"]


@pytest.mark.parametrize("pair", list(itertools.combinations(sorted(UserRole), 2)), ids="+".join)
def test_roles_that_exclude_each_other_are_taken_from_nobody(
    browsers: Browsers, sam: Browser, pair: tuple[UserRole, UserRole]
) -> None:
    user = browsers.person()
    together = {UserRole.RADIOLOGIST, UserRole.SENIOR_RADIOLOGIST, UserRole.SCIENTIST}
    answer = sam.send("PATCH", f"/users/{user.id}", {"roles": list(pair)})
    assert (answer.status_code == 200) is (set(pair) <= together), answer.text


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (body("x"), 422),
        (body("two words"), 422),
        (body("fine.login", name="  "), 422),
        (body("fine.login", name="Li\x00"), 422),
        (body("fine.login", licence={"number": "1\n2"}), 422),
        (body("fine.login", roles=[]), 422),
        (body("fine.login", roles=["chief"]), 422),
        (body("fine.login", roles=["hospital"]), 422),
        (body("fine.login", hospitals=["h-of-nobody"]), 404),
        (body("fine.login", licence={"number": ""}), 422),
        (body("fine.login", licence={"number": "1", "until": "tomorrow"}), 422),
        (body("fine.login", password="chosen for them"), 422),
    ],
)
def test_what_cannot_be_is_refused_and_nobody_is_taken_in(
    browsers: Browsers, sam: Browser, asked: dict[str, object], status: int
) -> None:
    assert sam.send("POST", "/users", asked).status_code == status
    assert "fine.login" not in sam.get("/users").text


def test_a_login_name_is_one_persons(browsers: Browsers, sam: Browser) -> None:
    user = browsers.person()
    assert sam.send("POST", "/users", body(user.login.upper())).status_code == 422


def test_what_is_not_named_stays(browsers: Browsers, sam: Browser) -> None:
    hospital = browsers.edges.hospital()
    user = browsers.person(hospitals=[hospital.id])
    said = sam.send("PATCH", f"/users/{user.id}", {"name": "Another Name"}).json()
    assert (said["name"], said["hospitals"]) == ("Another Name", [hospital.id])
    assert said["licence"]["number"] == (user.licence.number if user.licence else None)
    said = sam.send("PATCH", f"/users/{user.id}", {"hospitals": None, "licence": None}).json()
    assert (said["hospitals"], said["licence"], said["name"]) == (None, None, "Another Name")


def test_a_change_of_access_ends_every_session_and_a_change_of_name_none(browsers: Browsers, sam: Browser) -> None:
    hospital, other = browsers.edges.hospital(), browsers.edges.hospital()
    user = browsers.person(hospitals=[hospital.id])
    browser = browsers.at(user)
    study = browsers.edges.study(hospital)
    page = f"/studies/{hospital.id}/{study.study_instance_uid}/reading"
    assert browser.get(page).status_code == 200
    sam.send("PATCH", f"/users/{user.id}", {"name": "Same Person"})
    assert browser.get(page).status_code == 200
    sam.send("PATCH", f"/users/{user.id}", {"hospitals": [other.id]})
    assert browser.get(page).json()["code"] == "session-missing"
    assert browsers.at(user).get(page).status_code == 404


def test_who_is_let_go_is_out_at_once_and_may_come_back(browsers: Browsers, sam: Browser) -> None:
    user = browsers.person()
    browser = browsers.at(user)
    assert sam.send("DELETE", f"/users/{user.id}/access").status_code == 204
    assert browser.get("/worklist").json()["code"] == "session-missing"
    assert browsers.browser().sign_in(user.login).status_code == 401
    assert sam.send("PUT", f"/users/{user.id}/access").status_code == 204
    assert browser.get("/worklist").status_code == 401, "the old session stays ended"
    assert browsers.browser().sign_in(user.login).status_code == 200


def test_who_lost_the_password_gets_a_first_one_and_keeps_the_second_factor(browsers: Browsers, sam: Browser) -> None:
    user, browser, _ = browsers.enrolled()
    password = sam.send("DELETE", f"/users/{user.id}/password").json()["first_password"]
    assert browser.get("/session").status_code == 401
    assert browsers.browser().sign_in(user.login).status_code == 401
    assert browsers.browser().sign_in(user.login, password).json()["needs"] == "code"


def test_who_lost_the_second_factor_enrols_another(browsers: Browsers, sam: Browser) -> None:
    user, browser, _ = browsers.enrolled(UserRole.SYSTEM_ADMIN)
    assert sam.send("DELETE", f"/users/{user.id}/second-factor").status_code == 204
    assert browser.get("/session").status_code == 401
    assert browsers.browser().sign_in(user.login).json()["needs"] == "totp-enrolment"


def test_nobody_changes_their_own_access(security: tuple[User, Browser]) -> None:
    admin, sam = security
    for method, rest, sent in (
        ("PATCH", "", {"name": "X"}),
        ("DELETE", "/access", None),
        ("PUT", "/access", None),
        ("DELETE", "/password", None),
        ("DELETE", "/second-factor", None),
    ):
        assert sam.send(method, f"/users/{admin.id}{rest}", sent).json()["code"] == "forbidden", (method, rest)
    assert sam.get("/session").status_code == 200


def test_somebody_who_is_not_there_is_not_found(sam: Browser) -> None:
    for method, rest in (("PATCH", ""), ("DELETE", "/access"), ("DELETE", "/password"), ("DELETE", "/second-factor")):
        assert sam.send(method, f"/users/nobody{rest}", {} if method == "PATCH" else None).status_code == 404


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_sees_no_patient_even_with_hospitals_given(browsers: Browsers, role: UserRole) -> None:
    hospital = browsers.edges.hospital()
    study = browsers.edges.study(hospital)
    browser = browsers.enrolled(role, hospitals=[hospital.id])[1]
    assert browser.get("/session").json()["hospitals"] == []
    for page in (f"/studies/{hospital.id}/{study.study_instance_uid}/reading", "/worklist"):
        assert browser.get(page).json()["code"] == "forbidden"
    images = browser.client.get(f"/dicom-web/h/{hospital.id}/studies")
    assert images.status_code in {403, 404}


def test_words_are_in_the_administrators_language(browsers: Browsers, sam: Browser) -> None:
    answer = sam.client.post(
        "/room/v1/users",
        json=body("fine.login", roles=["audit-admin", "system-admin"]),
        headers={"X-CSRF-Token": sam.csrf, "Accept-Language": "zh-CN"},
    )
    assert answer.json()["detail"].startswith("角色冲突")


def test_an_administrator_signs_in_with_the_code_every_time(browsers: Browsers) -> None:
    user, _, _ = browsers.enrolled(UserRole.AUDIT_ADMIN)
    assert browsers.browser().sign_in(user.login, PASSWORD).json()["needs"] == "code"


def test_where_somebody_is_signed_in_is_shown_and_ended_without_letting_them_go(
    browsers: Browsers, security: tuple[User, Browser]
) -> None:
    admin, sam = security
    user = browsers.person()
    browser = browsers.at(user)
    (shown,) = sam.get(f"/users/{user.id}/sessions").json()["sessions"]
    assert (shown["address"], shown["locked"]) == ("127.0.0.1", False)

    assert sam.send("DELETE", f"/users/{user.id}/sessions").status_code == 204

    assert browser.get("/worklist").status_code == 401
    assert sam.get(f"/users/{user.id}/sessions").json()["sessions"] == []
    assert browsers.browser().sign_in(user.login).status_code == 200
    assert (f"user:{admin.id}", "user.sessions-end", {}) in acts_on(browsers, user.id)
    assert sam.send("DELETE", f"/users/{admin.id}/sessions").json()["code"] == "forbidden"
    assert sam.get("/users/nobody/sessions").status_code == 404


def holding(number: str) -> dict[str, object]:
    return {**LICENCE, "number": number}


@pytest.mark.parametrize("typed", ["110599A01", " 110599a01", "１１０５９９A01", "1105 99A 01"])
def test_a_practice_certificate_is_one_accounts_however_its_number_is_typed(
    browsers: Browsers, sam: Browser, typed: str
) -> None:
    login = f"holder.{next(_LOGINS)}"
    first = sam.send("POST", "/users", body(login, licence=holding("110599A01"))).json()["user"]["id"]
    other = browsers.person()

    added = sam.send("POST", "/users", body(f"{login}.again", licence=holding(typed)))
    assert (added.status_code, "certificate number" in added.json()["detail"]) == (422, True), added.text
    assert sam.send("PATCH", f"/users/{other.id}", {"licence": holding(typed)}).status_code == 422
    assert f"{login}.again" not in sam.get("/users").text
    assert sam.send("PATCH", f"/users/{first}", {"licence": holding(typed)}).status_code == 200, "it is their own"
    sam.send("DELETE", f"/users/{first}/access")


def test_the_certificate_of_who_left_is_free_until_they_come_back(sam: Browser) -> None:
    login = f"holder.{next(_LOGINS)}"
    left = sam.send("POST", "/users", body(login, licence=holding("110599B01"))).json()["user"]["id"]
    sam.send("DELETE", f"/users/{left}/access")
    assert sam.send("POST", "/users", body(f"{login}.new", licence=holding("110599B01"))).status_code == 201
    assert sam.send("PUT", f"/users/{left}/access").status_code == 422


def test_two_accounts_that_share_a_certificate_from_before_can_still_be_changed(
    browsers: Browsers, sam: Browser
) -> None:
    one, other = browsers.person(), browsers.person()
    with browsers.edges.archive.write() as connection:
        shared = "UPDATE user SET licence_number = '110599C01' WHERE id IN (?, ?)"
        connection.exec_driver_sql(shared, (one.id, other.id))
    assert sam.send("PATCH", f"/users/{one.id}", {"name": "Renamed"}).status_code == 200
    assert sam.send("PATCH", f"/users/{one.id}", {"licence": holding("110599C02")}).status_code == 200
    assert sam.send("PATCH", f"/users/{one.id}", {"licence": holding("110599C01")}).status_code == 422
