"""A data scientist sees how packages do on signed studies and where readers disagreed, and nobody's identity."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.domain.user import UserRole
from tests.people.browsers import Browsers
from tests.people.exploring import EFFUSION, MASS, People, Ward, said
from tests.people.test_reading_page import NODULE, judge, mode, path


@pytest.fixture(scope="module")
def people(browsers: Browsers) -> People:
    return People.of(browsers)


@pytest.fixture
def ward(browsers: Browsers, people: People) -> Ward:
    return Ward.of(browsers, people)


def of_groups(tallies: list[dict[str, Any]], *names: str) -> dict[str, tuple[Any, ...]]:
    return {each["group"]: tuple(each[name] for name in names) for each in tallies}


def test_what_became_of_each_finding_of_a_package_is_counted(ward: Ward) -> None:
    ward.done("accept")
    ward.done("reject", reason="vessel")
    ward.done("reject", reason="scar")
    ward.done("correct", said=said(12.0))
    ward.done("doubt")
    missed = ward.read(findings=2, maker="Other")
    ward.judged(missed, "accept")
    ward.judged(missed, "add", "2.25.901", said=said(4.0))
    ward.judged(missed, "add", "2.25.902", said=said(30.0, EFFUSION))
    ward.signed(missed)
    ward.judged(ward.read(), "accept")  # nobody signed that one
    record = ward.record()
    total = record["total"]
    names = ("studies", "proposed", "judged", "accepted", "corrected", "false_marks", "uncertain", "unjudged", "added")
    assert {name: total[name] for name in names} == {
        "studies": 6, "proposed": 7, "judged": 6, "accepted": 2, "corrected": 1, "false_marks": 2, "uncertain": 1,
        "unjudged": 1, "added": 1,
    }  # fmt: skip
    assert record["rejected"] == {"vessel": 1, "scar": 1}
    sizes = of_groups(record["by_size"], "proposed", "false_marks", "added", "studies")
    assert sizes == {"below-6": (0, 0, 1, 6), "6-to-10": (7, 2, 0, 6)}, "the package's measure, else the reader's"
    makers = of_groups(record["by_manufacturer"], "studies", "proposed", "added")
    assert makers == {"ACME": (5, 5, 0), "OTHER": (1, 2, 1)}
    assert of_groups(record["by_mode"], "studies", "judged", "unjudged") == {"concurrent": (None, 6, 0)}


def test_a_few_findings_are_told_as_counts_and_many_with_their_interval(ward: Ward) -> None:
    for study_findings in (19, 1):
        study = ward.read(findings=study_findings)
        for number in range(1, study_findings + 1):
            reject = number > 17 and study_findings == 19
            ward.judged(
                study, "reject" if reject else "accept", f"2.25.{number}", **({"reason": "other"} if reject else {})
            )
        ward.signed(study)
        if study_findings == 19:
            assert ward.record()["total"]["accepted_share"] is None
    share = ward.record()["total"]["accepted_share"]
    assert (share["value"], round(share["low"], 4), round(share["high"], 4)) == (0.9, 0.6990, 0.9721)
    assert ward.asked("record")["least_for_a_share"] == 20


def test_the_promise_of_the_card_stands_beside_it(ward: Ward) -> None:
    ward.done("accept")
    record = ward.record()
    manifest = ward.browsers.edges.catalogue.available()["threshold_nodule"].manifest
    (promised,) = record["promises"]
    point = manifest.outputs[0].operating_point
    assert promised["sensitivity"] == point.sensitivity.model_dump()
    assert promised["false_positives_per_scan"]["value"] == point.false_positives_per_scan.value
    assert len(record["figures"]) == len(manifest.evaluation)


def test_the_period_is_that_of_the_signature(ward: Ward) -> None:
    ward.done("accept", days_ago=40)
    ward.done("reject", reason="vessel", days_ago=2)
    now = datetime.now(UTC)
    ten_days_ago = (now - timedelta(days=10)).isoformat()
    assert ward.record(since=ten_days_ago)["total"]["false_marks"] == 1
    assert ward.record(since=ten_days_ago)["total"]["accepted"] == 0
    assert ward.record(until=ten_days_ago)["total"]["accepted"] == 1
    assert ward.record()["total"]["studies"] == 2
    assert (ward.rows(until=ten_days_ago), len(ward.rows(since=ten_days_ago))) == ([], 1)
    refused = ward.scientist.get("/explore/record", since="yesterday")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-request")


def test_an_amendment_counts_when_it_is_signed(ward: Ward) -> None:
    study = ward.done("accept")
    begun = ward.reader.send("POST", path(study, "report"), {"edition": 0, "text": {"findings": "y"}, "language": "en"})
    assert begun.status_code in {200, 201}, begun.text
    ward.judged(study, "reject", reason="vessel")
    assert (ward.record()["total"]["accepted"], ward.rows()) == (1, [])
    with ward.browsers.edges.archive.write() as connection:
        for state, version in (("amended", 1), ("released", 2)):
            connection.exec_driver_sql(
                "UPDATE report SET state = ?, signed_at = (julianday('now') - 2440587.5) * 86400.0"
                " WHERE study_id = ? AND version = ?",
                (state, study.id, version),
            )
    assert ward.record()["total"]["studies"] == 1
    assert (ward.record()["total"]["accepted"], [each["kind"] for each in ward.rows()]) == (0, ["rejected"])


def test_what_was_judged_in_an_amendment_that_was_given_up_does_not_count(ward: Ward) -> None:
    study = ward.done("accept")
    text = {"edition": 0, "text": {"findings": "y"}, "language": "en"}
    begun = ward.reader.send("POST", path(study, "report"), text).json()["report"]
    ward.judged(study, "reject", reason="vessel")
    ward.judged(study, "add", "2.25.901", said=said(4.0))
    given_up = ward.reader.send("POST", path(study, "report/discard"), {"edition": begun["edition"]})
    assert [each["state"]["word"] for each in given_up.json()["findings"]] == ["accepted"]

    assert ward.reader.send("POST", path(study, "report"), text).status_code in {200, 201}
    with ward.browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "UPDATE report SET state = 'amended' WHERE study_id = ? AND version = 1", (study.id,)
        )
        connection.exec_driver_sql(
            "UPDATE report SET state = 'released', signed_at = (julianday('now') - 2440587.5) * 86400.0"
            " WHERE study_id = ? AND version = 3",
            (study.id,),
        )
    total = ward.record()["total"]
    assert (total["accepted"], total["false_marks"], total["added"], ward.rows()) == (1, 0, 0, [])


def test_no_page_gives_a_judgement_up_without_its_amendment(ward: Ward) -> None:
    study = ward.read()
    ward.judged(study, "accept")
    refused = judge(ward.reader, study, "2.25.1", "amendment-given-up")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")


def test_what_no_signature_stands_for_does_not_count(ward: Ward) -> None:
    study = ward.done("reject", reason="vessel")
    for state in ("withdrawn", "recalled", "returned", "draft"):
        with ward.browsers.edges.archive.write() as connection:
            connection.exec_driver_sql("UPDATE report SET state = ? WHERE study_id = ?", (state, study.id))
        assert (ward.asked("record")["packages"], ward.rows()) == ([], []), state


def test_what_a_package_says_after_the_signature_takes_nothing_from_what_was_read(ward: Ward) -> None:
    study = ward.done("reject", reason="vessel")
    ward.browsers.edges.analysis(study, findings=3)
    assert (ward.record()["total"]["proposed"], ward.record()["total"]["false_marks"]) == (1, 1)
    assert len(ward.rows()) == 1


CORRECTIONS = [
    *((6.0, 7.5, NODULE, None), (6.0, 7.6, NODULE, "remeasured"), (6.0, 4.5, NODULE, None)),
    *((6.0, 4.4, NODULE, "remeasured"), (20.0, 23.9, NODULE, None), (20.0, 24.1, NODULE, "remeasured")),
    *((20.0, 15.9, NODULE, "remeasured"), (6.0, 6.0, MASS, "retyped"), (6.0, 40.0, MASS, "retyped")),
]
"""Long axis by the package and by the reader, the reader's type, and what kind of disagreement that is."""


def test_a_correction_is_one_from_more_than_1_5_mm_and_a_fifth_of_the_size_or_of_the_type(ward: Ward) -> None:
    study = ward.read(findings=len(CORRECTIONS))
    for number, (package_mm, reader_mm, concept, _) in enumerate(CORRECTIONS, start=1):
        with ward.browsers.edges.archive.write() as connection:
            connection.exec_driver_sql(
                "UPDATE finding SET long_axis_mm = ? WHERE number = ? AND analysis_id IN"
                " (SELECT id FROM analysis WHERE study_id = ?)",
                (package_mm, number, study.id),
            )
        ward.judged(study, "correct", f"2.25.{number}", said=said(reader_mm, concept))
    ward.signed(study)
    found = {(row["by_package"]["long_axis_mm"], row["by_reader"]["long_axis_mm"]): row["kind"] for row in ward.rows()}
    assert found == {(package, reader): kind for package, reader, _, kind in CORRECTIONS if kind is not None}


def test_a_row_says_what_both_sides_said_and_how_the_image_was_made(ward: Ward, browsers: Browsers) -> None:
    mode(browsers, ward.hospital, "concurrent")
    ward.done("correct", said=said(12.0))
    (row,) = ward.rows()
    assert row["by_package"] == {
        "type": "nodule", "place": "right upper lobe of the lung", "long_axis_mm": 8.4, "short_axis_mm": 6.1
    }  # fmt: skip
    assert row["by_reader"] == {"type": "nodule", "place": "lung", "long_axis_mm": 12.0, "short_axis_mm": None}
    assert (row["package"], row["kind"], row["reason"], row["mode"]) == (
        "threshold_nodule", "remeasured", None, "concurrent"
    )  # fmt: skip
    assert (row["modality"], row["manufacturer"], row["slice_thickness_mm"]) == ("CT", "ACME", 2.5)
    assert row["probability"] == pytest.approx(0.89)
    assert row["signed"] == time.strftime("%Y-%m", time.gmtime())


def test_what_readers_add_is_missed_by_packages_that_look_for_it(ward: Ward) -> None:
    study = ward.read(findings=0)
    ward.judged(study, "add", "2.25.901", said=said(4.0))
    ward.judged(study, "add", "2.25.902", said=said(30.0, EFFUSION))
    ward.judged(study, "add", "2.25.903", said=said(5.0))
    ward.judged(study, "remove", "2.25.903")
    ward.signed(study)
    (row,) = ward.rows()
    assert (row["kind"], row["by_package"], row["by_reader"]["long_axis_mm"]) == ("added", None, 4.0)


def test_they_are_narrowed_by_kind_reason_and_package(ward: Ward) -> None:
    ward.done("reject", reason="vessel")
    ward.done("reject", reason="scar")
    ward.done("correct", said=said(30.0))
    assert [each["reason"] for each in ward.rows(kind="rejected")] == ["scar", "vessel"]
    assert [each["kind"] for each in ward.rows(kind="remeasured")] == ["remeasured"]
    assert [each["reason"] for each in ward.rows(reason="scar")] == ["scar"]
    assert len(ward.rows(package="threshold_nodule")) == 3
    assert ward.rows(package="threshold_nodule", version="9.9.9.9") == []
    assert ward.scientist.get("/explore/disagreements", kind="whatever").json()["code"] == "invalid-request"


def test_page_by_page_every_one_comes_once_the_newest_first(ward: Ward) -> None:
    for _ in range(5):
        ward.done("reject", reason="vessel")
    all_at_once = [each["id"] for each in ward.rows()]
    assert [int(each.partition("-")[0]) for each in all_at_once] == sorted(
        (int(each.partition("-")[0]) for each in all_at_once), reverse=True
    )
    seen, after = [], None
    while True:
        page = ward.asked("disagreements", limit=2, **({} if after is None else {"after": after}))
        seen += [each["id"] for each in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == all_at_once
    assert ward.scientist.get("/explore/disagreements", after="nonsense").json()["code"] == "bad-cursor"


def test_nothing_says_whose_study_it_is(ward: Ward) -> None:
    study = ward.read(patient_id="PID-4711", accession_number="ACC-0815")
    ward.judged(study, "correct", said=said(30.0))
    ward.signed(study)
    answers = [json.dumps(ward.asked(what), ensure_ascii=False) for what in ("record", "disagreements")]
    answers += [ward.file(form) for form in ("csv", "jsonl")]
    for text in answers:
        assert "threshold_nodule" in text
        for secret in (
            "PID-4711",
            "ACC-0815",
            "Test",
            "张",
            "1970",
            "SECRET-NOTE",
            study.study_instance_uid,
            "20260601",
        ):
            assert secret not in text, secret


def test_a_study_has_one_pseudonym_and_another_hospitals_like_it_has_another(
    browsers: Browsers, people: People
) -> None:
    wards, uid = [Ward.of(browsers, people), Ward.of(browsers, people)], "1.2.826.0.1.3680043.10.1561.77"
    for ward in wards:
        study = ward.read(findings=2, study_uid=uid)
        ward.judged(study, "reject", "2.25.1", reason="vessel")
        ward.judged(study, "reject", "2.25.2", reason="scar")
        ward.signed(study)
    (first, again), (other, _) = wards[0].rows(), wards[1].rows()
    assert first["study"] == again["study"] != other["study"]
    assert [each["study"] for each in wards[0].rows()] == [first["study"]] * 2


def test_walls_hold(browsers: Browsers, people: People) -> None:
    mine, theirs, third = (Ward.of(browsers, people) for _ in range(3))
    for ward in (mine, theirs, third):
        ward.done("reject", reason="vessel")
    of_two = browsers.at(browsers.person(UserRole.SCIENTIST, hospitals=[mine.hospital.id, theirs.hospital.id]))
    both = of_two.get("/explore/disagreements").json()["items"]
    assert {each["hospital"]["id"] for each in both} == {mine.hospital.id, theirs.hospital.id}
    record = of_two.get("/explore/record").json()
    assert record["packages"][0]["total"]["studies"] == 2
    assert {each["id"] for each in record["hospitals"]} == {mine.hospital.id, theirs.hospital.id}
    assert len(of_two.get("/explore/disagreements", hospital=mine.hospital.id).json()["items"]) == 1
    assert of_two.get("/explore/disagreements", hospital=third.hospital.id).json()["items"] == []
    assert of_two.get("/explore/record", hospital=third.hospital.id).json()["packages"] == []
    file = of_two.get("/explore/disagreements-file", form="jsonl").text.splitlines()
    assert {json.loads(each)["hospital"] for each in file} == {mine.hospital.id, theirs.hospital.id}
    elsewhere = third.rows()[0]["id"]
    assert of_two.get(f"/explore/disagreements/{elsewhere}/pictures/1").json()["code"] == "not-found"


def test_a_file_holds_what_the_list_holds_in_both_forms(ward: Ward) -> None:
    ward.done("correct", said=said(30.0))
    ward.done("reject", reason="vessel")
    listed = ward.rows()
    as_json = [json.loads(each) for each in ward.file("jsonl").splitlines()]
    assert [each["id"] for each in as_json] == [each["id"] for each in listed]
    assert as_json[1]["by_reader"]["long_axis_mm"] == 30.0
    assert as_json[1]["by_package"]["center_mm"] == [-61.5, 12.0, -143.5]
    (row,) = csv.DictReader(io.StringIO(ward.file("csv", kind="remeasured")))
    assert (row["kind"], row["by_reader_long_axis_mm"], row["by_package_concept"]) == (
        "remeasured", "30.0", "SCT:27925004"
    )  # fmt: skip


def test_a_scanners_name_is_no_formula_in_a_spreadsheet(ward: Ward) -> None:
    study = ward.read(maker='=HYPERLINK("http://x")')
    ward.judged(study, "reject", reason="vessel")
    ward.signed(study)
    text = ward.file("csv")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["manufacturer"].startswith("'=")


def test_looking_and_taking_out_are_on_record(browsers: Browsers, ward: Ward) -> None:
    ward.done("reject", reason="vessel")
    user = browsers.person(UserRole.SCIENTIST, hospitals=[ward.hospital.id])
    scientist = browsers.at(user)
    scientist.get("/explore/disagreements")
    file = scientist.get("/explore/disagreements-file", form="csv", reason="vessel")
    assert file.headers["Content-Disposition"].endswith('.csv"')
    scientist.get("/explore/disagreements-file", form="jsonl")
    with browsers.edges.archive.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT action, detail FROM audit WHERE actor = ? AND action LIKE '%explore%' ORDER BY id",
            (f"user:{user.id}",),
        ).all()
    assert [(action, json.loads(detail)) for action, detail in found] == [
        ("read:explore", {}),
        ("explore.export", {"form": "csv", "reason": "vessel"}),
        ("explore.export", {"form": "jsonl"}),
    ]
