"""What the HIS can follow: how much has come, what is waited for, what the packages said, in words and codes."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest

from service.archive.results import ResultKind
from service.archive.tables import AUDIT
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Language
from service.flow.bell import Step
from service.flow.complete import complete_due
from tests.support.edges import Edges


def test_a_receiving_study_says_how_much_has_come_and_what_it_waits_for(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    order = {"accession_number": "A1", "exam_class": "inpatient", "expected_instance_count": 5}
    client.post("/api/v1/orders", json=order)
    study = edges.study(hospital, accession_number="A1", count=3, complete=False)

    shown = client.get(f"/api/v1/studies/{study.study_instance_uid}").json()

    assert (shown["state"], shown["received"]) == ("receiving", {"images": 3, "expected": 5, "text": "3/5"})
    assert shown["waiting_for"][0] == "3 of 5 images have come, 2 are missing."
    assert "quiet time" in shown["waiting_for"][1]
    assert shown["patient"]["name"] == {"alphabetic": "Test^One", "ideographic": "张^三", "phonetic": ""}
    assert (shown["patient"]["birth_date"], shown["study_date"]) == ("1970-01-01", "2026-06-01")
    assert [line["kind"] for line in shown["timeline"]] == ["study.receiving", "order.matched"]
    assert datetime.fromisoformat(shown["first_received_at"]).tzinfo is not None


def test_a_study_is_complete_when_the_hospital_says_so(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    study = edges.study(hospital, complete=False)
    path = f"/api/v1/studies/{study.study_instance_uid}"

    answer = client.post(f"{path}/complete")
    complete_due(edges.archive)

    shown = client.get(path).json()
    assert answer.status_code == 202
    assert Step.COMPLETE in edges.bell.rung
    assert (shown["state"], shown["completed_by"]) == ("complete", "explicit")
    assert client.post(f"{path}/complete").json()["state"] == "complete", "a complete study stays so"


def test_completing_a_study_nobody_sent_is_not_found(edges: Edges) -> None:
    answer = edges.client(edges.hospital()).post("/api/v1/studies/1.2.3/complete")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_studies_are_listed_by_filters_in_both_orders_page_by_page(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    uids = [edges.study(hospital, accession_number=f"A{number}", count=1).study_instance_uid for number in range(5)]

    def walked(**query: str) -> list[str]:
        seen, cursor = [], None
        while True:
            page = client.get("/api/v1/studies", params={**query, **({"cursor": cursor} if cursor else {})}).json()
            seen += [study["study_instance_uid"] for study in page["items"]]
            cursor = page["next"]
            if cursor is None:
                return seen

    assert walked(limit="2") == uids[::-1]
    assert walked(limit="2", sort="first_received_at") == uids
    assert walked(accession_number="A3") == [uids[3]]
    assert (
        walked(study_date_from="2026-06-01", study_date_to="2026-06-01", modality="CT", state="complete") == uids[::-1]
    )
    assert walked(study_date_from="2026-06-02") == []
    assert walked(modality="MR") == []


def walked(client: httpx.Client, path: str, **query: str) -> list[str]:
    """The ids of a list, page by page."""
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(f"/api/v1/{path}", params={**query, **cursor, "limit": "2"}).json()
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            return seen
        cursor = {"cursor": page["next"]}


def test_orders_analyses_and_findings_are_listed_in_both_orders_page_by_page(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    made: dict[str, list[str]] = {"orders": [], "analyses": [], "findings": []}
    for number in range(3):
        placed = client.post("/api/v1/orders", json={"accession_number": f"A{number}", "exam_class": "inpatient"})
        ended = edges.analysis(edges.study(hospital), findings=2)
        made["orders"].append(placed.json()["id"])
        made["analyses"].append(ended.id)
        made["findings"] += [f"{ended.id}-1", f"{ended.id}-2"]

    for path, sort in (("orders", "created_at"), ("analyses", "created_at"), ("findings", "ended_at")):
        assert walked(client, path, sort=sort) == made[path]
        assert walked(client, path) == walked(client, path, sort=f"-{sort}") == made[path][::-1]
        wrong = client.get(f"/api/v1/{path}", params={"sort": "colour"})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "query.sort")


@pytest.mark.parametrize(("path", "sort"), [("studies", "first_received_at"), ("orders", "created_at")])
def test_a_cursor_of_one_direction_is_refused_in_the_other(edges: Edges, path: str, sort: str) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    for number in range(2):
        edges.study(hospital, accession_number=f"A{number}", count=1)
        client.post("/api/v1/orders", json={"accession_number": f"A{number}", "exam_class": "inpatient"})
    cursor = client.get(f"/api/v1/{path}", params={"limit": 1}).json()["next"]

    answer = client.get(f"/api/v1/{path}", params={"cursor": cursor, "sort": sort})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-cursor")


def test_findings_come_coded_and_in_the_words_of_the_hospitals_language(edges: Edges) -> None:
    hospital = edges.hospital(language=Language.ZH_CN)
    study = edges.study(hospital)
    analysis = edges.analysis(study, findings=2)

    shown = edges.client(hospital).get(f"/api/v1/analyses/{analysis.id}").json()

    first = shown["findings"][0]
    assert first["code"] == {"value": "27925004", "scheme": "SCT", "meaning": "Nodule", "zh": "结节", "en": "nodule"}
    assert (first["site"]["value"], first["laterality"]["value"]) == ("45653009", "24028007")
    assert (first["presence"], first["center_mm_lps"], first["long_axis_mm"]) == ("present", [-61.5, 12.0, -143.5], 8.4)
    assert shown["findings_text"].splitlines()[0] == first["text"]
    assert first["text"].startswith("1. 右肺上叶见一结节，大小约 8.4 mm × 6.1 mm（长径 × 短径）")
    for section in ("findings_text", "impression_text"):
        assert "AI 结果，未经医师核实" in shown[section], "a report system may take over one section without the other"
    assert "仅供测试" in shown["impression_text"]
    assert (shown["language"], shown["disclaimer"]["en"]) == ("zh-CN", "AI result, not verified")
    assert (shown["outcome"], shown["state"], shown["released"]) == ("findings", "concluded", True)
    assert shown["package"]["device_uid"] == "2.25.298451234098712340987123409871234098"
    assert shown["package"]["use_status"] == "research"
    assert sorted(each["kind"] for each in shown["results"]) == ["SEG", "SR"]


@pytest.mark.parametrize(
    ("outcome", "findings_text"),
    [
        (AnalysisOutcome.NO_FINDING, "Lung: no nodule found (looked for: 4–60 mm)."),
        (AnalysisOutcome.REFUSED, "Not analysed by AI: The package is not made for this modality."),
        (AnalysisOutcome.FAILED, "The AI analysis failed"),
    ],
)
def test_nothing_found_and_not_read_are_different_words(
    edges: Edges, outcome: AnalysisOutcome, findings_text: str
) -> None:
    hospital = edges.hospital(language=Language.EN)
    analysis = edges.analysis(edges.study(hospital), outcome)

    shown = edges.client(hospital).get(f"/api/v1/analyses/{analysis.id}").json()

    assert shown["outcome"] == outcome.value
    assert shown["findings_text"].startswith(findings_text)
    was_read = outcome is AnalysisOutcome.NO_FINDING
    assert shown["findings"] == ([] if was_read else None)
    assert (shown["reason"] is None) == was_read
    alone = edges.client(hospital).get(f"/api/v1/analyses/{analysis.id}/findings")
    assert alone.status_code == (200 if was_read else 409)


def test_an_analysis_that_runs_has_no_list_of_findings_that_could_read_as_none_found(edges: Edges) -> None:
    hospital = edges.hospital()
    analysis = edges.analysis(edges.study(hospital), None)
    client = edges.client(hospital)

    shown = client.get(f"/api/v1/analyses/{analysis.id}").json()

    assert (shown["state"], shown["outcome"], shown["findings"], shown["findings_text"]) == (
        "running",
        None,
        None,
        None,
    )
    assert client.get(f"/api/v1/analyses/{analysis.id}/findings").status_code == 409


def test_result_objects_are_downloaded_byte_for_byte(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    analysis = edges.analysis(edges.study(hospital))
    content = bytes(range(256)) * 5000
    kept = edges.result(edges.analysis(edges.study(hospital), AnalysisOutcome.NO_FINDING), ResultKind.SC, content)

    listed = client.get(f"/api/v1/analyses/{analysis.id}/results").json()["items"]
    answer = client.get(f"/api/v1/results/{kept.id}")

    assert {each["href"] for each in listed} == {f"/api/v1/results/{each['id']}" for each in listed}
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/dicom")
    assert answer.content == content
    assert kept.sop_instance_uid in answer.headers["content-disposition"]


def test_analyses_and_findings_are_listed_by_their_filters(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    first, second = edges.study(hospital), edges.study(hospital)
    found = edges.analysis(first, findings=3)
    nothing = edges.analysis(second, AnalysisOutcome.NO_FINDING)

    def ids(path: str, **query: str) -> list[str]:
        return [each["id"] for each in client.get(f"/api/v1/{path}", params=query).json()["items"]]

    assert ids("analyses") == [nothing.id, found.id]
    assert ids("analyses", outcome="findings") == [found.id]
    assert ids("analyses", study_instance_uid=second.study_instance_uid) == [nothing.id]
    assert ids("analyses", package="other") == []
    assert ids("findings") == [f"{found.id}-{number}" for number in (3, 2, 1)]
    assert ids("findings", code_value="27925004", code_scheme="SCT", least_long_axis_mm="8") == ids("findings")
    assert ids("findings", least_long_axis_mm="9") == []
    page = client.get("/api/v1/findings", params={"limit": 2}).json()
    assert ids("findings", cursor=page["next"]) == [f"{found.id}-1"]


def test_model_cards_say_what_a_package_was_not_validated_for(edges: Edges) -> None:
    chinese = edges.client(edges.hospital(), **{"Accept-Language": "zh-CN"}).get("/api/v1/models").json()["items"]

    (card,) = chinese
    assert (card["name"], card["use_status"]) == ("threshold_nodule", "research")
    assert card["not_validated_for"] == ["任何临床用途。"]
    assert card["outputs"][0]["code"]["zh"] == "结节"


def test_words_follow_accept_language_and_else_the_hospital(edges: Edges) -> None:
    hospital = edges.hospital(language=Language.ZH_CN)
    study = edges.study(hospital)
    path = f"/api/v1/studies/{study.study_instance_uid}"

    own = edges.client(hospital).get(path).json()
    english = edges.client(hospital, **{"Accept-Language": "fr, en;q=0.8, zh;q=0.5"}).get(path).json()

    assert (own["state_text"], english["state_text"]) == ("已收齐", "complete")


def test_reading_is_on_record_once_in_five_minutes_a_study(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    study = edges.study(hospital)
    for _ in range(5):
        client.get(f"/api/v1/studies/{study.study_instance_uid}")

    with edges.archive.read() as connection:
        rows = connection.execute(AUDIT.select().where(AUDIT.c.action == "read:his")).all()
        rows = [row for row in rows if row.hospital_id == hospital.id]

    assert [row.subject for row in rows] == [study.study_instance_uid]
    assert rows[0].actor.startswith("key:")
