"""Whose study it is: known from whatever instance says so first, and never mixed without a person (AC-23)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.archive import studies
from service.archive.store import Archive
from service.domain.analysis import AnalysisState
from service.flow.bell import Step
from service.flow.sweep import due
from tests.support.flowing import WALL, Flow, chest, flowing, no_nodule


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive) as opened:
        yield opened


def test_two_patients_behind_a_first_image_without_a_patient_are_noticed(flow: Flow) -> None:
    nobody, one, other = chest(count=3)
    nobody.PatientID, one.PatientID, other.PatientID = "", "P1", "P2"

    flow.arrive(nobody, one)
    assert not flow.study(one.StudyInstanceUID).identity_conflict
    flow.arrive(other)

    study = flow.study(one.StudyInstanceUID)
    assert study.identity_conflict
    assert study.patient_id == "P1"


def test_another_issuer_of_the_same_patient_id_is_another_patient(flow: Flow) -> None:
    plain, one, other = chest(count=3)
    one.IssuerOfPatientID, other.IssuerOfPatientID = "NORTH", "SOUTH"

    flow.arrive(plain, one, other)

    assert flow.study(one.StudyInstanceUID).identity_conflict


def test_a_study_is_described_by_whatever_image_says_it_first(flow: Flow) -> None:
    first, second, third = chest(count=3)
    first.AccessionNumber = first.StudyDescription = ""
    second.AccessionNumber, second.StudyDescription = "A7", "CT CHEST"
    third.AccessionNumber, third.StudyDescription = "A8", "other"

    flow.arrive(first, second, third)

    study = flow.study(first.StudyInstanceUID)
    assert (study.accession_number, study.study_description) == ("A7", "CT CHEST")


def test_nothing_of_a_study_is_analysed_while_its_patient_is_in_doubt(flow: Flow) -> None:
    images = chest()
    stranger = chest(study_uid=str(images[0].StudyInstanceUID), count=1, first=30, patient_id="SOMEBODY ELSE")
    flow.dispatched(*images)
    flow.arrive(*stranger)

    assert flow.claim() is None, "what waits since before the doubt waits on"
    assert Step.ANALYSE not in due(flow.archive)[0], "and nobody is woken for it"

    with flow.archive.write() as connection:
        assert studies.resolve_identity(connection, WALL, flow.study(images[0].StudyInstanceUID))
    claimed = flow.claim()
    assert claimed is not None
    flow.conclude(claimed, no_nodule(images))
    assert [each.state for each in flow.analyses(flow.study(images[0].StudyInstanceUID))] == [AnalysisState.CONCLUDED]
