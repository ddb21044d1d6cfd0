"""Made headers and files of a series, and the manifest of a made package: what the tests of reading a series share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian

from models.contract import SeriesFile
from models.manifest import Manifest

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
ROWS, COLUMNS = 4, 6


def header(place: int, position: Sequence[float], cosines: Sequence[float] = AXIAL, **changes: object) -> Dataset:
    """The header of one CT slice; changes: other values by keyword, None takes the attribute away."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = CTImageStorage, f"2.25.77{place}"
    made.SeriesInstanceUID, made.FrameOfReferenceUID, made.Modality = "2.25.7", "2.25.8", "CT"
    made.ImagePositionPatient, made.ImageOrientationPatient = list(position), list(cosines)
    made.PixelSpacing, made.InstanceNumber = [0.5, 2.0], place
    made.Rows, made.Columns, made.SamplesPerPixel = ROWS, COLUMNS, 1
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
    made.PhotometricInterpretation = "MONOCHROME2"
    made.RescaleSlope, made.RescaleIntercept = 1, -1024
    for keyword, value in changes.items():
        if value is None:
            delattr(made, keyword)
        else:
            setattr(made, keyword, value)
    return made


def axial(*levels_mm: float) -> list[Dataset]:
    """Headers of axial slices at these levels, in this order."""
    return [header(place, (-10.0, -20.0, level)) for place, level in enumerate(levels_mm)]


def enhanced(positions: Sequence[Sequence[float]], times: Sequence[int] | None = None, **changes: object) -> Dataset:
    """The header of a multi-frame CT: one frame a position; times: Temporal Position Index of each frame."""
    made = header(0, (0.0, 0.0, 0.0), SOPClassUID=EnhancedCTImageStorage, NumberOfFrames=len(positions))
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope"):
        delattr(made, keyword)
    shared = Dataset()
    shared.PlaneOrientationSequence = Items([_holding(ImageOrientationPatient=list(AXIAL))])
    shared.PixelMeasuresSequence = Items([_holding(PixelSpacing=[0.5, 2.0], SliceThickness=1.5)])
    made.SharedFunctionalGroupsSequence = Items([shared])
    groups = []
    for place, position in enumerate(positions):
        group = _holding(PlanePositionSequence=Items([_holding(ImagePositionPatient=list(position))]))
        scale = _holding(RescaleSlope=place + 1, RescaleIntercept=-1000)
        group.PixelValueTransformationSequence = Items([scale])
        if times is not None:
            group.FrameContentSequence = Items([_holding(TemporalPositionIndex=times[place])])
        groups.append(group)
    made.PerFrameFunctionalGroupsSequence = Items(groups)
    for keyword, value in changes.items():
        setattr(made, keyword, value)
    return made


def write(folder: Path, made: Dataset, pixels: bytes) -> SeriesFile:
    """One instance as a Part 10 file, explicit little endian."""
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.PixelData = pixels
    path = folder / f"{made.SOPInstanceUID}.dcm"
    made.save_as(path, enforce_file_format=True)
    return SeriesFile(path, made.SOPClassUID, made.SOPInstanceUID, ExplicitVRLittleEndian)


def write_all(folder: Path, headers: Sequence[Dataset], stored: Sequence[np.ndarray]) -> list[SeriesFile]:
    """A series of files, each with its stored values."""
    return [write(folder, made, each.tobytes()) for made, each in zip(headers, stored, strict=True)]


def manifest(**intended: object) -> Manifest:
    """A chest CT package for adults; intended: other values of its intended use."""
    words = {"zh": "字", "en": "words"}
    concept = {"value": "1", "scheme": "99MADE", "meaning": "made"}
    interval = {"value": 0.5, "low": 0.4, "high": 0.6}
    use = {
        "modality": "CT", "sop_class_uids": [CTImageStorage, EnhancedCTImageStorage],
        "body_parts": ["CHEST", "THORAX", "LUNG"], "min_age_years": 18, "max_age_years": 90, "sexes": None,
        "max_slice_thickness_mm": 2.5, "max_slice_spacing_mm": 2.5, "min_slices": 40, "min_extent_mm": 150,
        "lossy_allowed": False, "text": words, "exclusions": [],
    }  # fmt: skip
    point = {"threshold": 0.5, "sensitivity": interval, "false_positives_per_scan": interval, "measured_on": "none"}
    return Manifest.model_validate(
        {
            "name": "made_chest", "version": "1.0.0.0", "release_version": "1.0", "device_uid": "2.25.1",
            "manufacturer": "none", "title": words, "use_status": {"kind": "research", "words": words},
            "intended_use": use | intended, "selection": {"preferred_kernels": ["B30f", "STANDARD"]},
            "outputs": [
                {"concept": concept, "site": concept, "operating_point": point, "min_size_mm": 4, "max_size_mm": None}
            ],
            "calibration": "none", "training_sets": [], "evaluation": [], "not_validated_for": [words],
            "runtime": {"memory_mb": 100, "deadline_s": 60, "head": "threshold", "networks": []}, "files": {},
        }
    )  # fmt: skip


def _holding(**values: object) -> Dataset:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made
