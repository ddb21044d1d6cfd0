"""What the worklist says of a package, and where it puts an examination, tells nobody what a second reader found."""

from __future__ import annotations

import pytest

from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome
from tests.people.administering import administrator, ok
from tests.people.browsers import Browser, Browsers
from tests.people.test_modes_by_package import OTHER, rule
from tests.support.edges import PACKAGE, Customer


def dispatched(browsers: Browsers, hospital: Customer) -> Study:
    """A study whose packages were asked, so that its word is what came of them."""
    study = browsers.edges.study(hospital)
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE study SET dispatched_revision = revision WHERE id = ?", (study.id,))
    return study


def line(browser: Browser, study: Study) -> dict:
    return dict(browser.get(f"/worklist/{study.hospital}/{study.study_instance_uid}").json())


@pytest.mark.parametrize("outcome", [AnalysisOutcome.FINDINGS, AnalysisOutcome.NO_FINDING])
def test_the_list_tells_nobody_what_a_second_reader_found(browsers: Browsers, outcome: AnalysisOutcome) -> None:
    hospital = browsers.edges.hospital()
    rule(browsers, hospital, OTHER, "second-reader")
    study = dispatched(browsers, hospital)
    browsers.edges.analysis(study, outcome, package=OTHER)
    anna, ben = (browsers.at(browsers.person(hospitals=[hospital.id])) for _ in range(2))

    seen = line(anna, study)
    assert (seen["status"]["word"], seen["status"]["reason"]) == ("analysed", "")
    assert seen["order_reason"] == "no order, taken as outpatient, then waiting time"
    (ai,) = seen["ai"]
    assert (ai["outcome"], ai["text"], ai["score"]) == ("concluded", "concluded", None)
    (listed,) = anna.get("/worklist").json()["items"]
    assert listed["status"]["word"] == "analysed"
    for word in ("findings", "no_finding"):
        assert anna.get("/worklist", status=word).json()["items"] == []

    anna.send("POST", f"/studies/{hospital.id}/{study.study_instance_uid}/first-impression", {})
    assert line(anna, study)["ai"][0]["outcome"] == outcome
    assert line(anna, study)["status"]["word"] == "analysed", "the word is the same for every reader"
    assert line(ben, study)["ai"][0]["outcome"] == "concluded"


def test_the_order_follows_what_is_told_and_never_a_second_readers_score(browsers: Browsers) -> None:
    hospital = browsers.edges.hospital()
    rule(browsers, hospital, OTHER, "second-reader")
    rule(browsers, hospital, PACKAGE, "triage-only")
    plain, hidden, sorted_up = (dispatched(browsers, hospital) for _ in range(3))
    browsers.edges.analysis(plain, AnalysisOutcome.NO_FINDING, package=OTHER)
    browsers.edges.analysis(hidden, findings=1, package=OTHER)
    browsers.edges.analysis(sorted_up, findings=1)
    anna = browsers.at(browsers.person(hospitals=[hospital.id]))
    items = anna.get("/worklist").json()["items"]
    assert [each["study_instance_uid"] for each in items] == [
        each.study_instance_uid for each in (sorted_up, plain, hidden)
    ]
    assert (items[0]["status"]["word"], items[0]["ai"][0]["score"]) == ("findings", 0.89)
    assert "AI score 0.89" in items[0]["order_reason"]


def test_what_the_list_told_is_taken_back_when_a_package_becomes_a_second_reader(browsers: Browsers) -> None:
    hospital = browsers.edges.hospital()
    rule(browsers, hospital, PACKAGE, "concurrent")
    study = dispatched(browsers, hospital)
    browsers.edges.analysis(study)
    anna = browsers.at(browsers.person(hospitals=[hospital.id]))
    assert line(anna, study)["status"]["word"] == "findings"
    _, ada = administrator(browsers)
    path = f"/admin/hospitals/{hospital.id}"
    edition = ok(ada.get(path))["edition"]
    ok(ada.send("PATCH", path, {"edition": edition, "packages": [{"package": PACKAGE, "mode": "second-reader"}]}))

    after = line(anna, study)
    assert (after["status"]["word"], after["order_reason"]) == (
        "analysed",
        "no order, taken as outpatient, then waiting time",
    )
