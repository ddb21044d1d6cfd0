"""What no physician signed is shown where the hospital wanted that, and nowhere else: every route and both policies."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import httpx
import pytest

from service.archive import events
from service.archive.analyses import Analysis
from service.archive.events import OF_THE_CENTRE, EventKind
from service.archive.results import ResultKind
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import ReleasePolicy
from service.his.release import TOLD_UNRELEASED
from tests.support.edges import SYSTEM, Customer, Edges, with_policy
from tests.support.series import ct_slice

# What only somebody who saw the results can know: the figures and codes of `tests.support.edges.finding`, the words for
# the outcome, and the kinds of the objects that were made.
TELLING = re.compile(
    r"27925004|45653009|(?<!\w)nodule\b|结节 \d|-61\.5|\b8\.4\b|214\.0|no_finding|\"findings\": ?\[|\"SEG\"|finding\.|"
    r"\"outcome\": ?\"findings\"|concluded: (?:findings|no finding)|未见发现|有发现",
    re.IGNORECASE,
)


def filled(edges: Edges, release: ReleasePolicy, outcome: AnalysisOutcome) -> tuple[Customer, Study, Analysis]:
    """A hospital whose study was read, with everything on the way that the flow leaves behind."""
    customer = edges.hospital(release=release)
    study = edges.study(customer, accession_number="A1")
    edges.client(customer).post("/api/v1/orders", json={"accession_number": "A1", "exam_class": "inpatient"})
    analysis = edges.analysis(study, outcome)
    kinds = ["SEG", "SR"] if outcome is AnalysisOutcome.FINDINGS else ["SR"]
    with edges.archive.write() as connection:
        detail = {"analysis": analysis.id, "what": kinds}
        events.append(connection, SYSTEM, EventKind.RESULT_ENCODED, study.subject, detail)
        for kind in kinds:
            sent = {"delivery": "d", "channel": "pacs", "identity": kind}
            events.append(connection, SYSTEM, EventKind.DELIVERY_DELIVERED, study.subject, sent)
    return customer, study, analysis


def answers(
    edges: Edges, client: httpx.Client, study: Study, analysis: Analysis
) -> Iterator[tuple[str, httpx.Response]]:
    """Every GET of the API about the study, with every filter that could betray something."""
    names = {"study_instance_uid": study.study_instance_uid, "analysis_id": analysis.id}
    for path in edges.app.openapi()["paths"]:
        wanted = re.findall(r"\{(\w+)\}", path)
        if path.startswith("/api/v1/") and "live" not in path and "models" not in path and set(wanted) <= set(names):
            yield path, client.get(path.format(**names))
    for outcome in AnalysisOutcome:
        yield f"?outcome={outcome}", client.get("/api/v1/analyses", params={"outcome": outcome.value})
    for path in ("/api/v1/findings?least_long_axis_mm=8", "/api/v1/findings?code_value=27925004"):
        yield path, client.get(path)


def comparable(answer: httpx.Response, *volatile: str) -> str:
    """An answer without what differs between any two studies: ids, cursors, moments."""
    text = answer.text
    for each in volatile:
        text = text.replace(each, "X")
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z|\"(?:cursor|next|trace_id|id)\": ?\"[^\"]*\"|[0-9a-f]{32}", "", text)
    return f"{answer.status_code} {text}"


def test_the_words_that_betray_are_there_where_results_are_released(edges: Edges) -> None:
    for outcome in (AnalysisOutcome.FINDINGS, AnalysisOutcome.NO_FINDING):
        customer, study, analysis = filled(edges, ReleasePolicy.AT_ONCE, outcome)

        told = [
            path
            for path, answer in answers(edges, edges.client(customer), study, analysis)
            if TELLING.search(answer.text)
        ]

        assert "/api/v1/analyses/{analysis_id}" in told
        assert "/api/v1/events" in told
        assert "/api/v1/studies/{study_instance_uid}" in told


@pytest.mark.parametrize("policy", [ReleasePolicy.NEVER, ReleasePolicy.AFTER_SIGNATURE])
def test_no_route_tells_what_was_found_where_nothing_is_released(edges: Edges, policy: ReleasePolicy) -> None:
    seen = []
    for outcome in (AnalysisOutcome.FINDINGS, AnalysisOutcome.NO_FINDING):
        customer, study, analysis = filled(edges, policy, outcome)
        texts = {}
        for path, answer in answers(edges, edges.client(customer), study, analysis):
            assert TELLING.search(answer.text) is None, (path, answer.text)
            texts[path] = comparable(answer, study.study_instance_uid, analysis.id)
        seen.append(texts)

    assert seen[0] == seen[1], "a study with findings and one without look the same"


def test_status_is_told_where_nothing_is_released(edges: Edges) -> None:
    customer, study, analysis = filled(edges, ReleasePolicy.NEVER, AnalysisOutcome.FINDINGS)
    client = edges.client(customer)

    shown = client.get(f"/api/v1/analyses/{analysis.id}").json()

    assert (shown["state"], shown["released"]) == ("concluded", False)
    assert [shown[name] for name in ("outcome", "findings", "findings_text", "impression_text", "results")] == [
        None
    ] * 5
    assert client.get(f"/api/v1/studies/{study.study_instance_uid}").json()["examination"]["status"] == "ai_done"
    for path in (f"analyses/{analysis.id}/findings", f"analyses/{analysis.id}/results", "findings"):
        refused = client.get(f"/api/v1/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "not-released"), "never an empty list"


@pytest.mark.parametrize("outcome", [AnalysisOutcome.REFUSED, AnalysisOutcome.FAILED])
def test_that_a_package_did_not_read_is_status_and_told_always(edges: Edges, outcome: AnalysisOutcome) -> None:
    customer, _, analysis = filled(edges, ReleasePolicy.NEVER, outcome)

    shown = edges.client(customer).get(f"/api/v1/analyses/{analysis.id}").json()

    assert (shown["outcome"], shown["reason"] is not None, shown["results"]) == (outcome.value, True, None)


def test_result_objects_are_downloaded_where_released_only(edges: Edges) -> None:
    for policy, status in ((ReleasePolicy.AT_ONCE, 200), (ReleasePolicy.NEVER, 403)):
        customer, _, analysis = filled(edges, policy, AnalysisOutcome.FINDINGS)
        result = edges.result(analysis, ResultKind.SC, b"picture of the nodule")

        answer = edges.client(customer).get(f"/api/v1/results/{result.id}")

        assert answer.status_code == status
        assert (b"nodule" in answer.content) == (status == 200)


def test_a_policy_that_changes_counts_from_the_next_request_on(edges: Edges) -> None:
    customer, _, analysis = filled(edges, ReleasePolicy.NEVER, AnalysisOutcome.FINDINGS)
    client = edges.client(customer)
    path = f"/api/v1/analyses/{analysis.id}"
    assert client.get(path).json()["findings"] is None

    with_policy(edges, customer, ReleasePolicy.AT_ONCE)
    assert len(client.get(path).json()["findings"]) == 1

    with_policy(edges, customer, ReleasePolicy.NEVER)
    assert client.get(path).json()["findings"] is None


def test_our_objects_that_came_home_are_served_by_the_policy_of_the_pacs(edges: Edges) -> None:
    for policy in ReleasePolicy:
        customer, study, analysis = filled(edges, policy, AnalysisOutcome.FINDINGS)
        result = edges.result(analysis, ResultKind.SC)
        home = ct_slice(study_uid=study.study_instance_uid, series_uid="1.2.99", index=0, size=16, modality="MR")
        home.SOPInstanceUID = home.file_meta.MediaStorageSOPInstanceUID = result.sop_instance_uid
        home.SeriesDescription = "AI nodule"
        edges.receive(customer, home)
        client = edges.client(customer)
        root = "/dicom-web/studies"

        paths = [
            root,
            "/dicom-web/series",
            "/dicom-web/instances",
            *(
                f"{root}/{study.study_instance_uid}{tail}"
                for tail in ("", "/series", "/instances", "/metadata", "/series/1.2.99", "/series/1.2.99/instances")
            ),
            f"{root}/{study.study_instance_uid}/series/1.2.99/instances/{result.sop_instance_uid}",
            f"{root}/{study.study_instance_uid}/series/1.2.99/instances/{result.sop_instance_uid}/metadata",
        ]
        seen = [path for path in paths if result.sop_instance_uid in client.get(path).text.replace(path, "")]
        listed = client.get(root, params={"StudyInstanceUID": study.study_instance_uid}).json()[0]

        is_released = policy is ReleasePolicy.AT_ONCE
        assert len(seen) == (8 if is_released else 0), seen
        assert listed["00201206"]["Value"] == [2 if is_released else 1]
        assert listed["00201208"]["Value"] == [3 if is_released else 2]
        assert listed["00080061"]["Value"] == (["CT", "MR"] if is_released else ["CT"])
        by_modality = client.get(root, params={"ModalitiesInStudy": "MR", "StudyInstanceUID": study.study_instance_uid})
        assert by_modality.status_code == (200 if is_released else 204)


def test_every_kind_of_event_was_decided_about() -> None:
    hidden = {
        EventKind.RESULT_ENCODED,
        EventKind.RESULT_NOT_ENCODED,
        EventKind.DELIVERY_DELIVERED,
        EventKind.DELIVERY_WAITING,
        EventKind.DELIVERY_FAILED,
        EventKind.DELIVERY_REPLACED,
    }

    assert set(TOLD_UNRELEASED) | hidden | OF_THE_CENTRE == set(EventKind)
    assert not set(TOLD_UNRELEASED) & (hidden | OF_THE_CENTRE)
    names = set(itertools.chain.from_iterable(TOLD_UNRELEASED.values()))
    assert "outcome" not in TOLD_UNRELEASED[EventKind.ANALYSIS_CONCLUDED]
    assert not names & {"instances", "sop_instance_uid", "what", "identity"}
