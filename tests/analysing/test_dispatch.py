"""From a complete study to its analyses: who is asked and why, which series is read, what waits, what is cancelled."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import generate_uid

from models.catalogue import Catalogue
from models.contract import RefusalReason
from service.archive import results, studies
from service.archive.events import EventKind
from service.archive.results import Encoding
from service.archive.store import Archive
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.domain.hospital import PackageRule
from service.domain.order import OrderState, Priority
from service.flow import request
from service.flow.bell import Step
from service.flow.request import UnknownPackages
from service.flow.sweep import due
from tests.support.flowing import PACKAGE, PACKAGES, WALL, Flow, chest, flowing, no_nodule, note


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive) as opened:
        yield opened


def routed(flow: Flow, study: studies.Study) -> list[list[str]]:
    """What each dispatch said of the packages."""
    return [list(e.detail["packages"]) for e in flow.events(study) if e.kind is EventKind.STUDY_ROUTED]  # type: ignore[arg-type]


def why_cancelled(flow: Flow, study: studies.Study) -> list[object]:
    """The reasons of the cancelled analyses."""
    return [e.detail["why"] for e in flow.events(study) if e.kind is EventKind.ANALYSIS_CANCELLED]


def steps_due(flow: Flow) -> list[tuple[str, Encoding]]:
    """The encode steps that are wanted, claimed."""
    claimed = []
    with flow.archive.write() as connection:
        while step := results.claim_step(connection, WALL):
            claimed.append((step.about, step.what))
    return claimed


def test_a_package_of_the_hospitals_list_is_asked_with_the_reason_and_its_series(flow: Flow) -> None:
    images = chest()
    study = flow.dispatched(*images)

    (asked,) = flow.analyses(study)
    assert (asked.state, asked.package, asked.run) == (AnalysisState.PENDING, PACKAGE, 1)
    assert asked.series_instance_uid == images[0].SeriesInstanceUID
    assert routed(flow, study) == [[f"{PACKAGE}: hospital-asks"]]
    assert Step.ANALYSE in due(flow.archive)[0]


def test_a_rule_for_another_modality_asks_nothing_and_the_reason_is_listed(archive: Archive) -> None:
    with flowing(archive, packages=[PackageRule(PACKAGE, ("MR", "PT"))]) as flow:
        study = flow.dispatched(*chest(count=2))

        assert flow.analyses(study) == ()
        assert routed(flow, study) == [[f"{PACKAGE}: only-on MR PT"]]


def test_a_package_the_centre_does_not_have_is_said_and_the_others_are_asked(archive: Archive) -> None:
    with flowing(archive, packages=[PackageRule("mri_brain", ()), PackageRule(PACKAGE, ())]) as flow:
        study = flow.dispatched(*chest())

        assert [each.package for each in flow.analyses(study)] == [PACKAGE]
        assert sorted(routed(flow, study)[0]) == [
            "mri_brain: not-here",
            f"{PACKAGE}: hospital-asks",
        ]


def test_an_order_that_names_an_unknown_package_is_refused_and_nothing_is_entered(flow: Flow) -> None:
    with pytest.raises(UnknownPackages, match="mri_brain"):
        flow.place(study_uid=generate_uid(), packages=(PACKAGE, "mri_brain"))
    study = flow.dispatched(*chest(count=1))
    assert not [event for event in flow.events(study) if event.subject.order_id]


def test_an_mr_study_is_refused_by_a_ct_package_with_the_reason_and_a_result_is_wanted(flow: Flow) -> None:
    study = flow.dispatched(*chest(modality="MR"))

    (refused,) = flow.analyses(study)
    assert (refused.state, refused.outcome) == (AnalysisState.REFUSED, AnalysisOutcome.REFUSED)
    assert refused.reason == RefusalReason.WRONG_MODALITY.value
    assert "MR" in (refused.detail or "")
    assert refused.attempt == 0
    assert flow.claim() is None, "no model process is asked"
    assert steps_due(flow) == [(refused.id, Encoding.OBJECTS)]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ({"count": 1}, RefusalReason.TOO_FEW_SLICES),
        ({"spacing_mm": 2.5}, RefusalReason.COVERAGE_TOO_SHORT),
        ({"spacing_mm": 7.5}, RefusalReason.SLICES_TOO_THICK),
    ],
)
def test_an_unfit_ct_series_is_refused_by_name(flow: Flow, made: dict[str, object], reason: RefusalReason) -> None:
    study = flow.dispatched(*chest(**made))  # type: ignore[arg-type]
    assert [each.reason for each in flow.analyses(study)] == [reason.value]


def test_of_several_series_the_finest_is_read_and_each_has_its_reason(flow: Flow) -> None:
    study_uid = generate_uid()
    coarse, fine = chest(study_uid=study_uid), chest(study_uid=study_uid, spacing_mm=2.5, count=42)
    scout = chest(study_uid=study_uid, count=1)
    for number, series in enumerate((coarse, fine, scout), start=1):
        for header in series:
            header.SeriesDescription = f"series of kind {number}"

    study = flow.dispatched(*coarse, *scout, *fine)

    (asked,) = flow.analyses(study)
    assert asked.series_instance_uid == fine[0].SeriesInstanceUID
    chosen, second, third = asked.selection
    assert "series of kind 2" in chosen
    assert ": chosen:" in chosen
    assert "series of kind 1" in second
    assert "not chosen: fits, but coarser spacing" in second
    assert "series of kind 3" in third
    assert "1 slices; the package asks for at least 20" in third


def test_an_order_asks_for_a_package_that_the_hospital_does_not_list(archive: Archive) -> None:
    with flowing(archive, packages=()) as flow:
        images = chest()
        placed = flow.place(study_uid=images[0].StudyInstanceUID, packages=(PACKAGE,))
        study = flow.dispatched(*images)

        assert [each.package for each in flow.analyses(study)] == [PACKAGE]
        assert routed(flow, study) == [[f"{PACKAGE}: order-names"]]
        assert flow.order(placed.id).state is OrderState.ANALYSING


def test_a_package_that_hospital_and_orders_ask_for_reads_the_study_once(flow: Flow) -> None:
    images = chest()
    uid = images[0].StudyInstanceUID
    flow.place(study_uid=uid, packages=(PACKAGE,))
    study = flow.dispatched(*images)
    (asked,) = flow.analyses(study)

    late = flow.place(study_uid=uid, packages=(PACKAGE,))
    assert flow.dispatch() == 1, "an order that joins later is looked at"

    assert [each.id for each in flow.analyses(study)] == [asked.id]
    assert flow.order(late.id).state is OrderState.ANALYSING


def test_an_order_that_joins_after_dispatch_gets_its_package_asked(archive: Archive) -> None:
    with flowing(archive, packages=()) as flow:
        images = chest()
        study = flow.dispatched(*images)
        assert flow.analyses(study) == ()

        flow.place(study_uid=images[0].StudyInstanceUID, packages=(PACKAGE,))
        flow.dispatch()

        assert [each.state for each in flow.analyses(study)] == [AnalysisState.PENDING]


def test_cancelling_the_only_order_that_asked_cancels_the_open_analysis(archive: Archive) -> None:
    with flowing(archive, packages=()) as flow:
        images = chest()
        placed = flow.place(study_uid=images[0].StudyInstanceUID, packages=(PACKAGE,))
        other = flow.place(study_uid=images[0].StudyInstanceUID)
        study = flow.dispatched(*images)

        with archive.write() as connection:
            request.cancel(connection, WALL, placed.id)
        flow.dispatch()

        assert [each.state for each in flow.analyses(study)] == [AnalysisState.CANCELLED]
        assert why_cancelled(flow, study) == ["neither an order nor the hospital's packages ask for it any more"]
        assert flow.order(placed.id).state is OrderState.CANCELLED
        assert flow.order(other.id).state is OrderState.PRELIMINARY, "nobody works for it any more"


def test_an_urgent_orders_analysis_is_claimed_first(flow: Flow) -> None:
    waiting = flow.dispatched(*chest())
    images = chest()
    flow.place(study_uid=images[0].StudyInstanceUID, priority=Priority.HIGH)
    urgent = flow.dispatched(*images)

    claimed = [flow.claim(), flow.claim(), flow.claim()]
    assert [each.study_id if each else None for each in claimed] == [urgent.id, waiting.id, None]


def test_an_urgent_order_that_comes_late_moves_what_still_waits_to_the_front(flow: Flow) -> None:
    routine, urgent = chest(), chest()
    flow.dispatched(*routine)
    flow.dispatched(*urgent)

    flow.place(study_uid=urgent[0].StudyInstanceUID, priority=Priority.HIGH)
    flow.dispatch()

    first = flow.claim()
    assert first is not None
    assert first.study_id == flow.study(urgent[0].StudyInstanceUID).id


def test_a_study_of_two_patients_waits_for_a_person_and_is_dispatched_once_resolved(flow: Flow) -> None:
    images = chest()
    images[-1].PatientID = "ANOTHER"
    study = flow.dispatched(*images)
    assert study.identity_conflict
    assert flow.analyses(study) == ()
    assert Step.COMPLETE not in due(flow.archive)[0], "what waits for a person keeps no sweep awake"

    with flow.archive.write() as connection:
        assert studies.resolve_identity(connection, WALL, study)
    assert Step.COMPLETE in due(flow.archive)[0]
    assert flow.dispatch() == 1

    assert [each.state for each in flow.analyses(study)] == [AnalysisState.PENDING]
    kinds = [event.kind for event in flow.events(study)]
    assert EventKind.IDENTITY_CONFLICT in kinds
    assert EventKind.IDENTITY_RESOLVED in kinds


def test_a_revision_with_other_images_cancels_the_open_analysis_and_asks_anew(flow: Flow) -> None:
    images = chest(count=24)
    study = flow.dispatched(*images[:22])
    running = flow.claim()
    assert running is not None

    flow.dispatched(*images[22:])

    first, second = flow.analyses(study)
    assert (first.id, first.state) == (running.id, AnalysisState.CANCELLED)
    assert (second.state, second.revision) == (AnalysisState.PENDING, 2)
    assert first.fingerprint != second.fingerprint
    assert why_cancelled(flow, study) == ["a newer revision selects other images"]


def test_a_revision_with_the_same_selection_lets_the_open_analysis_go_on(flow: Flow) -> None:
    images = chest()
    flow.dispatched(*images)
    running = flow.claim()
    study = flow.dispatched(*chest(study_uid=images[0].StudyInstanceUID, count=1))

    assert running is not None
    assert [(each.id, each.state) for each in flow.analyses(study)] == [(running.id, AnalysisState.RUNNING)]
    flow.conclude(running, no_nodule(images))


def test_a_study_without_an_image_is_dispatched_to_nobody_and_its_order_says_so(flow: Flow) -> None:
    uid = generate_uid()
    placed = flow.place(study_uid=uid)
    study = flow.dispatched(note(uid))

    assert study.dispatched_revision == 1
    assert flow.analyses(study) == ()
    assert flow.order(placed.id).state is OrderState.PRELIMINARY


def test_dispatching_twice_is_dispatching_once(flow: Flow) -> None:
    study = flow.dispatched(*chest())
    assert flow.dispatch() == 0
    assert len(flow.analyses(study)) == 1
    assert len(routed(flow, study)) == 1


def test_a_package_added_while_the_centre_runs_is_asked_for_the_next_study(flow: Flow, tmp_path: Path) -> None:
    shelf = tmp_path / "packages"
    shelf.mkdir()
    flow.catalogue = Catalogue.of([shelf])
    assert flow.analyses(flow.dispatched(*chest())) == ()

    shutil.copytree(PACKAGES / PACKAGE, shelf / PACKAGE)

    assert len(flow.analyses(flow.dispatched(*chest()))) == 1


def test_a_study_asked_for_again_is_read_by_a_newer_version_beside_the_older(flow: Flow, tmp_path: Path) -> None:
    images: list[FileDataset] = chest()
    study = flow.dispatched(*images)
    older = flow.claim()
    assert older is not None
    flow.conclude(older, no_nodule(images))
    flow.catalogue = Catalogue.of([PACKAGES, newer_version(tmp_path)])

    with flow.archive.write() as connection:
        studies.redispatch(connection, WALL, study)
    flow.dispatch()

    assert [(each.package_version, each.state) for each in flow.analyses(study)] == [
        ("0.1.0.0", AnalysisState.CONCLUDED),
        ("0.1.0.1", AnalysisState.PENDING),
    ]


def newer_version(tmp_path: Path) -> Path:
    """A shelf with the package of the tests under a higher version."""
    folder = tmp_path / "shelf" / PACKAGE
    shutil.copytree(PACKAGES / PACKAGE, folder)
    manifest = json.loads((folder / "package.json").read_text())
    (folder / "package.json").write_text(json.dumps(manifest | {"version": "0.1.0.1"}))
    return folder.parent
