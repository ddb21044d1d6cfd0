"""The SEG a hospital gets where there are regions: every voxel lies where it lay, tied to what the SR says of it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import highdicom
import made_sources as made
import numpy as np
import pytest
import validators
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset

from models.contract import Finding, Grid, Segment, SliceSource
from service.results.document import BadContext, CharacterSet, ObjectKind
from service.results.seg import encode_seg
from service.results.sr import encode_sr

RIGHT_ANGLED = ["axial", "reversed", "sagittal", "oblique"]
GEOMETRIES = [*RIGHT_ANGLED, "gantry tilt", "enhanced"]
Points = set[tuple[float, float, float]]


def series(geometry: str) -> made.Series:
    return made.enhanced() if geometry == "enhanced" else made.single_frames(geometry)


def part10(source: made.Series, findings: tuple[Finding, ...], **changes: object) -> bytes:
    encoded = encode_seg(made.context(source, **changes), made.reading(source, findings))
    assert encoded is not None
    return encoded.part10


def voxels(mask: np.ndarray, position: object, orientation: object, spacing: object) -> Points:
    """Where the set voxels of one frame lie in the patient, by the formula of PS3.3 C.7.6.2.1.1."""
    row, column = np.array(orientation, dtype=float).reshape(2, 3)
    between_rows, between_columns = np.array(spacing, dtype=float)
    indices = np.argwhere(mask)
    points = (
        np.array(position, dtype=float)
        + indices[:, 1:] * between_columns * row
        + indices[:, :1] * between_rows * column
    )
    return {tuple(np.round(point, 4) + 0.0) for point in points}


def expected(source: made.Series, finding: Finding) -> Points:
    """The same from the source's own headers: slice by slice, frame by frame."""
    region = finding.segment
    assert region is not None
    found: Points = set()
    for index, mask in enumerate(region.mask, start=region.corner[0]):
        plane = np.zeros(source.grid.shape[1:], dtype=bool)
        rows, columns = (slice(c, c + s) for c, s in zip(region.corner[1:], mask.shape, strict=True))
        plane[rows, columns] = mask
        where = source.sources[index]
        if where.frame_number is None:
            header = next(h for h in source.headers if h.SOPInstanceUID == where.sop_instance_uid)
            found |= voxels(plane, header.ImagePositionPatient, header.ImageOrientationPatient, header.PixelSpacing)
        else:
            group = source.headers[0].PerFrameFunctionalGroupsSequence[where.frame_number - 1]
            found |= voxels(
                plane,
                group.PlanePositionSequence[0].ImagePositionPatient,
                group.PlaneOrientationSequence[0].ImageOrientationPatient,
                group.PixelMeasuresSequence[0].PixelSpacing,
            )
    return found


def stored(segmentation: Dataset, segment_number: int) -> Points:
    shared = segmentation.SharedFunctionalGroupsSequence[0]
    frames = segmentation.pixel_array.reshape(-1, segmentation.Rows, segmentation.Columns)
    found: Points = set()
    for frame, group in zip(frames, segmentation.PerFrameFunctionalGroupsSequence, strict=True):
        identity = group.get("SegmentIdentificationSequence") or shared.SegmentIdentificationSequence
        if identity[0].ReferencedSegmentNumber == segment_number:
            found |= voxels(
                frame,
                group.PlanePositionSequence[0].ImagePositionPatient,
                shared.PlaneOrientationSequence[0].ImageOrientationPatient,
                shared.PixelMeasuresSequence[0].PixelSpacing,
            )
    return found


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_every_voxel_lies_in_the_patient_where_it_lay_in_the_source(geometry: str) -> None:
    source = series(geometry)
    findings = made.two_nodules(source)
    segmentation = dcmread(io.BytesIO(part10(source, findings)))
    for number, finding in enumerate(findings, start=1):
        assert stored(segmentation, number) == expected(source, finding)


@pytest.mark.parametrize("geometry", RIGHT_ANGLED)
def test_highdicom_reads_the_same_volume_back(geometry: str) -> None:
    source = series(geometry)
    findings = made.two_nodules(source)
    volume = highdicom.seg.segread(io.BytesIO(part10(source, findings))).get_volume()
    for number, finding in enumerate(findings):
        inside = np.argwhere(volume.array[..., number])
        points = volume.map_indices_to_reference(inside)
        assert {tuple(np.round(point, 4) + 0.0) for point in points} == expected(source, finding)


@pytest.mark.parametrize("geometry", [*RIGHT_ANGLED, "gantry tilt"])
def test_highdicom_finds_the_region_by_the_source_images(geometry: str) -> None:
    source = series(geometry)
    first, second = made.two_nodules(source)
    segmentation = highdicom.seg.segread(io.BytesIO(part10(source, (first, second))))
    instances = [one.sop_instance_uid for one in source.sources]
    pixels = segmentation.get_pixels_by_source_instance(instances, assert_missing_frames_are_empty=True)
    assert (pixels[1:5, 5:11, 7:12, 0].astype(bool) == first.segment.mask).all()
    assert (pixels[10:11, 20:23, 30:34, 1].astype(bool) == second.segment.mask).all()
    assert pixels.sum() == first.segment.mask.sum() + second.segment.mask.sum()


def test_highdicom_finds_the_region_by_the_frames_of_a_multi_frame_source() -> None:
    source = made.enhanced()
    first, second = made.two_nodules(source)
    segmentation = highdicom.seg.segread(io.BytesIO(part10(source, (first, second))))
    pixels = segmentation.get_pixels_by_source_frame(
        source.sources[0].sop_instance_uid,
        [one.frame_number for one in source.sources],
        assert_missing_frames_are_empty=True,
    )
    assert (pixels[1:5, 5:11, 7:12, 0].astype(bool) == first.segment.mask).all()
    assert pixels[..., 1].sum() == second.segment.mask.sum()


@pytest.mark.system
@pytest.mark.parametrize("character_set", list(CharacterSet))
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_dciodvfy_finds_no_error(geometry: str, character_set: CharacterSet, tmp_path: Path) -> None:
    source = series(geometry)
    encoded = part10(source, made.two_nodules(source), character_set=character_set)
    assert validators.iod_errors(encoded, "Segmentation", tmp_path) == []


def test_regions_that_overlap_are_both_kept_whole() -> None:
    source = made.single_frames()
    first = made.nodule(source, 1, (2, 5, 5), np.ones((3, 6, 6), dtype=bool))
    second = made.nodule(source, 2, (3, 8, 8), np.ones((3, 6, 6), dtype=bool))
    segmentation = dcmread(io.BytesIO(part10(source, (first, second))))
    assert segmentation.SegmentsOverlap == "YES"
    assert stored(segmentation, 1) == expected(source, first)
    assert stored(segmentation, 2) == expected(source, second)


def test_a_frame_has_its_images_own_position_where_the_series_is_not_quite_even() -> None:
    source = made.single_frames()
    findings = made.two_nodules(source)
    source.headers[2].ImagePositionPatient = ["-120.5", "-98.25", "-307.460001"]
    segmentation = dcmread(io.BytesIO(part10(source, findings)))
    positions = {
        frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID: list(
            frame.PlanePositionSequence[0].ImagePositionPatient
        )
        for frame in segmentation.PerFrameFunctionalGroupsSequence
    }
    assert positions[source.sources[2].sop_instance_uid] == [-120.5, -98.25, -307.460001]
    assert positions[source.sources[3].sop_instance_uid] == [-120.5, -98.25, -306.25]


def test_a_reading_on_turned_axes_lies_where_its_grid_says() -> None:
    """A reader may walk the rows backwards: then the header's first voxel is not the grid's."""
    source = made.single_frames()
    rows = source.grid.shape[1]
    last_row = source.grid.lps_mm(np.array([0.0, rows - 1, 0.0]))
    turned = Grid(
        source.grid.shape,
        tuple(float(v) for v in last_row),
        source.grid.slice_step_mm,
        tuple(-v for v in source.grid.row_step_mm),
        source.grid.column_step_mm,
    )
    finding = made.two_nodules(source)[0]
    mirrored = replace(finding, segment=Segment((1, rows - 5 - 6, 7), finding.segment.mask[:, ::-1, :]))
    segmentation = dcmread(io.BytesIO(part10(replace(source, grid=turned), (mirrored,))))
    assert stored(segmentation, 1) == expected(source, finding)


def test_segments_carry_the_tracking_codes_and_algorithm_of_the_sr() -> None:
    source = made.single_frames()
    outcome = made.reading(source, made.two_nodules(source))
    context = made.context(source)
    segmentation = dcmread(io.BytesIO(encode_seg(context, outcome).part10))
    groups = highdicom.sr.srread(
        io.BytesIO(encode_sr(context, outcome).part10)
    ).content.get_volumetric_roi_measurement_groups()
    assert [(s.TrackingID, s.TrackingUID) for s in segmentation.SegmentSequence] == [
        (group.tracking_identifier, group.tracking_uid) for group in groups
    ]
    assert (
        segmentation.SOPInstanceUID == groups[0].referenced_segment[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    )
    first = segmentation.SegmentSequence[0]
    assert first.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "49755003"
    assert first.SegmentedPropertyTypeCodeSequence[0].CodeValue == "27925004"
    assert first.AnatomicRegionSequence[0].CodeValue == "45653009"
    assert first.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].CodeValue == "24028007"
    assert (first.SegmentAlgorithmType, first.SegmentAlgorithmName) == ("AUTOMATIC", "ct_chest_nodule")
    assert len(first.RecommendedDisplayCIELabValue) == 3
    algorithm = first.SegmentationAlgorithmIdentificationSequence[0]
    assert algorithm.AlgorithmFamilyCodeSequence[0].CodeValue == "123110"
    assert algorithm.AlgorithmVersion == "1.2.0.7"
    assert made.WEIGHTS in algorithm.AlgorithmParameters


def test_the_segmentation_is_of_the_source_and_by_the_machine() -> None:
    source = made.single_frames()
    segmentation = dcmread(io.BytesIO(part10(source, made.two_nodules(source))))
    header = source.headers[0]
    for keyword in ("StudyInstanceUID", "FrameOfReferenceUID", "PatientID", "PatientName", "AccessionNumber"):
        assert segmentation[keyword].value == header[keyword].value
    assert segmentation.DeviceUID == made.PACKAGE.device_uid
    assert segmentation.SegmentationType == "BINARY"
    assert segmentation.ContentLabel == "AI_SEGMENTATION"
    assert segmentation.TimezoneOffsetFromUTC == "+0800"
    assert segmentation.SegmentSequence[0].SegmentLabel == "结节 1"
    assert segmentation["ContentCreatorName"].is_empty, "no person made it"


def test_every_instance_that_was_read_is_named_and_frames_name_theirs() -> None:
    source = made.enhanced()
    segmentation = dcmread(io.BytesIO(part10(source, made.two_nodules(source))))
    image = source.headers[0].SOPInstanceUID
    listed = segmentation.ReferencedSeriesSequence[0]
    assert listed.SeriesInstanceUID == source.headers[0].SeriesInstanceUID
    assert [item.ReferencedSOPInstanceUID for item in listed.ReferencedInstanceSequence] == [image]
    assert [item.ReferencedSOPInstanceUID for item in segmentation.SourceImageSequence] == [image]
    named = [
        frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber
        for frame in segmentation.PerFrameFunctionalGroupsSequence
    ]
    assert sorted(named) == sorted(source.sources[index].frame_number for index in (1, 2, 3, 4, 10))


def test_all_images_of_a_series_are_sources_not_only_those_with_a_region() -> None:
    source = made.single_frames()
    segmentation = dcmread(io.BytesIO(part10(source, made.two_nodules(source))))
    named = {i.ReferencedSOPInstanceUID for i in segmentation.ReferencedSeriesSequence[0].ReferencedInstanceSequence}
    assert named == {one.sop_instance_uid for one in source.sources}


def test_nothing_is_written_where_no_finding_has_a_region() -> None:
    source = made.single_frames()
    pointed = replace(made.two_nodules(source)[0], segment=None)
    empty = replace(pointed, segment=Segment((0, 0, 0), np.zeros((2, 2, 2), dtype=bool)))
    for findings in ((), (pointed,), (empty,)):
        assert encode_seg(made.context(source), made.reading(source, findings)) is None


def test_a_region_outside_the_series_is_refused() -> None:
    source = made.single_frames()
    finding = made.nodule(source, 1, (10, 5, 5), np.ones((4, 2, 2), dtype=bool))
    with pytest.raises(BadContext, match="finding 1"):
        encode_seg(made.context(source), made.reading(source, (finding,)))


@pytest.mark.parametrize("geometry", ["axial", "enhanced"])
def test_encoding_again_gives_the_same_bytes_and_pydicom_writes_what_it_read(geometry: str) -> None:
    source = series(geometry)
    findings = made.two_nodules(source)
    once = part10(source, findings)
    stream = io.BytesIO()
    dcmwrite(stream, dcmread(io.BytesIO(once)), enforce_file_format=True)
    assert part10(source, findings) == once
    assert stream.getvalue() == once


@pytest.mark.real_data
@pytest.mark.system
def test_a_real_chest_ct_gets_an_sr_and_a_seg_that_hold(datasets: Path, tmp_path: Path) -> None:
    files = sorted((datasets / "ct_lidc_nodules" / "LIDC-IDRI-0001").rglob("*.dcm"))
    headers = [
        header for header in (dcmread(file, stop_before_pixels=True) for file in files) if header.Modality == "CT"
    ]
    headers.sort(key=lambda header: float(header.ImagePositionPatient[2]))
    source = real_series(headers)
    finding = made.nodule(source, 1, (40, 200, 100), made.blob((7, 20, 22)))
    context, outcome = made.context(source), made.reading(source, (finding,))
    encoded = encode_seg(context, outcome)
    assert stored(dcmread(io.BytesIO(encoded.part10)), 1) == expected(source, finding)
    assert validators.iod_errors(encoded.part10, "Segmentation", tmp_path) == []
    report = encode_sr(context, outcome)
    assert validators.iod_errors(report.part10, "Comprehensive3DSR", tmp_path) == []
    assert report.sop_instance_uid == context.sop_instance_uid(ObjectKind.SR)


def real_series(headers: list[Dataset]) -> made.Series:
    first, last = (np.array(h.ImagePositionPatient, dtype=float) for h in (headers[0], headers[-1]))
    between_rows, between_columns = (float(v) for v in headers[0].PixelSpacing)
    step = tuple(float(v) for v in (last - first) / (len(headers) - 1))
    shape = (len(headers), headers[0].Rows, headers[0].Columns)
    grid = Grid(shape, tuple(float(v) for v in first), step, (0.0, between_rows, 0.0), (between_columns, 0.0, 0.0))
    return made.Series(tuple(headers), grid, tuple(SliceSource(h.SOPClassUID, h.SOPInstanceUID, None) for h in headers))
