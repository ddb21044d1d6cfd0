"""What stands beside a finding: words to correct it with, its axes, and how such findings were judged of late."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from models.contract import (
    LUNG,
    MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
    NODULE,
    RIGHT,
    Axis,
    Finding,
    Grid,
    Presence,
    Reading,
    Segment,
    SeriesReading,
    SliceSource,
    Target,
)
from models.reading_file import write_reading
from service.archive.objects import object_name
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Language
from tests.people.browsers import Browser, Browsers
from tests.people.test_reading_page import LEFT as LEFT_CODE
from tests.people.test_reading_page import LUNG as LUNG_CODE
from tests.people.test_reading_page import NODULE as NODULE_CODE
from tests.people.test_reading_page import judge, mode, page, path
from tests.support.edges import Customer

LONG = Axis((-62.0, 10.0, -140.0), (-56.0, 18.0, -140.0), 10.0, 1)
SHORT = Axis((-62.0, 16.0, -140.0), (-56.0, 11.5, -140.0), 7.5, 1)


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


def tools(browser: Browser, study: Study) -> dict:
    answer = browser.get(path(study, "finding-tools"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def with_reading(browsers: Browsers, study: Study) -> str:
    """A study read by the package with one nodule, and the object of what it said."""
    analysis = browsers.edges.analysis(study)
    series = analysis.series_instance_uid or ""
    finding = Finding(
        number=1, concept=NODULE, category=MORPHOLOGICALLY_ABNORMAL_STRUCTURE, site=LUNG, laterality=RIGHT,
        presence=Presence.PRESENT, probability=0.9, center_mm=(-59.0, 14.0, -140.0), slice_index=1, long_axis=LONG,
        short_axis=SHORT, volume_mm3=90.0, mean_hu=-40.0, segment=Segment((1, 0, 0), np.ones((1, 2, 2), bool)),
    )  # fmt: skip
    grid = Grid((2, 16, 16), (0.0, 0.0, 0.0), (0.0, 0.0, 5.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
    sources = tuple(SliceSource("1.2.840.10008.5.1.4.1.1.2", f"1.2.3.{at}", None) for at in range(2))
    reading = Reading(Target(NODULE, LUNG), (finding,), 0.0, 0.0)
    content = write_reading(SeriesReading(reading, series, "1.2.9", grid, sources))
    name = object_name(hashlib.sha256(content).hexdigest(), "consilium.reading")
    browsers.edges.archive.objects.store(study.hospital, content, name)
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE analysis SET reading_object = ? WHERE id = ?", (name, analysis.id))
    return page_uid(browsers, study)


def page_uid(browsers: Browsers, study: Study) -> str:
    with browsers.edges.archive.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT f.tracking_uid FROM finding f JOIN analysis a ON a.id = f.analysis_id WHERE a.study_id = ?",
            (study.id,),
        )
        return str(found.scalars().first())


def signed(browsers: Browsers, reader: Browser, study: Study, days_ago: float = 0.0) -> None:
    """The report of a study, signed so long ago and judged just before: its rows say so, whoever signed."""
    body = {"edition": 0, "text": {"findings": "x"}, "language": "en"}
    assert reader.send("POST", path(study, "report"), body).status_code in {200, 201}
    with browsers.edges.archive.write() as connection:
        past_s = days_ago * 86_400
        connection.exec_driver_sql(
            "UPDATE report SET state = 'released', signed_at = (julianday('now') - 2440587.5) * 86400.0 - ?"
            " WHERE study_id = ?",
            (past_s, study.id),
        )
        for table, column in (("review_event", "at"), ("analysis", "ended_at")):
            connection.exec_driver_sql(
                f"UPDATE {table} SET {column} = {column} - ? WHERE study_id = ?", (past_s, study.id)
            )


def of_region(browsers: Browsers, hospital: Customer, body_part: str) -> Study:
    study = browsers.edges.study(hospital)
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE series SET body_part = ? WHERE study_id = ?", (body_part, study.id))
    return study


def record(browser: Browser, study: Study) -> dict:
    (found,) = tools(browser, study)["records"]
    return dict(found)


def test_types_and_places_to_choose_from_are_those_of_the_region(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    chest = tools(anna, of_region(browsers, hospital, "CHEST"))
    assert [each["text"] for each in chest["types"]][:3] == ["nodule", "mass", "ground-glass opacity"]
    places = {each["text"]: each for each in chest["places"]}
    assert places["right upper lobe of the lung"]["laterality"]["value"] == "24028007"
    assert places["middle lobe of the right lung"]["site"]["value"] == "72481006"
    assert "liver" not in places
    head = tools(anna, of_region(browsers, hospital, "HEAD"))
    assert head["types"][0]["text"] == "intracranial haemorrhage"
    silent = {each["text"] for each in tools(anna, of_region(browsers, hospital, ""))["places"]}
    assert {"liver", "left brain", "right upper lobe of the lung"} <= silent


def test_they_are_said_in_the_readers_language(browsers: Browsers, hospital: Customer) -> None:
    wei = browsers.at(browsers.person(hospitals=[hospital.id], language=Language.ZH_CN))
    said = tools(wei, of_region(browsers, hospital, "CHEST"))
    assert said["types"][0]["text"] == "结节"
    assert said["places"][0]["text"] == "右肺上叶"


def test_a_correction_begins_at_the_axes_the_package_drew(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = browsers.edges.study(hospital)
    uid = with_reading(browsers, study)
    (axes,) = tools(anna, study)["axes"]
    assert axes["tracking_uid"] == uid
    assert axes["long_axis"] == {"start_mm": [-62, 10, -140], "end_mm": [-56, 18, -140], "length_mm": 10}
    assert axes["short_axis"]["length_mm"] == 7.5
    mode(browsers, hospital, "second-reader")
    assert tools(anna, study)["axes"] == [], "nothing of a finding before it may be seen"


def test_what_the_package_said_stays_beside_what_the_reader_made_of_it(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study)
    (before,) = page(anna, study)["findings"]
    assert (before["long_axis"], before["proposed"]["long_axis_mm"]) == (None, 8.4)
    long = {"start_mm": [-62, 10, -140], "end_mm": [-56, 18, -140], "length_mm": 10}
    said = {"concept": NODULE_CODE, "site": LUNG_CODE, "laterality": LEFT_CODE, "long_axis": long, "note": "<b>x</b>"}
    after = judge(anna, study, before["tracking_uid"], "correct", said=said).json()["findings"][0]
    assert (after["place"], after["long_axis"], after["short_axis"], after["note"]) == (
        "left lung",
        long,
        None,
        "<b>x</b>",
    )
    assert after["proposed"] == before["proposed"]
    assert after["proposed"]["place"] == "right upper lobe of the lung"


@pytest.mark.parametrize(
    "axis",
    [
        {"start_mm": [0, 0, 0], "end_mm": [9, 0, 0], "length_mm": 12},
        {"start_mm": [0, 0, 0], "end_mm": [20_000, 0, 0], "length_mm": 900},
        {"start_mm": [0, 0], "end_mm": [9, 0, 0], "length_mm": 9},
    ],
)
def test_an_axis_that_is_not_as_long_as_it_is_drawn_is_refused(
    browsers: Browsers, hospital: Customer, anna: Browser, axis: dict
) -> None:
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study)
    said = {"concept": NODULE_CODE, "site": LUNG_CODE, "long_axis": axis}
    refused = judge(anna, study, page_uid(browsers, study), "correct", said=said)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-request")
    assert page(anna, study)["findings"][0]["state"]["word"] == "proposed"


def test_an_addition_that_is_taken_back_leaves_the_page_whole(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = browsers.edges.study(hospital)
    uid = "2.25.81"
    judge(anna, study, uid, "add", said={"concept": NODULE_CODE, "site": LUNG_CODE, "center_mm": [1, 2, 3]})
    assert [each["state"]["word"] for each in page(anna, study)["findings"]] == ["added"]
    assert judge(anna, study, uid, "undo").status_code == 200
    assert page(anna, study)["findings"] == []


def test_the_record_counts_what_was_judged_on_studies_signed_within_30_days(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    asked = browsers.edges.study(hospital)
    browsers.edges.analysis(asked)
    assert record(anna, asked) == {
        "package": "threshold_nodule", "version": record(anna, asked)["version"], "days": 30,
        "studies": 0, "judged": 0, "accepted": 0, "false_marks": 0,
    }  # fmt: skip
    for action, more, days_ago in (
        ("accept", {}, 1),
        ("reject", {"reason": "vessel"}, 2),
        ("doubt", {}, 3),
        ("reject", {"reason": "scar"}, 31),
    ):
        study = browsers.edges.study(hospital)
        browsers.edges.analysis(study)
        judge(anna, study, page_uid(browsers, study), action, **more)
        signed(browsers, anna, study, days_ago)
    empty = browsers.edges.study(hospital)
    browsers.edges.analysis(empty, AnalysisOutcome.NO_FINDING)
    signed(browsers, anna, empty)
    undone = browsers.edges.study(hospital)
    browsers.edges.analysis(undone)
    for action, more in (("accept", {}), ("reject", {"reason": "vessel"}), ("undo", {})):
        judge(anna, undone, page_uid(browsers, undone), action, **more)
    signed(browsers, anna, undone)
    counted = record(anna, asked)
    assert (counted["studies"], counted["judged"], counted["accepted"], counted["false_marks"]) == (5, 4, 2, 1)


def test_another_hospitals_judgements_are_not_counted(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    other = browsers.edges.hospital()
    ben = browsers.at(browsers.person(hospitals=[other.id]))
    elsewhere = browsers.edges.study(other)
    browsers.edges.analysis(elsewhere)
    judge(ben, elsewhere, page_uid(browsers, elsewhere), "accept")
    signed(browsers, ben, elsewhere)
    here = browsers.edges.study(hospital)
    browsers.edges.analysis(here)
    assert record(anna, here)["studies"] == 0
    assert record(ben, elsewhere)["studies"] == 1
    assert anna.get(path(elsewhere, "finding-tools")).json()["code"] == "not-found"


def test_the_lengths_of_these_axes_are_those_of_their_points() -> None:
    assert math.dist(LONG.start_mm, LONG.end_mm) == pytest.approx(LONG.length_mm)
    assert math.dist(SHORT.start_mm, SHORT.end_mm) == pytest.approx(SHORT.length_mm)


def test_findings_are_listed_by_risk_then_from_head_to_foot(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study, findings=4)
    with browsers.edges.archive.write() as connection:
        for number, long_mm, probability, z_mm in (
            (1, 4.0, 0.99, 0),
            (2, 9.0, 0.5, 0),
            (3, 9.0, 0.8, -90),
            (4, 9.0, 0.9, -80),
        ):
            connection.exec_driver_sql(
                "UPDATE finding SET long_axis_mm = ?, probability = ?, center_z_mm = ? WHERE number = ? AND analysis_id"
                " IN (SELECT id FROM analysis WHERE study_id = ?)",
                (long_mm, probability, z_mm, number, study.id),
            )
    judge(anna, study, "2.25.999", "add", said={"concept": NODULE_CODE, "site": LUNG_CODE, "center_mm": [1, 2, 3]})
    listed = page(anna, study)["findings"]
    assert [each["tracking_uid"] for each in listed] == ["2.25.4", "2.25.3", "2.25.2", "2.25.1", "2.25.999"]
    assert [each["number"] for each in listed] == [1, 2, 3, 4, 5]
