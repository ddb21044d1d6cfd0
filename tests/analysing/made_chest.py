"""A made chest as CT instances: a body with two lungs, and one solid ball of known place and size in the right one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from models.contract import SeriesFile

SLICES, SIDE_PX, STEP_MM = 60, 96, 3.5
BALL_CENTER_MM = (-70.0, 0.0, 0.0)
BALL_RADIUS_MM = 8.0
SERIES_UID = "2.25.1001"
FRAME_OF_REFERENCE_UID = "2.25.1002"


def made_hu() -> np.ndarray:
    """(slices, rows, columns) int16; the middle of the volume is the origin of the patient."""
    z, y, x = np.meshgrid(*((np.arange(n) - (n - 1) / 2) * STEP_MM for n in (SLICES, SIDE_PX, SIDE_PX)), indexing="ij")
    hu = np.full(z.shape, -1000.0)
    hu[(x / 155) ** 2 + (y / 120) ** 2 <= 1] = 40.0
    for side_mm in (-70.0, 70.0):
        hu[((x - side_mm) / 55) ** 2 + (y / 80) ** 2 + (z / 95) ** 2 <= 1] = -850.0
    cx, cy, cz = BALL_CENTER_MM
    hu[(x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 <= BALL_RADIUS_MM**2] = 40.0
    return (hu + np.random.default_rng(1).normal(0, 15, hu.shape)).astype(np.int16)


def write_chest(folder: Path, **changes: object) -> tuple[SeriesFile, ...]:
    """The instances of the series, written to the folder. changes: other values of the headers, by keyword."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write(folder, level, plane, changes) for level, plane in enumerate(made_hu()))


def _write(folder: Path, level: int, plane: np.ndarray, changes: dict[str, object]) -> SeriesFile:
    instance = _header(level)
    instance.Rows, instance.Columns = plane.shape
    instance.PixelData = (plane + 1024).astype("<u2").tobytes()
    for keyword, value in changes.items():
        setattr(instance, keyword, value)
    path = folder / f"{level:03d}.dcm"
    instance.save_as(path, enforce_file_format=True)
    return SeriesFile(path, CTImageStorage, instance.SOPInstanceUID, ExplicitVRLittleEndian)


def _header(level: int) -> Dataset:
    instance = Dataset()
    instance.file_meta = FileMetaDataset()
    instance.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    instance.SOPClassUID = instance.file_meta.MediaStorageSOPClassUID = CTImageStorage
    instance.SOPInstanceUID = instance.file_meta.MediaStorageSOPInstanceUID = f"2.25.2{level:03d}"
    instance.StudyInstanceUID, instance.SeriesInstanceUID = "2.25.1000", SERIES_UID
    instance.FrameOfReferenceUID = FRAME_OF_REFERENCE_UID
    instance.PatientName, instance.PatientID, instance.PatientSex = "MADE^CHEST", "MADE-1", "O"
    instance.PatientAge, instance.Modality, instance.BodyPartExamined = "050Y", "CT", "CHEST"
    instance.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    instance.InstanceNumber = level + 1
    low = -(SIDE_PX - 1) / 2 * STEP_MM
    instance.ImagePositionPatient = [low, low, (level - (SLICES - 1) / 2) * STEP_MM]
    instance.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    instance.PixelSpacing, instance.SliceThickness = [STEP_MM, STEP_MM], STEP_MM
    instance.ConvolutionKernel, instance.Manufacturer = "STANDARD", "Made"
    instance.SamplesPerPixel, instance.PhotometricInterpretation = 1, "MONOCHROME2"
    instance.BitsAllocated, instance.BitsStored, instance.HighBit, instance.PixelRepresentation = 16, 12, 11, 0
    instance.RescaleSlope, instance.RescaleIntercept, instance.RescaleType = 1, -1024, "HU"
    return instance
