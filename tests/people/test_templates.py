"""A report begins with the template meant for its examination; people keep their own, and nobody sees another's."""

from __future__ import annotations

from typing import Any

import pytest

from service.archive.studies import Study
from service.domain.hospital import Language
from service.domain.user import UserRole
from tests.people.browsers import Browser, Browsers
from tests.support.edges import Customer

SENIOR = UserRole.SENIOR_RADIOLOGIST


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def study(browsers: Browsers, hospital: Customer) -> Study:
    return browsers.edges.study(hospital)


def seated(
    browsers: Browsers, hospital: Customer | None, *roles: UserRole, language: Language = Language.EN
) -> Browser:
    where = None if hospital is None else [hospital.id]
    return browsers.at(browsers.person(*roles, hospitals=where, language=language))


def template(name: str, **more: Any) -> dict[str, Any]:
    text = {"findings": f"{name} {{findings|nothing}}", "impression": "{findings|normal}"}
    return {"kind": "template", "language": "en", "name": name, "text": text, **more}


def phrase(shortcut: str, words: str, **more: Any) -> dict[str, Any]:
    called = {"kind": "phrase", "language": "en", "name": words, "shortcut": shortcut}
    return {**called, "text": {"findings": words}, **more}


def offered(
    browser: Browser, study: Study, kind: str = "template", language: Language = Language.EN
) -> list[dict[str, Any]]:
    """What a report of this language can be written with."""
    answer = browser.get(f"/studies/{study.hospital}/{study.study_instance_uid}/templates")
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json()["templates"] if (each["kind"], each["language"]) == (kind, language)]


@pytest.mark.parametrize(
    ("language", "name"), [(Language.ZH_CN, "胸部 CT"), (Language.EN, "Chest CT")], ids=["zh-CN", "en"]
)
@pytest.mark.parametrize("readers", list(Language))
def test_a_chest_ct_begins_with_the_normal_report_in_the_reports_language_whatever_the_readers_is(
    browsers: Browsers, hospital: Customer, study: Study, language: Language, name: str, readers: Language
) -> None:
    reader = seated(browsers, hospital, language=readers)
    best = offered(reader, study, language=language)[0]
    assert (best["name"], best["origin"], best["may_change"]) == (name, "built-in", False)
    assert "{findings|" in best["text"]["findings"]
    assert offered(reader, study, "phrase", language), "phrases are there from the first day"


def test_ones_own_comes_before_the_hospitals_before_everybodys(
    browsers: Browsers, hospital: Customer, study: Study
) -> None:
    ben = seated(browsers, hospital, SENIOR)
    chief = seated(browsers, None, SENIOR)
    chest = {"modality": "CT", "body_part": "chest"}
    ben.send("POST", "/templates", template("own", **chest))
    ben.send("POST", "/templates", template("hospital", **chest, is_shared=True, hospital=hospital.id))
    shared = chief.send("POST", "/templates", template("everybody", **chest, is_shared=True)).json()
    names = [each["name"] for each in offered(ben, study) if each["name"] != "everybody" or each["id"] == shared["id"]]
    assert names[:4] == ["own", "hospital", "everybody", "Chest CT"]
    assert chief.send("DELETE", f"/templates/{shared['id']}").status_code == 204


def test_what_is_more_exactly_meant_comes_first_and_what_is_meant_for_others_not_at_all(
    browsers: Browsers, hospital: Customer, study: Study
) -> None:
    anna = seated(browsers, hospital)
    for each in (
        template("any"),
        template("ct", modality="CT"),
        template("mr", modality="MR"),
        template("head", body_part="head"),
        template("enhanced", modality="CT", body_part="chest", exam="enhanced"),
    ):
        assert anna.send("POST", "/templates", each).status_code == 201
    assert [each["name"] for each in offered(anna, study)] == ["Chest CT", "ct", "any"]


def test_a_private_template_is_nobody_elses(browsers: Browsers, hospital: Customer, study: Study) -> None:
    anna, ben = seated(browsers, hospital), seated(browsers, hospital, SENIOR)
    made = anna.send("POST", "/templates", phrase("mine", "My words.")).json()
    assert made["origin"] == "own"
    assert "mine" not in [each["shortcut"] for each in offered(ben, study, "phrase")]
    changed = {**phrase("mine", "Other words.")}
    for answer in (
        ben.send("PUT", f"/templates/{made['id']}", changed),
        ben.send("DELETE", f"/templates/{made['id']}"),
    ):
        assert answer.json()["code"] == "not-found"
    assert anna.send("PUT", f"/templates/{made['id']}", changed).json()["text"]["findings"] == "Other words."
    assert anna.send("DELETE", f"/templates/{made['id']}").status_code == 204
    assert "mine" not in [each["shortcut"] for each in offered(anna, study, "phrase")]
    assert made["id"] not in [each["id"] for each in anna.get("/templates").json()["templates"]]


def test_a_shared_template_is_a_senior_physicians_and_stays_at_its_hospital(
    browsers: Browsers, hospital: Customer, study: Study
) -> None:
    anna, ben = seated(browsers, hospital), seated(browsers, hospital, SENIOR)
    shared = {"is_shared": True, "hospital": hospital.id}
    assert anna.send("POST", "/templates", template("a", **shared)).json()["code"] == "forbidden"
    assert ben.send("POST", "/templates", template("b", is_shared=True)).json()["code"] == "forbidden"
    made = ben.send("POST", "/templates", template("c", **shared)).json()
    assert made["id"] in [each["id"] for each in offered(anna, study)]
    assert anna.send("PUT", f"/templates/{made['id']}", template("d")).json()["code"] == "forbidden"
    other = browsers.edges.hospital()
    stranger = seated(browsers, other, SENIOR)
    assert made["id"] not in [each["id"] for each in offered(stranger, browsers.edges.study(other))]
    assert stranger.send("DELETE", f"/templates/{made['id']}").json()["code"] == "not-found"
    assert stranger.send("POST", "/templates", template("e", **shared)).json()["code"] == "not-found"


def test_a_built_in_template_is_not_changed(browsers: Browsers, hospital: Customer, study: Study) -> None:
    ben = seated(browsers, hospital, SENIOR)
    built_in = offered(ben, study)[0]["id"]
    assert ben.send("DELETE", f"/templates/{built_in}").json()["code"] == "not-found"


@pytest.mark.parametrize(
    "broken",
    [
        template(" "),
        template("two\nlines"),
        template("exam", exam="chest\x07"),
        {**template("empty"), "text": {}},
        template("shortcut", shortcut="x"),
        phrase("", "no shortcut"),
        phrase("Große", "not small letters"),
        {**template("twice"), "text": {"findings": "{findings|a} {findings|b}"}},
        {**template("open"), "text": {"findings": "{findings|a"}},
        template("modality", modality="ct"),
        template("body part", body_part="soul"),
    ],
    ids=lambda each: str(each["name"]),
)
def test_what_cannot_be_used_is_not_kept_and_says_why(
    browsers: Browsers, hospital: Customer, broken: dict[str, Any]
) -> None:
    answer = seated(browsers, hospital).send("POST", "/templates", broken)
    assert answer.json()["code"] == "invalid-request"
    assert answer.json()["detail"]
