"""The diameters a reader drew are lines on the reader's image in the signed SR, found again by another library."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pytest
from highdicom.spatial import ImageToReferenceTransformer
from highdicom.sr.utils import find_content_items
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset

from models.contract import LUNG, NODULE, RIGHT, Axis, Point
from service.archive.reports import Report
from service.archive.results import ResultKind
from service.domain.review import Description, ReviewAction
from tests.delivering.conftest import Outbox
from tests.delivering.reader import Reader
from tests.interop.validators import dump, iod_errors, template_errors
from tests.support.flowing import chest
from workers.report_context import report_rows_of

OBLIQUE = [0.8, 0.6, 0.0, -0.36, 0.48, 0.8]
ORIENTATIONS = {"axial": [1.0, 0, 0, 0, 1.0, 0], "sagittal": [0, 1.0, 0, 0, 0, -1.0], "oblique": OBLIQUE}
LONG, SHORT = "103339001", "103340004"
LONG_PX, SHORT_PX = ((3.25, 5.0), (11.5, 9.75)), ((6.0, 9.5), (9.0, 4.5))
"""(column, row) of both ends, counted from the centre of the first pixel."""


def turned(orientation: Sequence[float]) -> list[FileDataset]:
    """A series whose planes lie as told, with pixels that are not square."""
    images = chest()
    normal = np.cross(orientation[:3], orientation[3:])
    for index, image in enumerate(images):
        image.ImageOrientationPatient = list(orientation)
        image.ImagePositionPatient = [
            round(float(each), 6) for each in np.array([-60.5, 12.25, 40.0]) + normal * index * 5
        ]
        image.PixelSpacing = [0.8, 0.65]
    return images


def patient_mm(image: Dataset, place: tuple[float, float]) -> NDArray[np.float64]:
    """Equation C.7.6.2.1-1 of PS3.3, by hand."""
    column, row = place
    cosines = np.array([float(each) for each in image.ImageOrientationPatient])
    between_rows, between_columns = (float(each) for each in image.PixelSpacing)
    start = np.array([float(each) for each in image.ImagePositionPatient])
    return start + cosines[:3] * between_columns * column + cosines[3:] * between_rows * row


def axis(image: Dataset, ends: tuple[tuple[float, float], tuple[float, float]]) -> Axis:
    start, end = (patient_mm(image, each) for each in ends)
    return Axis(point(start), point(end), float(np.linalg.norm(end - start)), 0)


def point(values: NDArray[np.float64]) -> Point:
    x, y, z = (float(each) for each in values)
    return x, y, z


def drawn(image: Dataset, frame_number: int | None = None) -> Description:
    """As the reading page says what was measured on an image."""
    long_axis, short_axis = axis(image, LONG_PX), axis(image, SHORT_PX)
    middle = point((np.array(long_axis.start_mm) + np.array(long_axis.end_mm)) / 2)
    uid = str(image.SOPInstanceUID)
    return Description(NODULE, LUNG, RIGHT, middle, long_axis, short_axis, None, uid, frame_number)


def reader_of(outbox: Outbox, images: Sequence[FileDataset]) -> Reader:
    """Of a study that no package was asked about."""
    outbox.flow.arrive(*images)
    outbox.flow.pass_time(60.0)
    outbox.flow.complete()
    return Reader(outbox, outbox.flow.study(str(images[0].StudyInstanceUID)))


def part10(reader: Reader, released: Report) -> bytes:
    made = reader.documents(released)[ResultKind.SR]
    return reader.outbox.flow.archive.objects.load(made.hospital, made.object_name)


def lines(document: bytes) -> dict[str, tuple[str, NDArray[np.float64]]]:
    """By highdicom: image and points in pixels, by the code of each diameter that has a line."""
    report = highdicom.sr.srread(io.BytesIO(document))
    (group,) = (
        *report.content.get_planar_roi_measurement_groups(),
        *report.content.get_volumetric_roi_measurement_groups(),
        *report.content.get_image_measurement_groups(),
    )
    found = {}
    for measured in group.get_measurements():
        for line in (each for each in measured[0].get("ContentSequence", ()) if each.ValueType == "SCOORD"):
            (image,) = line.ContentSequence
            uid = str(image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
            found[measured.name.value] = (uid, np.asarray(line.value))
    return found


def assert_drawn(document: bytes, image: Dataset) -> None:
    """Both diameters name the image and are where they were drawn, within 0.1 mm in the patient."""
    found = lines(document)
    assert {name: uid for name, (uid, _) in found.items()} == dict.fromkeys((LONG, SHORT), str(image.SOPInstanceUID))
    to_patient = ImageToReferenceTransformer(
        image_position=[float(each) for each in image.ImagePositionPatient],
        image_orientation=[float(each) for each in image.ImageOrientationPatient],
        pixel_spacing=[float(each) for each in image.PixelSpacing],
    )
    for name, ends in ((LONG, LONG_PX), (SHORT, SHORT_PX)):
        expected = np.array([patient_mm(image, each) for each in ends])
        np.testing.assert_allclose(to_patient(found[name][1]), expected, atol=0.1)


@pytest.mark.parametrize("orientation", ORIENTATIONS.values(), ids=ORIENTATIONS)
def test_what_a_reader_added_is_drawn_where_the_reader_drew_it(outbox: Outbox, orientation: list[float]) -> None:
    images = turned(orientation)
    reader = reader_of(outbox, images)
    reader.judge(ReviewAction.ADD, said=drawn(images[7]))
    released = reader.sign()
    outbox.encode()

    assert_drawn(part10(reader, released), images[7])


def test_what_a_reader_measured_again_is_the_readers_line_and_not_the_packages(outbox: Outbox) -> None:
    images = chest()
    study = outbox.read(*images)
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    reader.judge(ReviewAction.CORRECT, said=drawn(images[9]))
    released = reader.sign()
    outbox.encode()

    assert_drawn(part10(reader, released), images[9])


def test_a_line_on_another_series_than_the_package_read_names_that_series_image(outbox: Outbox) -> None:
    images = chest()
    study = outbox.read(*images)
    other = turned(OBLIQUE)[3]
    other.StudyInstanceUID = study.study_instance_uid
    outbox.flow.arrive(other)
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    reader.judge(ReviewAction.CORRECT, said=drawn(other))
    released = reader.sign()
    outbox.encode()

    document = part10(reader, released)
    assert_drawn(document, other)


def test_no_point_stands_beside_a_drawn_diameter(outbox: Outbox) -> None:
    """OHIF takes a group with a point for a point, and shows nothing of what was measured."""
    images = chest()
    study = outbox.read(*images)
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    reader.judge(ReviewAction.CORRECT, said=drawn(images[4]))
    released = reader.sign()
    outbox.encode()

    document = part10(reader, released)
    assert_drawn(document, images[4])
    kinds = highdicom.sr.ValueTypeValues
    assert not find_content_items(highdicom.sr.srread(io.BytesIO(document)), value_type=kinds.SCOORD3D, recursive=True)


def test_new_words_leave_the_packages_lines_where_they_were(outbox: Outbox) -> None:
    """The page sends the package's own diameters back when only the type is changed."""
    images = chest()
    study = outbox.read(*images)
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    kept = Axis((6.0, 6.0, 20.0), (8.0, 6.0, 20.0), 2.0, 0)
    shown_best = replace(drawn(images[5]), long_axis=kept, short_axis=None, center_mm=(7.0, 6.0, 22.5))
    reader.judge(ReviewAction.CORRECT, said=shown_best)
    released = reader.sign()
    outbox.encode()

    uid, ends = lines(part10(reader, released))[LONG]
    assert uid == images[4].SOPInstanceUID, "where the diameter lies, though another image shows the finding best"
    np.testing.assert_allclose(ends, [[6.5, 6.5], [8.5, 6.5]], atol=1e-4)


def test_a_diameter_on_an_image_without_a_place_in_the_patient_is_a_number_only(outbox: Outbox) -> None:
    images = turned(ORIENTATIONS["axial"])
    said = drawn(images[2])
    for image in images:
        del image.ImagePositionPatient
    reader = reader_of(outbox, images)
    reader.judge(ReviewAction.ADD, said=said)
    released = reader.sign()
    outbox.encode()

    assert lines(part10(reader, released)) == {}
    assert b"Bidirectional" not in part10(reader, released), "OHIF makes no measurement of what it cannot draw"


def test_ohif_is_told_its_tool_for_two_diameters_on_one_image(outbox: Outbox) -> None:
    images = chest()
    reader = reader_of(outbox, images)
    reader.judge(ReviewAction.ADD, said=drawn(images[2]))
    released = reader.sign()
    outbox.encode()

    assert b"Cornerstone3DTools@^0.1.0:Bidirectional:Nodule R1" in part10(reader, released)


def test_every_image_with_a_line_is_evidence(outbox: Outbox) -> None:
    images = chest()
    reader = reader_of(outbox, images)
    reader.judge(ReviewAction.ADD, said=drawn(images[-1]))
    released = reader.sign()
    outbox.encode()

    named = {
        item.ReferencedSOPInstanceUID
        for series in reader.document(released, ResultKind.SR)
        .CurrentRequestedProcedureEvidenceSequence[0]
        .ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert str(images[-1].SOPInstanceUID) in named
    assert len(report_rows_of(outbox.flow.archive, released.id).members) == len(named)


@pytest.mark.system
@pytest.mark.parametrize("orientation", ORIENTATIONS.values(), ids=ORIENTATIONS)
def test_the_judges_find_nothing_wrong_with_a_readers_lines(
    outbox: Outbox, orientation: list[float], tmp_path: Path
) -> None:
    images = turned(orientation)
    reader = reader_of(outbox, images)
    reader.judge(ReviewAction.ADD, said=drawn(images[7]))
    released = reader.sign()
    outbox.encode()

    document = part10(reader, released)
    assert iod_errors(document, "Comprehensive3DSR", tmp_path) == []
    assert dump(document, tmp_path).count("POLYLINE") == 2


@pytest.mark.system
@pytest.mark.slow
def test_pixelmeds_rules_take_a_readers_lines(outbox: Outbox, tmp_path: Path) -> None:
    images = chest()
    reader = reader_of(outbox, images)
    reader.judge(ReviewAction.ADD, said=drawn(images[7]))
    released = reader.sign()
    outbox.encode()

    assert template_errors(part10(reader, released), tmp_path) == []
