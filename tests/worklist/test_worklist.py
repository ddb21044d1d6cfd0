"""The worklist: every examination is on it, its word follows what happens, and the order is the promised one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import generate_uid
from sqlalchemy import update

from service.archive import returns, worklist
from service.archive.reading_tables import EXAMINATION
from service.archive.returns import AlreadyReturned
from service.archive.store import Archive
from service.archive.studies import Study
from service.archive.tables import HOSPITAL, IMAGING_ORDER, STUDY
from service.archive.worklist import CLAIM_S, ClaimHeld, Examination, Place, WorklistFilter
from service.domain.examination import ExaminationWord, Urgency
from service.domain.order import ExamClass
from service.domain.returning import ReturnReason
from service.domain.wall import BehindTheWall, HospitalId, Wall
from service.flow import read
from service.flow.bell import Step
from service.flow.read import NoteMissing, keep_worklist
from service.flow.sweep import due
from tests.support.flowing import Flow, chest, flowing, no_nodule, one_nodule

ANNA, BEN = Wall.person("anna", None), Wall.person("ben", None)
EVERYTHING = WorklistFilter(is_open=None)


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive) as opened:
        yield opened


def listed(flow: Flow, wall: Wall = ANNA, narrowed: WorklistFilter = EVERYTHING, limit: int = 50) -> list[Examination]:
    with flow.archive.read() as connection:
        return list(worklist.page(connection, wall, narrowed, None, limit))


def of_patient(name: str, patient_id: str, accession: str) -> list[FileDataset]:
    images = chest()
    for image in images:
        image.SpecificCharacterSet = "ISO_IR 192"
        image.PatientName, image.PatientID, image.AccessionNumber = name, patient_id, accession
    return images


def word(flow: Flow, study: Study) -> str:
    return next(each.word.value for each in listed(flow) if each.study_id == study.id)


def take(flow: Flow, study: Study, wall: Wall, instead_of: str | None = None) -> None:
    with flow.archive.write() as connection:
        read.take(connection, wall, study, instead_of=instead_of)


def give_back(flow: Flow, study: Study, reason: ReturnReason, note: str = "") -> None:
    with flow.archive.write() as connection:
        read.give_back(connection, ANNA, study, reason, note)


def test_the_word_follows_a_study_from_its_first_image_to_its_findings(flow: Flow) -> None:
    images = chest()
    flow.arrive(*images[:1])
    study = flow.study(images[0].StudyInstanceUID)
    seen = [word(flow, study)]
    flow.arrive(*images[1:])
    flow.call_complete(study)
    flow.complete()
    seen.append(word(flow, study))
    flow.dispatch()
    seen.append(word(flow, study))
    analysis = flow.claim()
    seen.append(word(flow, study))
    assert analysis is not None
    flow.conclude(analysis, one_nodule(images))
    (line,) = listed(flow)
    assert [*seen, line.word] == ["receiving", "waiting", "queued", "analysing", "findings"]
    assert (line.score, line.modality, line.is_open) == (0.75, "CT", True)


def test_a_study_no_package_reads_is_on_the_list_like_any_other(archive: Archive) -> None:
    with flowing(archive, packages=()) as flow:
        study = flow.dispatched(*chest())
        assert word(flow, study) == "not_asked"


def test_a_second_revision_shows_as_receiving_again(flow: Flow) -> None:
    images = chest(count=24)
    study = flow.dispatched(*images[:22])
    flow.arrive(images[22])
    assert word(flow, study) == "receiving"


@dataclass(frozen=True)
class Wanted:
    exam_class: ExamClass | None
    urgency: Urgency | None
    found: bool


def test_the_order_is_exam_class_then_a_persons_urgency_then_score_then_waiting(flow: Flow) -> None:
    cases = {
        "screening": Wanted(ExamClass.SCREENING, None, False),
        "outpatient": Wanted(None, None, False),
        "outpatient later": Wanted(ExamClass.OUTPATIENT, None, False),
        "outpatient with a finding": Wanted(None, None, True),
        "outpatient that a person called urgent": Wanted(None, Urgency.HIGH, False),
        "emergency": Wanted(ExamClass.EMERGENCY, None, False),
    }
    names = {}
    for name, wanted in cases.items():
        images = chest()
        if wanted.exam_class is not None:
            order = flow.place(study_uid=images[0].StudyInstanceUID)
            with flow.archive.write() as connection:
                connection.execute(
                    update(IMAGING_ORDER)
                    .where(IMAGING_ORDER.c.id == order.id)
                    .values(exam_class=wanted.exam_class.value)
                )
        study = flow.dispatched(*images)
        names[study.id] = name
        analysis = flow.claim()
        assert analysis is not None
        flow.conclude(analysis, one_nodule(images) if wanted.found else no_nodule(images))
        if wanted.urgency is not None:
            with flow.archive.write() as connection:
                read.confirm_urgency(connection, ANNA, study, wanted.urgency)
    assert [names[each.study_id] for each in listed(flow)] == [
        "emergency",
        "outpatient that a person called urgent",
        "outpatient with a finding",
        "outpatient",
        "outpatient later",
        "screening",
    ]


def test_one_reader_holds_an_examination_until_put_back_taken_over_or_lapsed(flow: Flow) -> None:
    study = flow.dispatched(*chest())
    take(flow, study, ANNA)
    take(flow, study, ANNA)
    with pytest.raises(ClaimHeld) as held:
        take(flow, study, BEN)
    assert held.value.by == "anna"
    assert word(flow, study) == "reading"
    with pytest.raises(ClaimHeld):
        take(flow, study, BEN, instead_of="carla")
    take(flow, study, BEN, instead_of="anna")
    assert [each.claimed_by for each in listed(flow)] == ["ben"]
    with flow.archive.write() as connection:
        read.put_back(connection, ANNA, study)
    assert word(flow, study) == "reading", "only who holds it can put it back"
    flow.pass_time(CLAIM_S + 1)
    assert [each.claimed_by for each in listed(flow)] == [None]
    assert Step.COMPLETE in due(flow.archive)[0]
    keep_worklist(flow.archive)
    assert word(flow, study) == "queued"
    assert Step.COMPLETE not in due(flow.archive)[0]


def test_a_machine_holds_no_examination(flow: Flow) -> None:
    study = flow.dispatched(*chest())
    with pytest.raises(BehindTheWall), flow.archive.write() as connection:
        read.take(connection, Wall.operator(), study)


def test_a_returned_examination_comes_back_with_the_images_that_were_missing(flow: Flow) -> None:
    images = chest(count=24)
    study = flow.dispatched(*images[:22])
    take(flow, study, ANNA)
    give_back(flow, study, ReturnReason.IMAGES_MISSING)
    assert word(flow, study) == "returned"
    with pytest.raises(AlreadyReturned):
        give_back(flow, study, ReturnReason.IMAGES_MISSING)
    flow.dispatched(*images[22:])
    assert word(flow, study) == "queued"
    with flow.archive.read() as connection:
        (kept,) = returns.of_study(connection, ANNA, study.id)
    assert (kept.reason, kept.returned_by, kept.revision) == (ReturnReason.IMAGES_MISSING, "anna", 1)
    assert kept.reopened_at is not None


def test_a_return_for_another_reason_says_which(flow: Flow) -> None:
    study = flow.dispatched(*chest())
    with pytest.raises(NoteMissing):
        give_back(flow, study, ReturnReason.OTHER, "  ")
    give_back(flow, study, ReturnReason.OTHER, "请补充增强扫描")
    assert word(flow, study) == "returned"


def test_nobody_sees_another_hospitals_examinations(flow: Flow) -> None:
    flow.dispatched(*chest())
    elsewhere = Wall.person("dora", frozenset({HospitalId("h-elsewhere")}))
    here = Wall.person("emil", frozenset({flow.hospital}))
    assert listed(flow, elsewhere) == []
    assert len(listed(flow, here)) == 1


def test_the_search_finds_a_patient_by_any_writing_and_by_number(flow: Flow) -> None:
    wang = flow.dispatched(*of_patient("Wang^XiaoDong=王^小东", "P-7", "A-1"))
    flow.dispatched(*of_patient("Li^Si=李^四", "P-8", "A-2"))
    for text in ("王小", "wangxiao", "wxd", "P-7", "A-1"):
        found = listed(flow, narrowed=WorklistFilter(is_open=None, text=text))
        assert [each.study_id for each in found] == [wang.id], text
    assert listed(flow, narrowed=WorklistFilter(is_open=None, text="%")) == []


def test_the_list_is_narrowed_by_word_class_modality_and_reader(flow: Flow) -> None:
    first, second = flow.dispatched(*chest()), flow.dispatched(*chest())
    take(flow, second, ANNA)
    narrowed = {
        WorklistFilter(words=frozenset({ExaminationWord.READING})): [second.id],
        WorklistFilter(claimed_by="anna"): [second.id],
        WorklistFilter(modality="MR"): [],
        WorklistFilter(exam_class=ExamClass.EMERGENCY): [],
        WorklistFilter(hospital=flow.hospital): [first.id, second.id],
    }
    for each, expected in narrowed.items():
        assert [line.study_id for line in listed(flow, narrowed=each)] == expected


def test_a_hundred_thousand_rows_are_paged_without_a_gap_and_by_the_index(archive: Archive) -> None:
    with archive.write() as connection:
        rows = _made_rows(connection)
    seen: list[int] = []
    after: Place | None = None
    with archive.read() as connection:
        for _ in range(6):
            page = worklist.page(connection, ANNA, WorklistFilter(), after, 50)
            seen += [each.study_id for each in page]
            after = page[-1].place
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM examination WHERE is_open IS 1 AND (class_rank, urgency_rank, score_rank,"
            " waiting_since, study_id) > (1, 1, 0.0, 5.0, 7) ORDER BY class_rank, urgency_rank, score_rank,"
            " waiting_since, study_id LIMIT 50"
        ).all()
        assert worklist.count(connection, ANNA, WorklistFilter(), 1000) == 1000
    assert seen == rows[:300]
    assert "examination_order" in plan[0][-1]
    assert "TEMP B-TREE" not in str(plan)


def _made_rows(connection) -> list[int]:
    """Rows of every rank, and the study ids in the order they have to come."""
    common = {"language": "zh-CN", "release_pacs": "never", "release_his": "never", "created_at": 0.0}
    connection.execute(HOSPITAL.insert(), {"id": "h1", "name": "H", **common})
    study = {"hospital_id": "h1", "state": "complete", "revision": 1, "first_received_at": 0.0, "quiet_since": 0.0}
    numbers = range(1, 100_001)
    connection.execute(
        STUDY.insert(), [{"id": number, "study_instance_uid": f"1.2.{number}", **study} for number in numbers]
    )
    places = {number: (number % 4, number % 3, -(number % 7) / 7, float(number % 1000), number) for number in numbers}
    connection.execute(
        EXAMINATION.insert(),
        [
            {
                "study_id": number,
                "hospital_id": "h1",
                "word": "findings",
                "is_open": True,
                "modality": "CT",
                "class_rank": place[0],
                "urgency_rank": place[1],
                "score_rank": place[2],
                "waiting_since": place[3],
                "changed_at": 0.0,
            }
            for number, place in places.items()
        ],
    )
    return sorted(numbers, key=lambda number: cast("tuple[float, ...]", places[number]))


def test_studies_of_an_earlier_version_come_onto_the_list_by_themselves(flow: Flow) -> None:
    study = flow.dispatched(*chest(study_uid=generate_uid()))
    with flow.archive.write() as connection:
        connection.execute(EXAMINATION.delete())
    assert listed(flow) == []
    assert Step.COMPLETE in due(flow.archive)[0]
    keep_worklist(flow.archive)
    assert word(flow, study) == "queued"
