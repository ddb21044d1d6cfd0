"""The worklist's search: a patient is found by what a reader knows of them, and nothing finds everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from service.archive import worklist
from service.archive.name_keys import found
from service.archive.store import Archive
from service.archive.tables import STUDY
from service.archive.worklist import WorklistFilter
from service.dicom.attributes import Tag
from service.domain.wall import HospitalId, Wall
from tests.support.flowing import Flow, chest, flowing

ANNA = Wall.person("anna", None)


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive) as opened:
        yield opened


def sent(flow: Flow, name: str, patient_id: str = "", accession: str = "") -> int:
    """The study of a patient."""
    images = chest()
    for image in images:
        image.SpecificCharacterSet = "ISO_IR 192"
        image.PatientName, image.PatientID, image.AccessionNumber = name, patient_id, accession
    return flow.dispatched(*images).id


def hits(flow: Flow, text: str, wall: Wall = ANNA) -> list[int]:
    narrowed = WorklistFilter(is_open=None, text=text)
    with flow.archive.read() as connection:
        return [each.study_id for each in worklist.page(connection, wall, narrowed, None, 50)]


def test_a_number_is_found_by_its_beginning_in_any_case(flow: Flow) -> None:
    wanted = sent(flow, "Doe^John", "Pat-07x", "aCC12Z")
    sent(flow, "Li^Si", "Q-7", "B-2")
    for text in ("Pat-07x", "pat-07", "PAT-07X", "acc12z", "ACC1", "aCC12Z"):
        assert hits(flow, text) == [wanted], text
    assert hits(flow, "at-07x") == [], "a beginning, not a part"


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Doe^John", ("john", "JOHN", "Joh", "john doe", "John D", "doe", "doe john", "Doe^J")),
        ("Doe^Mary Ann^Lee", ("mary", "ann", "lee", "mary ann")),
        ("van der Berg^Jan", ("berg", "jan", "van der berg", "der Berg")),
        ("=王^小明", ("小明", "小", "xiaoming", "xiao ming", "xm", "王小明", "wxm", "xiaoming wang")),
        ("=王小明", ("小明", "xiaoming", "xm", "wxm")),
        ("=歐陽^鋒", ("锋", "鋒", "feng", "ouyang")),
        ("=吕^绿", ("绿", "lv", "lu", "lyu")),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", ("tarou", "太郎", "たろう", "山田")),
        ("O'Neill^Renée", ("renee", "Renée", "oneill")),
        ("WANG XIAODONG", ("xiaodong", "xiaodong wang")),
    ],
)
def test_a_patient_is_found_from_any_word_of_the_name_on(flow: Flow, name: str, texts: tuple[str, ...]) -> None:
    wanted = sent(flow, name)
    sent(flow, "Qian^Bo=钱^波")
    for text in texts:
        assert hits(flow, text) == [wanted], text


def test_a_name_that_was_corrected_is_found_by_the_new_one_alone(flow: Flow) -> None:
    images = chest(count=24)
    for image in images:
        image.SpecificCharacterSet = "ISO_IR 192"
        image.PatientName = ""
    images[23].PatientName = "=王^小明"
    study = flow.dispatched(*images[:22])
    assert hits(flow, "小明") == []
    flow.dispatched(*images[22:])
    assert hits(flow, "小明") == [study.id]


@pytest.mark.parametrize(
    "text", ["\0", "\0\0", "\x1f", "\x1b", "\x85", "*", "**", "=", "^", "?", "-", "%", "_", "\u200b"]
)
def test_what_holds_no_letter_finds_nobody(flow: Flow, text: str) -> None:
    sent(flow, "Doe^John", "P-1", "A-1")
    sent(flow, "=王^小明", "P-2", "A-2")
    assert hits(flow, text) == []


def test_a_given_name_is_behind_the_wall_like_the_whole(flow: Flow) -> None:
    sent(flow, "Doe^John", "P-1", "A-1")
    elsewhere = Wall.person("dora", frozenset({HospitalId("h-elsewhere")}))
    for text in ("john", "doe", "p-1", "a-1"):
        assert hits(flow, text, elsewhere) == [], text


def test_dicoms_own_matching_goes_on_without_given_names(flow: Flow) -> None:
    """PS3.4 C.2.2.2.1 matches the whole value: a query for john must not meet Doe^John."""
    study = sent(flow, "Doe^John")
    with flow.archive.read() as connection:
        for value, expected in (("john*", []), ("johndoe", []), ("doe*", [study]), ("*john", [study])):
            named = found(ANNA, flow.hospital, Tag.PATIENT_NAME, value)
            assert list(connection.execute(STUDY.select().where(named)).scalars()) == expected, value


@pytest.mark.parametrize("wall", [ANNA, Wall.person("emil", frozenset({HospitalId("h1"), HospitalId("h2")}))])
def test_whatever_is_typed_is_looked_up_in_indexes(archive: Archive, wall: Wall) -> None:
    """However many studies there are: ranges of keys and numbers are read, never all of them."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    with archive.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *each: asked.append((each[2], each[3])))
        worklist.page(connection, wall, WorklistFilter(text="wang"), None, 50)
        statement, parameters = next(each for each in asked if "turned_name_key" in each[0])
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    for index in ("study_patient_folded", "study_accession_folded", "name_key_search", "turned_name_key_search"):
        assert any(index in step for step in plan), index
    scanned = [step for step in plan if step.startswith("SCAN") and step != "SCAN hospital"]
    assert scanned == [], plan
