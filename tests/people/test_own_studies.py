"""Somebody of a hospital follows their own studies: what came, what is waited for, the result, the signed report."""

from __future__ import annotations

import re

import pytest

from service.archive import reports, returns
from service.archive.studies import Study
from service.archive.tables import AUDIT
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Language, ReleasePolicy
from service.domain.report import ReportContent, ReportEvent, ReportText
from service.domain.returning import ReturnReason
from service.domain.user import User, UserRole
from service.domain.wall import Wall
from tests.people.administering import ok
from tests.people.browsers import Browser, Browsers
from tests.support.edges import Customer, with_policy

FINDINGS = "Right upper lobe: nodule, 8.4 mm."
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital(release=ReleasePolicy.NEVER)


@pytest.fixture(scope="module")
def signer(browsers: Browsers) -> User:
    return browsers.person(UserRole.SENIOR_RADIOLOGIST)


def of(browsers: Browsers, *hospitals: Customer, language: Language = Language.EN) -> Browser:
    """Somebody of these hospitals at their browser."""
    user = browsers.person(UserRole.HOSPITAL, hospitals=[each.id for each in hospitals], language=language)
    return browsers.at(user)


def path(study: Study) -> str:
    return f"/own/studies/{study.hospital}/{study.study_instance_uid}"


def reported(browsers: Browsers, study: Study, signer: User, *events: ReportEvent) -> None:
    """A report that went through these steps."""
    content = ReportContent(ReportText(FINDINGS, "Follow up.", ""), (), "", Language.EN)
    wall = Wall.person(signer.id, None)
    with browsers.edges.archive.write() as connection:
        report = reports.begin(connection, wall, study, content)
        for event in events:
            signed = event is ReportEvent.SIGNED_AS_FINAL
            values = {"signed_by": signer.id, "signed_at": 1.0, "released_at": 2.0} if signed else {}
            report = reports.move(connection, wall, report, event, **values)


SIGNED = (ReportEvent.SUBMITTED, ReportEvent.SIGNED_AS_FINAL)


def test_a_hospital_sees_its_own_studies_and_no_other(browsers: Browsers, hospital: Customer) -> None:
    other = browsers.edges.hospital()
    mine, theirs = browsers.edges.study(hospital), browsers.edges.study(other)
    wang = of(browsers, hospital)

    assert [each["study_instance_uid"] for each in ok(wang.get("/own/studies"))["items"]] == [mine.study_instance_uid]
    assert ok(wang.get("/own/studies", hospital=other.id))["items"] == []
    assert wang.get(path(theirs)).status_code == 404
    assert wang.get(f"/own/studies/{hospital.id}/{theirs.study_instance_uid}").status_code == 404
    assert ok(wang.get(path(mine)))["patient"]["id"] == "P1"


def test_somebody_of_two_hospitals_sees_both_and_narrows_to_one(browsers: Browsers, hospital: Customer) -> None:
    second = browsers.edges.hospital()
    studies = [browsers.edges.study(hospital), browsers.edges.study(second)]
    wang = of(browsers, hospital, second)

    assert len(ok(wang.get("/own/studies"))["items"]) == 2
    (one,) = ok(wang.get("/own/studies", hospital=second.id))["items"]
    assert one["study_instance_uid"] == studies[1].study_instance_uid


def test_what_came_and_what_is_waited_for_is_said_in_their_language(browsers: Browsers, hospital: Customer) -> None:
    study = browsers.edges.study(hospital, count=3, complete=False)

    (said,) = ok(of(browsers, hospital, language=Language.ZH_CN).get("/own/studies"))["items"]

    assert said["images"] == {"received": 3, "expected": None}
    assert said["state"]["word"] == "receiving"
    assert said["waits_for"]
    assert all(CHINESE.search(each) for each in said["waits_for"])
    assert said["study_instance_uid"] == study.study_instance_uid


@pytest.mark.parametrize("outcome", [AnalysisOutcome.FINDINGS, AnalysisOutcome.NO_FINDING])
def test_before_a_signature_the_policy_decides_whether_findings_are_told(
    browsers: Browsers, hospital: Customer, signer: User, outcome: AnalysisOutcome
) -> None:
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study, outcome)
    wang = of(browsers, hospital)

    def told() -> tuple[str | None, int | None]:
        (analysis,) = ok(wang.get(path(study)))["analyses"]
        return analysis["outcome"], analysis["finding_count"]

    assert told() == (None, None)
    listed = ok(wang.get("/own/studies"))["items"][0]
    assert listed["result"]["word"] == "ai_done"
    with_policy(browsers.edges, hospital, ReleasePolicy.AFTER_SIGNATURE)
    assert told() == (None, None)
    reported(browsers, study, signer, *SIGNED)
    known = (outcome.value, 1 if outcome is AnalysisOutcome.FINDINGS else 0)
    assert told() == known
    with_policy(browsers.edges, hospital, ReleasePolicy.NEVER)
    assert told() == (None, None)
    with_policy(browsers.edges, hospital, ReleasePolicy.AT_ONCE)
    assert told() == known


def test_a_refusal_is_told_with_its_reason_whatever_the_policy(browsers: Browsers, hospital: Customer) -> None:
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study, AnalysisOutcome.REFUSED)

    (analysis,) = ok(of(browsers, hospital, language=Language.ZH_CN).get(path(study)))["analyses"]

    assert (analysis["outcome"], analysis["finding_count"]) == ("refused", None)
    assert CHINESE.search(analysis["reason"])


UNRELEASED = {
    "begun": (),
    "submitted": (ReportEvent.SUBMITTED,),
    "signed for audit": (ReportEvent.SUBMITTED, ReportEvent.SIGNED_FOR_AUDIT),
    "withdrawn": (*SIGNED, ReportEvent.WITHDRAWN),
}


@pytest.mark.parametrize("events", UNRELEASED.values(), ids=UNRELEASED)
def test_no_word_of_a_report_is_shown_before_it_is_released_or_after_it_was_withdrawn(
    browsers: Browsers, hospital: Customer, signer: User, events: tuple[ReportEvent, ...]
) -> None:
    study = browsers.edges.study(hospital)
    reported(browsers, study, signer, *events)
    wang = of(browsers, hospital)

    answer = wang.get(path(study))

    assert ok(answer)["report"] is None
    assert FINDINGS not in answer.text
    assert ok(answer)["has_report"] is False
    assert (ok(answer)["result"]["word"] == "withdrawn") is (ReportEvent.WITHDRAWN in events)


def test_a_released_report_is_read_with_who_signed_it(browsers: Browsers, hospital: Customer, signer: User) -> None:
    study = browsers.edges.study(hospital)
    reported(browsers, study, signer, *SIGNED)
    wang = of(browsers, hospital)

    whole = ok(wang.get(path(study)))

    assert (whole["result"]["word"], whole["has_report"]) == ("signed", True)
    report = whole["report"]
    assert (report["findings"], report["signed_by"], report["is_amended"]) == (FINDINGS, signer.name, False)


def test_a_study_that_was_given_back_says_what_the_hospital_is_to_do(
    browsers: Browsers, hospital: Customer, signer: User
) -> None:
    study = browsers.edges.study(hospital)
    with browsers.edges.archive.write() as connection:
        returns.give_back(
            connection, Wall.person(signer.id, None), study, ReturnReason.IMAGES_MISSING, "Send the lung series."
        )

    returned = ok(of(browsers, hospital).get(path(study)))["returned"]

    assert (returned["reason"]["word"], returned["note"]) == ("images-missing", "Send the lung series.")


def test_pages_follow_each_other_without_a_gap(browsers: Browsers, hospital: Customer) -> None:
    made = [browsers.edges.study(hospital).study_instance_uid for _ in range(3)]
    wang = of(browsers, hospital)

    first = ok(wang.get("/own/studies", limit=2))
    second = ok(wang.get("/own/studies", limit=2, after=first["next"]))

    seen = [each["study_instance_uid"] for each in (*first["items"], *second["items"])]
    assert (seen, second["next"]) == (made[::-1], None)
    assert wang.get("/own/studies", after="'; DROP").json()["code"] == "bad-cursor"


def test_looking_at_patients_is_on_record(browsers: Browsers, hospital: Customer) -> None:
    study = browsers.edges.study(hospital)
    wang = of(browsers, hospital)
    ok(wang.get("/own/studies"))
    ok(wang.get(path(study)))

    with browsers.edges.archive.read() as connection:
        rows = connection.execute(AUDIT.select().where(AUDIT.c.action == "read:own-studies")).all()
    mine = {row.subject for row in rows if row.actor == f"user:{browsers.people[-1].id}"}
    assert mine == {"search", study.study_instance_uid}
