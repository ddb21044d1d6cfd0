"""The HIS reads what physicians signed: text, coded findings with who said them, objects; never what is not signed."""

from __future__ import annotations

import secrets

import pytest

from service.archive import results
from service.archive.reports import Report
from service.archive.results import Result, ResultKind
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Finalising, ReleasePolicy
from service.domain.review import RejectionReason, ReviewAction
from service.flow import report, review, sign, take_back
from service.flow.report_audit import Auditing, audited
from service.flow.sign import Shown, Signing
from tests.reviewing.writing import ANNA, BEN
from tests.support.edges import SYSTEM, Customer, Edges, with_policy
from tests.support.reporting import ANNA_SIGNS, BEN_SIGNS, accepted_and_signed, judged, seal, signed


def read_study(edges: Edges, release: ReleasePolicy = ReleasePolicy.NEVER) -> tuple[Customer, Study]:
    customer = edges.hospital(release=release)
    study = edges.study(customer, accession_number="A1")
    edges.client(customer).post("/api/v1/orders", json={"accession_number": "A1", "exam_class": "inpatient"})
    edges.analysis(study, AnalysisOutcome.FINDINGS)
    return customer, study


def test_a_report_is_read_with_who_signed_it_and_who_said_what(edges: Edges) -> None:
    customer, study = read_study(edges)
    judged(edges, study, ReviewAction.ACCEPT)
    released = signed(edges, study)
    client = edges.client(customer)

    shown = client.get(f"/api/v1/reports/{released.id}").json()

    assert (shown["status"], shown["findings_text"], shown["impression_text"]) == ("signed", "右肺结节。", "肺结节")
    assert {name: shown["signed_by"][name] for name in ("name", "title", "licence")} == {
        "name": "安娜",
        "title": "主治医师",
        "licence": "110510000000001",
    }
    (finding,) = shown["findings"]
    assert (finding["said_by"], finding["code"]["value"], finding["long_axis_mm"]) == (
        "person-confirmed-device",
        "27925004",
        8.4,
    )
    assert shown["record_sha256"] == released.record_sha256
    assert shown["audited_by"] is None
    assert client.get(f"/api/v1/studies/{study.study_instance_uid}/reports").json()["items"] == [shown]


def test_a_contradiction_that_is_meant_so_is_told_as_it_was_written(edges: Edges) -> None:
    customer, study = read_study(edges)
    released = accepted_and_signed(edges, study, "肺结节，直径 30 mm。")
    shown = edges.client(customer).get(f"/api/v1/reports/{released.id}").json()
    assert shown["findings_text"] == "肺结节，直径 30 mm。", "the finding measures 8.4 mm, and its reader knows"


def test_what_was_rejected_is_not_told(edges: Edges) -> None:
    customer, study = read_study(edges)
    judged(edges, study, ReviewAction.REJECT, RejectionReason.VESSEL)
    released = signed(edges, study, "未见结节。")
    answer = edges.client(customer).get(f"/api/v1/reports/{released.id}")
    assert answer.json()["findings"] == []
    assert "8.4" not in answer.text


def test_nothing_is_told_before_the_release(edges: Edges) -> None:
    customer, study = read_study(edges)
    waiting = accepted_and_signed(edges, study, finalising=Finalising.BY_AUDIT)
    client = edges.client(customer)
    assert client.get(f"/api/v1/reports/{waiting.id}").status_code == 404
    assert client.get(f"/api/v1/studies/{study.study_instance_uid}/reports").json()["items"] == []
    assert client.get(f"/api/v1/studies/{study.study_instance_uid}").json()["examination"]["status"] == "ai_done"

    with edges.archive.write() as connection:
        audited(connection, BEN, study, Auditing(BEN_SIGNS), seal)
    shown = client.get(f"/api/v1/reports/{waiting.id}").json()
    assert (shown["audited_by"]["name"], shown["status"]) == ("本", "signed")


def test_versions_name_each_other_and_the_examination_follows(edges: Edges) -> None:
    customer, study = read_study(edges)
    client = edges.client(customer)
    path = f"/api/v1/studies/{study.study_instance_uid}"
    first, second = accepted_and_signed(edges, study, "第一版"), signed(edges, study, "第二版")

    assert client.get(path).json()["examination"]["status"] == "amended"
    older, newer = client.get(f"{path}/reports").json()["items"]
    assert (older["status"], newer["status"], newer["replaces"]) == ("superseded", "amended", first.id)

    with edges.archive.write() as connection:
        take_back.withdraw(connection, ANNA, study, "患者弄错了")
    shown = client.get(f"/api/v1/reports/{second.id}").json()
    assert (shown["status"], shown["withdrawn_because"]) == ("withdrawn", "患者弄错了")
    assert client.get(path).json()["examination"]["status"] == "withdrawn"


def test_a_version_that_was_never_out_is_nothing_to_replace(edges: Edges) -> None:
    customer, study = read_study(edges)
    accepted_and_signed(edges, study, finalising=Finalising.BY_AUDIT)
    with edges.archive.write() as connection:
        draft = take_back.give_back(connection, BEN, study, "方位请写清", BEN_SIGNS)
        report.submit(connection, ANNA, study, edition=draft.edition)
        flags = sign.flags_of(study, draft.content.text, review.judged(connection, ANNA, study))
        signing = Signing(
            ANNA_SIGNS,
            Finalising.BY_SIGNATURE,
            Shown(draft.edition, study.revision, study.image_count),
            frozenset(each.words for each in flags),
            close_rest=True,
        )
        sign.sign(connection, ANNA, study, signing, seal)
    (shown,) = edges.client(customer).get(f"/api/v1/studies/{study.study_instance_uid}/reports").json()["items"]
    assert (shown["version"], shown["status"], shown["replaces"]) == (2, "signed", None)


def test_a_report_after_a_withdrawal_replaces_nothing(edges: Edges) -> None:
    customer, study = read_study(edges)
    accepted_and_signed(edges, study)
    with edges.archive.write() as connection:
        take_back.withdraw(connection, ANNA, study, "患者弄错了")
    signed(edges, study, "新报告")
    _, shown = edges.client(customer).get(f"/api/v1/studies/{study.study_instance_uid}/reports").json()["items"]
    assert (shown["status"], shown["replaces"]) == ("signed", None)


def test_another_hospital_sees_none_of_it(edges: Edges) -> None:
    _, study = read_study(edges)
    released = accepted_and_signed(edges, study)
    other = edges.client(edges.hospital())
    assert other.get(f"/api/v1/reports/{released.id}").status_code == 404
    assert other.get(f"/api/v1/studies/{study.study_instance_uid}/reports").status_code == 404


def kept(edges: Edges, released: Report) -> Result:
    """An object of a report, as the encode step keeps it."""
    name = f"{'0' * 64}-{released.id[:8]}"
    edges.archive.objects.store(released.hospital, b"final words", name)
    made = Result(
        id=secrets.token_hex(16),
        hospital=released.hospital,
        analysis_id=None,
        report_id=released.id,
        kind=ResultKind.PDF,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.104.1",
        sop_instance_uid="2.25.1",
        series_instance_uid="2.25.2",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        sha256="0" * 64,
        object_name=name,
        size_bytes=11,
        signed=True,
        created_at=0.0,
    )
    with edges.archive.write() as connection:
        results.add(connection, SYSTEM, made)
    return made


def test_signed_objects_are_downloaded_whatever_the_policy(edges: Edges) -> None:
    customer, study = read_study(edges)
    released = accepted_and_signed(edges, study)
    made = kept(edges, released)
    (listed,) = edges.client(customer).get(f"/api/v1/reports/{released.id}").json()["results"]
    assert (listed["kind"], listed["signed"]) == ("PDF", True)
    assert edges.client(customer).get(listed["href"]).content == b"final words"
    assert edges.client(edges.hospital()).get(f"/api/v1/results/{made.id}").status_code == 404


@pytest.mark.parametrize("path", ["findings", "analyses?outcome=findings"])
def test_after_a_signature_the_packages_own_results_are_shown_of_that_study_only(edges: Edges, path: str) -> None:
    customer, study = read_study(edges, ReleasePolicy.AFTER_SIGNATURE)
    other = edges.study(customer, accession_number="A2")
    edges.analysis(other, AnalysisOutcome.FINDINGS)
    client = edges.client(customer)
    assert client.get(f"/api/v1/{path}").json()["items"] == []

    accepted_and_signed(edges, study)
    shown = client.get(f"/api/v1/{path}").json()["items"]
    assert [each["study_instance_uid"] for each in shown] == [study.study_instance_uid]


def test_after_a_signature_each_route_shows_what_it_hid(edges: Edges) -> None:
    customer, study = read_study(edges, ReleasePolicy.AFTER_SIGNATURE)
    client = edges.client(customer)
    (analysis,) = client.get("/api/v1/analyses").json()["items"]
    paths = [f"/api/v1/analyses/{analysis['id']}/{each}" for each in ("findings", "results")]
    assert [client.get(each).status_code for each in paths] == [403, 403]
    assert (analysis["released"], analysis["outcome"]) == (False, None)

    accepted_and_signed(edges, study)
    assert [client.get(each).status_code for each in paths] == [200, 200]
    (analysis,) = client.get("/api/v1/analyses").json()["items"]
    assert (analysis["released"], analysis["outcome"]) == (True, "findings")
    with_policy(edges, customer, ReleasePolicy.NEVER)
    assert [client.get(each).status_code for each in paths] == [403, 403]
