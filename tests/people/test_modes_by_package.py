"""Two packages on one study, each in its own reading mode: what one keeps back, the other does not."""

from __future__ import annotations

import hashlib
import json
import secrets

from service.archive.analyses import Analysis
from service.archive.objects import object_name
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome
from tests.people.browsers import Browser, Browsers
from tests.people.test_signing import OWN_PASSWORD, kept, seated, sign
from tests.support.edges import PACKAGE, Customer, tracking_uid

OTHER = "second_opinion"
OPEN, KEPT = [tracking_uid(PACKAGE, 1), tracking_uid(PACKAGE, 2)], tracking_uid(OTHER, 1)


def rule(browsers: Browsers, hospital: Customer, package: str, mode: str) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO package_rule (hospital_id, package, modalities, reading_mode) VALUES (?, ?, '[]', ?)",
            (hospital.id, package, mode),
        )


class Read:
    """A study that two packages read: one concurrently, with two findings, the other in another mode, with one."""

    def __init__(self, browsers: Browsers, mode: str) -> None:
        self.browsers = browsers
        self.hospital = browsers.edges.hospital()
        rule(browsers, self.hospital, PACKAGE, "concurrent")
        rule(browsers, self.hospital, OTHER, mode)
        self.study: Study = browsers.edges.study(self.hospital)
        browsers.edges.analysis(self.study, findings=2)
        self.other: Analysis = browsers.edges.analysis(self.study, package=OTHER)

    def reader(self) -> Browser:
        return self.browsers.at(self.browsers.person(hospitals=[self.hospital.id]))

    def path(self, rest: str) -> str:
        return f"/studies/{self.hospital.id}/{self.study.study_instance_uid}/{rest}"

    def page(self, browser: Browser) -> dict:
        answer = browser.get(self.path("reading"))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def uids(self, browser: Browser) -> list[str]:
        return sorted(each["tracking_uid"] for each in self.page(browser)["findings"])

    def lock(self, browser: Browser) -> None:
        assert browser.send("POST", self.path("first-impression"), {}).status_code == 200

    def judge(self, browser: Browser, uid: str, action: str, **more: object):
        version = self.page(browser)["review_version"]
        body = {"id": secrets.token_hex(8), "action": action, "review_version": version, **more}
        return browser.send("POST", self.path(f"findings/{uid}/judgements"), body)


def test_a_second_readers_marks_wait_while_anothers_are_shown_at_once(browsers: Browsers) -> None:
    read = Read(browsers, "second-reader")
    anna, ben = read.reader(), read.reader()
    before = read.page(anna)
    assert read.uids(anna) == sorted(OPEN)
    assert {each["package"]: (each["mode"], each["is_hidden"], each["outcome"]) for each in before["analyses"]} == {
        PACKAGE: ("concurrent", False, "findings"),
        OTHER: ("second-reader", True, None),
    }
    assert (before["hidden_findings"], before["waits_for_impression"]) == (True, True)
    assert [each["package"] for each in before["line"]["ai"]] == [PACKAGE]

    read.lock(anna)

    after = read.page(anna)
    assert read.uids(anna) == sorted([*OPEN, KEPT])
    assert {each["outcome"] for each in after["analyses"]} == {"findings"}
    assert (after["hidden_findings"], after["waits_for_impression"]) == (False, False)
    assert read.uids(ben) == sorted(OPEN), "each reader for themselves"


def test_marks_that_only_sort_the_list_are_never_shown_and_wait_for_nothing(browsers: Browsers) -> None:
    read = Read(browsers, "triage-only")
    anna = read.reader()
    assert (read.page(anna)["hidden_findings"], read.page(anna)["waits_for_impression"]) == (True, False)
    read.lock(anna)
    assert read.uids(anna) == sorted(OPEN)
    assert {each["package"]: each["outcome"] for each in read.page(anna)["analyses"]} == {
        PACKAGE: "findings",
        OTHER: None,
    }


def test_nothing_waits_for_a_second_reader_that_did_not_read(browsers: Browsers) -> None:
    hospital = browsers.edges.hospital()
    rule(browsers, hospital, OTHER, "second-reader")
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study, AnalysisOutcome.REFUSED, package=OTHER)
    anna = browsers.at(browsers.person(hospitals=[hospital.id]))
    said = anna.get(f"/studies/{hospital.id}/{study.study_instance_uid}/reading").json()
    assert (said["hidden_findings"], said["waits_for_impression"]) == (False, False)
    assert (said["analyses"][0]["outcome"], [each["kind"] for each in said["banners"]]) == ("refused", ["refused"])


def test_outlines_and_axes_are_given_with_the_marks_they_belong_to(browsers: Browsers) -> None:
    read = Read(browsers, "second-reader")
    anna = read.reader()
    square = [{"sop_instance_uid": "1.2.3.4", "frame": None, "polygons": [[[4.5, 5.5], [6.5, 5.5], [6.5, 7.5]]]}]
    content = json.dumps(dict.fromkeys((*OPEN, KEPT), square)).encode()
    name = object_name(hashlib.sha256(content).hexdigest(), "consilium.contours")
    browsers.edges.archive.objects.store(read.study.hospital, content, name)
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE analysis SET contours_object = ? WHERE study_id = ?", (name, read.study.id))

    assert anna.get(read.path(f"findings/{OPEN[0]}/contours")).json() == square
    assert anna.get(read.path(f"findings/{KEPT}/contours")).json()["code"] == "not-found"
    read.lock(anna)
    assert anna.get(read.path(f"findings/{KEPT}/contours")).json() == square


def test_each_finding_is_judged_in_the_mode_of_its_own_package(browsers: Browsers) -> None:
    read = Read(browsers, "second-reader")
    anna = read.reader()
    assert read.judge(anna, OPEN[0], "accept").status_code == 200
    assert read.judge(anna, KEPT, "accept").json()["code"] == "impression-first"
    read.lock(anna)
    assert read.judge(anna, KEPT, "reject", reason="vessel").status_code == 200
    modes = {
        finding["tracking_uid"]: [each["mode"] for each in finding["judgements"]]
        for finding in read.page(anna)["findings"]
    }
    assert modes == {OPEN[0]: ["concurrent"], OPEN[1]: [], KEPT: ["second-reader"]}


def test_what_another_reader_accepted_flags_no_text_of_who_is_not_shown_it(browsers: Browsers) -> None:
    read = Read(browsers, "second-reader")
    anna, ben = read.reader(), read.reader()
    read.lock(ben)
    read.judge(ben, KEPT, "accept")
    left = {"edition": 0, "text": {"findings": "Left upper lobe nodule, 8.4 mm."}, "language": "en"}
    ben.send("POST", read.path("report"), left)
    assert [each["kind"]["word"] for each in read.page(ben)["flags"]] == ["side"]
    assert read.page(anna)["flags"] == []


def test_a_signature_waits_for_the_impression_and_says_how_each_package_was_read_with(browsers: Browsers) -> None:
    read = Read(browsers, "second-reader")
    _, anna = seated(browsers, read.hospital)
    for uid in OPEN:
        read.judge(anna, uid, "accept")
    text = {"edition": 0, "text": {"findings": "Right upper lobe: nodules, 8.4 mm."}, "language": "en"}
    anna.send("POST", read.path("report"), text)
    anna.send("POST", read.path("report/submit"), {"edition": 1})

    def signed():
        return sign(anna, read.study, password=OWN_PASSWORD, review_version=read.page(anna)["review_version"])

    assert signed().json()["code"] == "impression-first"
    read.lock(anna)
    assert signed().json()["code"] == "unreviewed"
    read.judge(anna, KEPT, "reject", reason="vessel")
    assert signed().status_code == 200
    record = json.loads(kept(browsers, read.study).record or "")
    assert {each["package"]: each["mode"] for each in record["modes"]} == {
        PACKAGE: "concurrent",
        OTHER: "second-reader",
    }
    origins = {each["tracking_uid"]: each["origin"] for each in record["findings"]}
    assert {each["analysis_id"] for each in record["modes"] if each["package"] == OTHER} == {origins[KEPT]}


def test_what_only_sorts_the_list_holds_up_no_signature_and_is_not_closed_by_one(browsers: Browsers) -> None:
    read = Read(browsers, "triage-only")
    _, anna = seated(browsers, read.hospital)
    for uid in OPEN:
        read.judge(anna, uid, "reject", reason="vessel")
    anna.send("POST", read.path("report"), {"edition": 0, "text": {"findings": "Normal."}, "language": "en"})
    anna.send("POST", read.path("report/submit"), {"edition": 1})
    version = read.page(anna)["review_version"]
    assert sign(anna, read.study, password=OWN_PASSWORD, review_version=version).status_code == 200
    record = json.loads(kept(browsers, read.study).record or "")
    assert {each["tracking_uid"]: each["is_closed"] for each in record["findings"]} == {
        **dict.fromkeys(OPEN, False),
        KEPT: False,
    }
