"""Findings drawn over their images for a PACS that shows neither SR nor SEG, where that PACS is to have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from typer.testing import CliRunner

from service.archive import hospitals, peers, results
from service.archive.results import Result, ResultKind
from service.cli.main import APP
from service.domain.companions import Companion
from service.domain.delivery import DeliveryState
from service.domain.review import RejectionReason, ReviewAction
from tests.delivering.conftest import Outbox
from tests.delivering.reader import Reader
from tests.delivering.test_drawn_diameters import LONG_PX, SHORT_PX, drawn, turned
from tests.delivering.test_signed_report import group_words, groups, told
from tests.interop.validators import iod_errors, run
from tests.support.flowing import CALLING_AE, WALL, chest
from tests.support.pacs import SC, SEG, SR, VERIFICATION, ScriptedPacs

GSPS = "1.2.840.10008.5.1.4.1.1.11.1"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
KO = "1.2.840.10008.5.1.4.1.1.88.59"
EVERY = frozenset(Companion)
NOT_VERIFIED = "AI result, not verified"


@pytest.fixture
def pacs(pacs: ScriptedPacs) -> ScriptedPacs:
    pacs.takes = (SR, SEG, SC, PDF, KO, GSPS, VERIFICATION)
    return pacs


def given(outbox: Outbox, companions: frozenset[Companion]) -> None:
    """The hospital's PACS is to have these beside SR and SEG."""
    with outbox.flow.archive.write() as connection:
        (peer,) = hospitals.peers(connection, WALL, outbox.flow.hospital)
        peers.keep(connection, WALL, replace(peer, companions=companions))


def reader_at(outbox: Outbox, images: Sequence[FileDataset]) -> Reader:
    """A study in which the package found one nodule, and what came of it is at the PACS."""
    study = outbox.read(*images)
    outbox.all_sent()
    return Reader(outbox, outbox.flow.study(study.study_instance_uid))


def texts(state: Dataset) -> list[str]:
    return [text.UnformattedTextValue for each in state.GraphicAnnotationSequence for text in each.TextObjectSequence]


def polylines(state: Dataset) -> list[tuple[str, NDArray[np.float64]]]:
    """Image and points of each line; PS3.3 C.10.5.1.2: the centre of the first pixel is at 0.5 / 0.5."""
    return [
        (
            str(each.ReferencedImageSequence[0].ReferencedSOPInstanceUID),
            np.array([float(value) for value in graphic.GraphicData]).reshape(-1, 2),
        )
        for each in state.GraphicAnnotationSequence
        for graphic in each.GraphicObjectSequence
        if graphic.GraphicType == "POLYLINE"
    ]


def made_of(outbox: Outbox, result: Result) -> bytes:
    return outbox.flow.archive.objects.load(result.hospital, result.object_name)


def test_a_pacs_that_nobody_set_gets_what_it_got_before(outbox: Outbox, pacs: ScriptedPacs) -> None:
    reader = reader_at(outbox, chest())
    reader.judge(ReviewAction.ACCEPT)
    reader.sign(marked=1)
    outbox.all_sent()
    assert [each.sop_class_uid for each in pacs.stored] == [SEG, SR, SR, PDF, KO]


@pytest.mark.parametrize(
    ("companions", "preliminary", "final"),
    [
        (frozenset(), [SEG, SR], [SR]),
        ({Companion.PDF}, [SEG, SR], [SR, PDF]),
        ({Companion.PRESENTATION_STATE}, [SEG, SR, GSPS], [SR, GSPS]),
        ({Companion.SUMMARY, Companion.KEY_IMAGES}, [SEG, SR, SC], [SR, KO]),
        (EVERY, [SEG, SR, GSPS, SC], [SR, PDF, GSPS, KO]),
    ],
)
def test_a_pacs_gets_what_was_chosen_for_it(
    outbox: Outbox, pacs: ScriptedPacs, companions: frozenset[Companion], preliminary: list[str], final: list[str]
) -> None:
    given(outbox, frozenset(companions))
    reader = reader_at(outbox, chest())
    assert sorted(each.sop_class_uid for each in pacs.stored) == sorted(preliminary)
    reader.judge(ReviewAction.ACCEPT)
    reader.sign(marked=1)
    outbox.all_sent()
    assert sorted(each.sop_class_uid for each in pacs.stored[len(preliminary) :]) == sorted(final)


def test_an_operator_chooses_by_command_and_is_told_what_there_is_to_choose(outbox: Outbox, pacs: ScriptedPacs) -> None:
    hospital, data = CALLING_AE, str(outbox.flow.archive.folder)

    def chosen(*typed: str) -> tuple[int, str]:
        words = [word for each in typed for word in ("--document", each)]
        done = CliRunner().invoke(APP, ["hospital", "documents", hospital, *words, "--data", data])
        return done.exit_code, f"{done.output} {done.exception or ''}"

    assert chosen("pdf", "presentation-state")[0] == 0
    with outbox.flow.archive.read() as connection:
        (peer,) = hospitals.peers(connection, WALL, outbox.flow.hospital)
    assert peer.companions == {Companion.PDF, Companion.PRESENTATION_STATE}
    code, said = chosen("gsps")
    assert code != 0
    assert "presentation-state" in said
    assert "nothing" in chosen("none")[1]
    outbox.add_pacs(pacs.port + 1)
    code, said = chosen("pdf")
    assert code != 0
    assert "--pacs" in said


def test_two_pacs_of_one_hospital_get_different_things(outbox: Outbox, pacs: ScriptedPacs) -> None:
    given(outbox, EVERY)
    outbox.add_pacs(pacs.port)
    reader = reader_at(outbox, chest())
    reader.sign()
    outbox.all_sent()
    classes = [each.sop_class_uid for each in pacs.stored]
    assert (classes.count(SR), classes.count(PDF), classes.count(GSPS), classes.count(SC)) == (4, 2, 1, 1)


def test_what_a_package_found_is_drawn_and_says_that_nobody_verified_it(outbox: Outbox, pacs: ScriptedPacs) -> None:
    given(outbox, EVERY)
    images = chest()
    reader_at(outbox, images)

    (state,) = told(pacs, GSPS)
    assert polylines(state)[0][0] == images[4].SOPInstanceUID
    np.testing.assert_allclose(polylines(state)[0][1], [[6.5, 6.5], [8.5, 6.5]], atol=1e-4)
    said = texts(state)
    assert "1" in said
    assert NOT_VERIFIED in said
    (group,) = groups(told(pacs, SR)[0])
    (words,) = [each for each in said if each.startswith("1. ")]
    assert group_words(group).startswith(words), "the same words as in the SR"
    assert state.ContentDescription == NOT_VERIFIED
    assert state.SeriesDescription.startswith("AI ")


def test_what_was_signed_is_drawn_as_the_reader_drew_it_and_without_that_line(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    given(outbox, EVERY)
    images = turned([1.0, 0, 0, 0, 1.0, 0])
    study = outbox.read(*images)
    outbox.all_sent()
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    reader.judge(ReviewAction.REJECT, reason=RejectionReason.VESSEL)
    reader.judge(ReviewAction.ADD, said=drawn(images[7]))
    reader.sign()
    outbox.all_sent()

    _, final = told(pacs, GSPS)
    assert [uid for uid, _ in polylines(final)] == [images[7].SOPInstanceUID] * 2
    for (_, points), expected in zip(polylines(final), (LONG_PX, SHORT_PX), strict=True):
        np.testing.assert_allclose(points, np.array(expected) + 0.5, atol=1e-3)
    assert texts(final)[0] == "R1"
    assert not any("verified" in text or "未经" in text for text in texts(final))
    assert final.ContentCreatorName.ideographic == "安娜"
    assert not final.SeriesDescription.startswith("AI ")


def test_there_is_one_state_a_series_and_none_without_findings(outbox: Outbox, pacs: ScriptedPacs) -> None:
    given(outbox, EVERY)
    images = chest()
    study = outbox.read(*images)
    other = turned([1.0, 0, 0, 0, 1.0, 0])[3]
    other.StudyInstanceUID = study.study_instance_uid
    outbox.flow.arrive(other)
    outbox.all_sent()
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    reader.judge(ReviewAction.ACCEPT)
    reader.judge(ReviewAction.ADD, said=drawn(other))
    released = reader.sign()
    outbox.all_sent()

    finals = told(pacs, GSPS)[1:]
    assert {each.ReferencedSeriesSequence[0].SeriesInstanceUID for each in finals} == {
        images[0].SeriesInstanceUID,
        other.SeriesInstanceUID,
    }
    assert len({each.SOPInstanceUID for each in finals}) == 2
    with outbox.flow.archive.read() as connection:
        kinds = [each.kind for each in results.of_report(connection, WALL, released.id)]
    assert kinds.count(ResultKind.PRESENTATION) == 2


def test_images_of_one_series_that_scale_their_values_apart_get_a_state_each(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    """A state says one Modality LUT for all its images."""
    given(outbox, EVERY)
    images = chest()
    images[9].RescaleSlope = 2
    study = outbox.read(*images)
    outbox.all_sent()
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    on_both = replace(drawn(images[7]), short_axis=drawn(images[9]).short_axis)
    reader.judge(ReviewAction.CORRECT, said=on_both)
    reader.sign()
    outbox.all_sent()

    finals = told(pacs, GSPS)[1:]
    assert [float(each.RescaleSlope) for each in finals] == [1.0, 2.0]
    assert [polylines(each)[0][0] for each in finals] == [images[7].SOPInstanceUID, images[9].SOPInstanceUID]


def test_colour_images_have_none_and_keep_the_rest(outbox: Outbox, pacs: ScriptedPacs) -> None:
    given(outbox, EVERY)
    images = chest()
    said = drawn(images[2])
    images[2].SamplesPerPixel, images[2].PhotometricInterpretation = 3, "RGB"
    outbox.flow.arrive(*images)
    outbox.flow.pass_time(60.0)
    outbox.flow.complete()
    reader = Reader(outbox, outbox.flow.study(str(images[0].StudyInstanceUID)))
    reader.judge(ReviewAction.ADD, said=said)
    reader.sign()
    outbox.all_sent()
    assert [each.sop_class_uid for each in pacs.stored] == [SR, PDF]


def test_a_pacs_that_takes_no_states_has_the_rest_and_the_timeline_says_so(outbox: Outbox, pacs: ScriptedPacs) -> None:
    pacs.takes = (SR, SEG, SC, PDF, KO, VERIFICATION)
    given(outbox, frozenset({Companion.PRESENTATION_STATE}))
    reader = reader_at(outbox, chest())

    assert [each.sop_class_uid for each in pacs.stored] == [SEG, SR], "no summary page for what SR and SEG say"
    (failed,) = [each for each in outbox.flow.deliveries(reader.study) if each.state is DeliveryState.FAILED]
    assert "Grayscale Softcopy Presentation State" in (failed.last_error or "")
    words = [str(each.detail.get("error")) for each in outbox.flow.events(reader.study)]
    assert any("Grayscale Softcopy Presentation State" in each for each in words)


def test_a_withdrawal_names_the_states_of_the_report_as_well(outbox: Outbox, pacs: ScriptedPacs) -> None:
    given(outbox, EVERY)
    reader = reader_at(outbox, chest())
    reader.judge(ReviewAction.ACCEPT)
    released = reader.sign()
    outbox.all_sent()
    reader.withdraw()
    outbox.all_sent()
    note = told(pacs, KO)[-1]
    named = {
        item.ReferencedSOPInstanceUID
        for series in note.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert reader.documents(released)[ResultKind.PRESENTATION].sop_instance_uid in named


@pytest.mark.system
@pytest.mark.parametrize("orientation", [[1.0, 0, 0, 0, 1.0, 0], [0.8, 0.6, 0.0, -0.36, 0.48, 0.8]])
def test_dciodvfy_finds_nothing_wrong_and_dcmtk_reads_what_was_drawn(
    outbox: Outbox, orientation: list[float], tmp_path: Path
) -> None:
    given(outbox, EVERY)
    reader = reader_at(outbox, chest())
    other = turned(orientation)[3]
    other.StudyInstanceUID = reader.study.study_instance_uid
    outbox.flow.arrive(other)
    reader = Reader(outbox, outbox.flow.study(reader.study.study_instance_uid))
    reader.judge(ReviewAction.ADD, said=drawn(other))
    released = reader.sign()
    outbox.encode()

    automatic = made_of(outbox, outbox.results(reader.study)[ResultKind.PRESENTATION])
    assert iod_errors(automatic, "GrayscaleSoftcopyPresentationState", tmp_path) == []
    checked = run(["dcmpschk", str(tmp_path / "object.dcm")])
    faulty = set(re.findall(r"Affected attribute: (\w+)", checked))
    # DCMTK 3.6.7 takes letters beyond ASCII under ISO_IR 192 for a fault; nothing else is one.
    assert faulty <= {"UnformattedTextValue", "PatientName"}

    signed = made_of(outbox, reader.documents(released)[ResultKind.PRESENTATION])
    assert iod_errors(signed, "GrayscaleSoftcopyPresentationState", tmp_path) == []
    image = tmp_path / "image.dcm"
    other.save_as(image, enforce_file_format=True)
    said = run(["dcmp2pgm", "-v", "-p", str(tmp_path / "object.dcm"), str(image), str(tmp_path / "shown.pgm")])
    found = [
        [float(value) for value in re.findall(r"[0-9.]+", line)] for line in re.findall(r"coordinates: (.*)", said)
    ]
    assert len(found) == 2, said
    for points, expected in zip(found, (LONG_PX, SHORT_PX), strict=True):
        np.testing.assert_allclose(points, np.array(expected).ravel() + 0.5, atol=1e-2)
    assert "units=pixel" in said
    assert '"R1"' in said
