"""Shares with intervals that hold, and the judgement that stands whatever was taken back in between."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.archive.judgements import Judgements, Narrowed
from service.archive.reading_tables import REVIEW_EVENT
from service.archive.store import Archive
from service.domain.hospital import ReadingMode
from service.domain.pseudonym import patient_pseudonym, study_pseudonym
from service.domain.review import NothingToUndo, RejectionReason, ReviewAction, ReviewEvent, acts_that_count
from service.domain.track_record import Tally, share
from service.domain.wall import HospitalId, Wall

_WALL = Wall.system("tests")
_STUDIES = itertools.count(1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    opened = Archive(tmp_path_factory.mktemp("standing"))
    with opened.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO hospital (id, name, language, release_pacs, release_his, created_at)"
            " VALUES ('h', 'H', 'en', 'never', 'never', 0)"
        )
    yield opened
    opened.close()


# R 4: prop.test(x, n, correct = FALSE)$conf.int, the same interval by another hand.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(18, 20, 0.6990, 0.9721), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_an_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    found = share(part, whole)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_an_interval_holds_its_share_and_stays_between_0_and_1(part: int, rest: int) -> None:
    found = share(part, part + rest)
    if part + rest < 20:
        assert found is None
    else:
        assert found is not None
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_tally_adds_up() -> None:
    tally = Tally(
        accepted=5, corrected=3, uncertain=2, unjudged=7, added=4,
        rejected={RejectionReason.VESSEL: 6, RejectionReason.SCAR: 1},
    )  # fmt: skip
    assert (tally.false_marks, tally.stood_for, tally.judged, tally.proposed) == (7, 8, 17, 24)


_SIGNED: Final = "signed"
_HAPPENS: Final = (*(set(ReviewAction) - {ReviewAction.REMOVE}), ReviewAction.UNDO, ReviewAction.GIVE_UP, _SIGNED)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(_HAPPENS), max_size=14))
def test_what_stands_is_the_last_act_that_was_neither_taken_back_nor_given_up(
    archive: Archive, happens: list[ReviewAction | str]
) -> None:
    possible = _possible(happens)
    study = next(_STUDIES)
    with archive.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO study (id, hospital_id, study_instance_uid, state, revision, dispatched_revision, patient_id,"
            " patient_id_issuer, patient_name, patient_birth_date, patient_sex, accession_number, study_date,"
            " study_time, study_description, study_identifier, referring_physician_name, identity_conflict,"
            " instance_count, image_count, calling_ae, first_received_at, quiet_since, largest_gap_s,"
            " completion_called) VALUES (?, 'h', ?, 'complete', 1, 1, '', '', '', '', '', '', '', '', '', '', '', 0,"
            " 0, 0, '', 0, 0, 0, 0)",
            (study, f"1.2.{study}"),
        )
        connection.exec_driver_sql(
            "INSERT INTO report (id, hospital_id, study_id, version, state, edition, author, changed_by, language,"
            " template, findings_text, impression_text, advice_text, key_images, created_at, changed_at, signed_at)"
            " VALUES (?, 'h', ?, 1, 'released', 1, 'u', 'u', 'en', '', '', '', '', '[]', 0, 0, 100)",
            (f"r{study}", study),
        )
        connection.exec_driver_sql(
            "INSERT INTO analysis (id, hospital_id, study_id, revision, package, package_version, package_digest,"
            " fingerprint, run, urgency, state, outcome, selection, attempt, progress, created_at, ended_at)"
            " VALUES (?, 'h', ?, 1, 'p', '1', 'd', 'f', 1, 1, 'concluded', 'findings', '[]', 1, 1, 0, 0)",
            (f"a{study}", study),
        )
        connection.exec_driver_sql(
            "INSERT INTO finding (id, hospital_id, analysis_id, number, code_value, code_scheme, code_meaning,"
            " site_value, site_scheme, site_meaning, presence, probability, tracking_uid)"
            " VALUES (?, 'h', ?, 1, 'c', 'SCT', 'c', 's', 'SCT', 's', 'present', 0.5, '2.25.1')",
            (f"f{study}", f"a{study}"),
        )
        for event in possible:
            connection.exec_driver_sql(
                "INSERT INTO review_event (id, hospital_id, study_id, tracking_uid, action, said, reader, at, mode,"
                " back_to) VALUES (?, 'h', ?, '2.25.1', ?, 'null', 'u', ?, 'concurrent', ?)",
                (f"{study}-{event.id}", study, event.action.value, event.at, event.back_to),
            )
    with archive.read() as connection:
        marks = Judgements(_WALL, Narrowed(study_id=study)).marks().with_only_columns(REVIEW_EVENT.c.action)
        found = connection.execute(marks).scalars().all()
    counted = acts_that_count(possible)
    assert found == [counted[-1].action.value if counted else None]


def _possible(happens: list[ReviewAction | str]) -> list[ReviewEvent]:
    """As acts are kept: none that there was nothing to take back for, and what is given up goes back to a signature."""
    kept: list[ReviewEvent] = []
    signed_at: float | None = None
    for at, what in enumerate(happens):
        if not isinstance(what, ReviewAction):
            signed_at = float(at)
            continue
        if what is ReviewAction.GIVE_UP and signed_at is None:
            continue
        back_to = signed_at if what is ReviewAction.GIVE_UP else None
        mode = ReadingMode.CONCURRENT
        event = ReviewEvent(str(at), "2.25.1", what, None, None, "u", float(at), mode, None, back_to)
        with contextlib.suppress(NothingToUndo):
            acts_that_count((*kept, event))
            kept.append(event)
    return kept


def test_a_pseudonym_is_of_this_installation_this_hospital_and_this_kind_of_thing() -> None:
    names = [
        study_pseudonym(b"k", HospitalId("h"), "1.2"),
        study_pseudonym(b"k", HospitalId("h"), "1.3"),
        study_pseudonym(b"k", HospitalId("g"), "1.2"),
        study_pseudonym(b"l", HospitalId("h"), "1.2"),
        patient_pseudonym(b"k", HospitalId("h"), "", "1.2"),
        patient_pseudonym(b"k", HospitalId("h"), "1", ".2"),
    ]
    assert len(set(names)) == len(names)
    assert study_pseudonym(b"k", HospitalId("h"), "1.2") == names[0]
    assert patient_pseudonym(b"k", HospitalId("h"), "", "") == ""
