"""Series of every geometry as headers, made by hand, with findings on them."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

from models.contract import (
    LEFT,
    LOWER_LOBE,
    LUNG,
    MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
    NODULE,
    RIGHT,
    UPPER_LOBE,
    Axis,
    Finding,
    Grid,
    Presence,
    Reading,
    Segment,
    SeriesReading,
    SliceSource,
    Target,
)
from models.manifest import Manifest
from service.domain.hospital import Language
from service.results.document import CharacterSet, Installation, Moments, OrderFacts, ResultContext

PACKAGE = Manifest.model_validate(
    {
        "name": "ct_chest_nodule",
        "version": "1.2.0.7",
        "release_version": "1",
        "device_uid": "2.25.330470905431186221216345312937423452347",
        "manufacturer": "Consilium project",
        "title": {"zh": "胸部 CT 肺结节检测", "en": "Chest CT nodule detection"},
        "use_status": {"kind": "research", "words": {"zh": "仅供研究使用", "en": "for research use only"}},
        "intended_use": {
            "modality": "CT",
            "sop_class_uids": [CTImageStorage],
            "body_parts": ["CHEST"],
            "min_age_years": 18,
            "max_age_years": None,
            "sexes": None,
            "max_slice_thickness_mm": 3,
            "max_slice_spacing_mm": 3,
            "min_slices": 20,
            "min_extent_mm": 100,
            "lossy_allowed": False,
            "text": {"zh": "成人胸部 CT", "en": "chest CT of adults"},
            "exclusions": [],
        },
        "selection": {},
        "outputs": [
            {
                "concept": {"value": "27925004", "scheme": "SCT", "meaning": "Nodule"},
                "site": {"value": "39607008", "scheme": "SCT", "meaning": "Lung"},
                "operating_point": {
                    "threshold": 0.5,
                    "sensitivity": {"value": 0.84, "low": 0.79, "high": 0.88},
                    "false_positives_per_scan": {"value": 1.4, "low": 1.1, "high": 1.8},
                    "measured_on": "ct_nodule_patches/val",
                },
                "min_size_mm": 4,
                "max_size_mm": 40,
            }
        ],
        "calibration": "isotonic, ct_nodule_patches/val",
        "training_sets": [],
        "evaluation": [],
        "not_validated_for": [{"zh": "儿童", "en": "children"}],
        "runtime": {"memory_mb": 2000, "deadline_s": 600, "head": "nodule_detection", "networks": ["network"]},
        "files": {"models/network.safetensors": "5d" * 32, "configs/inference.json": "6e" * 32},
    }
)
WEIGHTS, PACKAGE_SHA256 = "5d" * 32, "7f" * 32
ORDER = OrderFacts("A20260707", "P-1", "F-1", "RP-9")
MOMENTS = Moments(
    finished_at=datetime(2026, 7, 7, 1, 2, 3, 456000, tzinfo=UTC),
    encoded_at=datetime(2026, 7, 7, 1, 2, 5, tzinfo=UTC),
    utc_offset="+0800",
)
INSTALLATION = Installation(key=b"k" * 32, uid="2.25.4711", name="演示中心", product_version="0.1.0.0")


@dataclass(frozen=True)
class Series:
    """Headers, the grid they were made from, and the source of each slice."""

    headers: tuple[Dataset, ...]
    grid: Grid
    sources: tuple[SliceSource, ...]


def unit(*v: float) -> np.ndarray:
    return np.array(v, dtype=float) / np.linalg.norm(v)


ROW_X, COLUMN_Y = unit(1, 0, 0), unit(0, 1, 0)
OBLIQUE_ROW = unit(1, 0.2, -0.1)
OBLIQUE_COLUMN = np.cross(unit(0.1, -0.25, 1), OBLIQUE_ROW) / np.linalg.norm(np.cross(unit(0.1, -0.25, 1), OBLIQUE_ROW))
GEOMETRIES: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {
    # along a row, along a column, from slice to slice (mm)
    "axial": (ROW_X, COLUMN_Y, np.array([0, 0, 1.25])),
    "reversed": (ROW_X, COLUMN_Y, np.array([0, 0, -1.25])),
    "sagittal": (unit(0, 1, 0), unit(0, 0, -1), np.array([-2.5, 0, 0])),
    "oblique": (OBLIQUE_ROW, OBLIQUE_COLUMN, 1.5 * np.cross(OBLIQUE_ROW, OBLIQUE_COLUMN)),
    "gantry tilt": (ROW_X, unit(0, np.cos(0.3), np.sin(0.3)), np.array([0, 0, 2.5])),
}


def single_frames(geometry: str = "axial", shape: tuple[int, int, int] = (12, 30, 40), **attributes: object) -> Series:
    row, column, step = GEOMETRIES[geometry]
    origin = np.array([-120.5, -98.25, -310.0])
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    headers, sources = [], []
    for index in range(shape[0]):
        header = patient(study, series, **attributes)
        header.SOPClassUID, header.SOPInstanceUID = CTImageStorage, generate_uid()
        header.FrameOfReferenceUID = frame
        header.InstanceNumber = index + 1
        header.Rows, header.Columns = shape[1:]
        header.PixelSpacing = ["0.7", "0.6"]
        header.SliceThickness = "2.0"
        header.ImageOrientationPatient = [f"{v:.8f}" for v in (*row, *column)]
        header.ImagePositionPatient = [f"{v:.6f}" for v in origin + index * step]
        headers.append(as_read(header))
        sources.append(SliceSource(str(header.SOPClassUID), str(header.SOPInstanceUID), None))
    return Series(tuple(headers), grid(shape, origin, step, column, row), tuple(sources))


def enhanced(shape: tuple[int, int, int] = (12, 30, 40)) -> Series:
    """One multi-frame image whose frames stand in no order, among the frames of another phase at the same positions."""
    row, column, step = GEOMETRIES["oblique"]
    origin = np.array([-120.5, -98.25, -310.0])
    header = patient(generate_uid(), generate_uid())
    header.SOPClassUID, header.SOPInstanceUID = EnhancedCTImageStorage, generate_uid()
    header.FrameOfReferenceUID = generate_uid()
    header.Rows, header.Columns = shape[1:]
    order = [*range(shape[0]), *range(shape[0])]
    random.Random(3).shuffle(order)
    header.NumberOfFrames = len(order)
    header.PerFrameFunctionalGroupsSequence = [frame_group(row, column, origin + index * step) for index in order]
    header.SharedFunctionalGroupsSequence = [Dataset()]
    numbers = [order.index(index) + 1 for index in range(shape[0])]
    sources = tuple(SliceSource(str(header.SOPClassUID), str(header.SOPInstanceUID), number) for number in numbers)
    return Series((as_read(header),), grid(shape, origin, step, column, row), sources)


def frame_group(row: np.ndarray, column: np.ndarray, position: np.ndarray) -> Dataset:
    group, place, orientation, measures = Dataset(), Dataset(), Dataset(), Dataset()
    place.ImagePositionPatient = [f"{v:.6f}" for v in position]
    orientation.ImageOrientationPatient = [f"{v:.8f}" for v in (*row, *column)]
    measures.PixelSpacing, measures.SliceThickness = ["0.7", "0.6"], "1.5"
    group.PlanePositionSequence, group.PlaneOrientationSequence = [place], [orientation]
    group.PixelMeasuresSequence = [measures]
    return group


def grid(
    shape: tuple[int, int, int], origin: np.ndarray, step: np.ndarray, column: np.ndarray, row: np.ndarray
) -> Grid:
    def point(v: np.ndarray) -> tuple[float, float, float]:
        return float(v[0]), float(v[1]), float(v[2])

    return Grid(shape, point(origin), point(step), point(0.7 * column), point(0.6 * row))


def patient(study: str, series: str, **attributes: object) -> Dataset:
    header = Dataset()
    header.SpecificCharacterSet = "GB18030"
    header.PatientName = "Zhang^XiaoDong=张^小东"
    header.PatientID, header.IssuerOfPatientID = "0012345", "华西医院"
    header.PatientBirthDate, header.PatientSex, header.PatientAge = "19610203", "M", "065Y"
    header.StudyInstanceUID, header.SeriesInstanceUID = study, series
    header.StudyDate, header.StudyTime, header.StudyID = "20260707", "083000", "S77"
    header.StudyDescription = "胸部平扫"
    header.AccessionNumber = "A20260707"
    header.ReferringPhysicianName = "=李^医生"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "CT-07", "99HIS", "胸部 CT"
    header.ProcedureCodeSequence = [code]
    header.Modality, header.Manufacturer, header.ManufacturerModelName = "CT", "联影", "uCT 760"
    for keyword, value in attributes.items():
        setattr(header, keyword, value)
    return header


def as_read(header: Dataset) -> Dataset:
    """What comes back from a file: undecoded elements with the character set of the file."""
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = BytesIO()
    dcmwrite(stream, header, enforce_file_format=True)
    return dcmread(BytesIO(stream.getvalue()), stop_before_pixels=True)


def context(series: Series, **changes: object) -> ResultContext:
    plain = ResultContext(
        installation=INSTALLATION,
        analysis_id="analysis-1",
        run=1,
        package=PACKAGE,
        package_sha256=PACKAGE_SHA256,
        moments=MOMENTS,
        language=Language.ZH_CN,
        hospital_name="华西医院",
        order=ORDER,
        sources=series.headers,
        character_set=CharacterSet.UTF_8,
    )
    return replace(plain, **changes)


def reading(series: Series, findings: tuple[Finding, ...]) -> SeriesReading:
    header = series.headers[0]
    return SeriesReading(
        reading=Reading(Target(NODULE, LUNG), findings, forward_s=1.0, total_s=2.0),
        series_instance_uid=str(header.SeriesInstanceUID),
        frame_of_reference_uid=str(header.FrameOfReferenceUID),
        grid=series.grid,
        sources=series.sources,
    )


def two_nodules(series: Series) -> tuple[Finding, Finding]:
    """One of four slices at the lower end, one of a single slice at the other, with slices between them unused."""
    first = nodule(series, 1, (1, 5, 7), blob((4, 6, 5)), site=UPPER_LOBE, laterality=RIGHT, probability=0.912)
    second = nodule(series, 2, (10, 20, 30), blob((1, 3, 4)), site=LOWER_LOBE, laterality=LEFT, probability=0.55)
    return first, second


def blob(shape: tuple[int, int, int]) -> np.ndarray:
    mask = np.random.default_rng(shape[1]).random(shape) < 0.6
    mask[0, 0, 0] = mask[-1, -1, -1] = True
    return mask


def nodule(series: Series, number: int, corner: tuple[int, int, int], mask: np.ndarray, **changes: object) -> Finding:
    index = np.argwhere(mask).mean(axis=0) + np.array(corner)
    center = tuple(float(v) for v in series.grid.lps_mm(index))
    plain = Finding(
        number=number,
        concept=NODULE,
        category=MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
        site=LUNG,
        laterality=None,
        presence=Presence.PRESENT,
        probability=0.9,
        center_mm=center,
        slice_index=round(index[0]),
        long_axis=Axis(center, center, 8.3456, round(index[0])),
        short_axis=Axis(center, center, 6.1, round(index[0])),
        volume_mm3=float(mask.sum()) * series.grid.voxel_mm3,
        mean_hu=-123.4,
        segment=Segment(corner, mask),
    )
    return replace(plain, **changes)
