"""How the reader wants examinations to be hung is kept with the reader: at any workstation, for nobody else."""

from __future__ import annotations

import pytest

from service.archive.studies import Study
from tests.people.browsers import Browser, Browsers
from tests.people.test_reading_page import path
from tests.support.edges import Customer
from tests.support.series import ct_slice

NOW, BEFORE = "20261128", "20260601"


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


def taken(browsers: Browsers, hospital: Customer, number: int, study_date: str, *names: str, patient: str) -> Study:
    study_uid = f"1.2.826.0.1.77.{number}"
    for at, name in enumerate(names):
        for index in range(3):
            made = ct_slice(
                study_uid=study_uid, series_uid=f"{study_uid}.{at}", index=index, size=16, patient_id=patient
            )
            made.StudyDate, made.SeriesDescription, made.SeriesNumber = study_date, name, at + 1
            browsers.edges.receive(hospital, made)
    return browsers.edges.row(hospital, study_uid)


def hanging(browser: Browser, study: Study) -> dict:
    answer = browser.get(path(study, "hanging"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def series(view: dict) -> list[str | None]:
    return [None if each is None else each["series_instance_uid"] for each in view["places"]]


def test_a_chest_ct_hangs_beside_its_prior_and_alone_where_there_is_none(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    prior = taken(browsers, hospital, 1, BEFORE, "Soft 5", "Lung 1", patient="P-1")
    study = taken(browsers, hospital, 2, NOW, "Soft 5", "Lung 1", patient="P-1")
    alone = taken(browsers, hospital, 3, NOW, "Soft 5", patient="P-2")
    view = hanging(anna, study)
    assert (view["layout"], view["is_own"], view["kind"]) == ("1x2", False, {"modality": "CT", "region": "chest"})
    assert series(view) == [f"{study.study_instance_uid}.1", f"{prior.study_instance_uid}.1"]
    assert [each["window"] for each in view["places"]] == [{"centre": -600, "width": 1500}] * 2
    assert (hanging(anna, alone)["layout"], series(hanging(anna, alone))) == ("1x1", [f"{alone.study_instance_uid}.0"])


def test_what_a_reader_saves_holds_for_the_next_examination_of_the_kind_and_for_nobody_else(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = taken(browsers, hospital, 4, NOW, "Soft 5", "Lung 1", patient="P-4")
    next_one = taken(browsers, hospital, 5, NOW, "Lung 1", "Bone 1", "Soft 5", patient="P-5")
    uid = study.study_instance_uid
    place = {"study_instance_uid": uid, "series_instance_uid": f"{uid}.0", "window": {"centre": 50, "width": 350}}
    body = {"layout": "1x2", "is_linked": False, "places": [place, {**place, "series_instance_uid": f"{uid}.1"}]}
    answer = anna.send("PUT", path(study, "hanging"), body)
    assert (answer.status_code, answer.json()["is_own"]) == (200, True)

    view = hanging(anna, next_one)
    assert (view["layout"], view["is_linked"], view["is_own"]) == ("1x2", False, True)
    assert series(view) == [f"{next_one.study_instance_uid}.2", f"{next_one.study_instance_uid}.0"]
    assert view["places"][0]["window"] == {"centre": 50, "width": 350}
    bert = browsers.at(browsers.person(hospitals=[hospital.id]))
    assert hanging(bert, next_one)["is_own"] is False

    back = anna.send("DELETE", path(next_one, "hanging"))
    assert (back.status_code, back.json()["is_own"], back.json()["layout"]) == (200, False, "1x1")
    assert hanging(anna, study)["is_own"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"layout": "3x3"},
        {"places": []},
        {"places": [None]},
        {"layout": "1x2"},
        {"places": [{"study_instance_uid": "1", "series_instance_uid": "x"}]},
    ],
)
def test_what_is_no_layout_is_refused_in_words(
    browsers: Browsers, hospital: Customer, anna: Browser, wrong: dict[str, object]
) -> None:
    study = taken(browsers, hospital, 6, NOW, "Soft 5", patient="P-6")
    uid = study.study_instance_uid
    whole = {
        "layout": "1x1",
        "is_linked": True,
        "places": [{"study_instance_uid": uid, "series_instance_uid": f"{uid}.0"}],
    }
    assert anna.send("PUT", path(study, "hanging"), whole).status_code == 200
    answer = anna.send("PUT", path(study, "hanging"), {**whole, **wrong})
    assert answer.json()["code"] == "invalid-request", answer.text


def test_another_hospitals_study_is_not_there(browsers: Browsers, hospital: Customer) -> None:
    study = taken(browsers, hospital, 7, NOW, "Soft 5", patient="P-7")
    stranger = browsers.at(browsers.person(hospitals=[browsers.edges.hospital().id]))
    assert stranger.get(path(study, "hanging")).status_code == 404
