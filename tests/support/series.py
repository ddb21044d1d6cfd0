"""Small CT series with known values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"


def ct_slice(
    *,
    study_uid: str,
    series_uid: str,
    index: int,
    size: int = 64,
    spacing_mm: float = 2.5,
    patient_id: str = "P1",
    patient_name: str = "Test^One=张^三",
    accession_number: str = "A1",
    modality: str = "CT",
    seed: int = 0,
) -> FileDataset:
    """One axial slice of noise; the same arguments give the same pixels under a fresh SOP Instance UID."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(CT if modality == "CT" else MR)
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    header.SpecificCharacterSet = "ISO_IR 192"
    header.SOPClassUID, header.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    header.StudyInstanceUID, header.SeriesInstanceUID = study_uid, series_uid
    header.PatientID, header.PatientName, header.PatientAge = patient_id, patient_name, "050Y"
    header.PatientBirthDate, header.PatientSex, header.StudyID = "19700101", "F", "1"
    header.StudyDate, header.StudyTime, header.AccessionNumber = "20260601", "101500", accession_number
    header.ReferringPhysicianName = ""
    header.Modality, header.SeriesNumber, header.InstanceNumber = modality, 1, index + 1
    header.BodyPartExamined, header.SeriesDescription = "CHEST", "test series"
    header.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    header.FrameOfReferenceUID = f"{series_uid}.9"
    header.SliceThickness = spacing_mm
    header.ImagePositionPatient = [0.0, 0.0, index * spacing_mm]
    header.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    header.PixelSpacing = [1.0, 1.0]
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.Rows = header.Columns = size
    header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 16, 15, 1
    header.RescaleIntercept, header.RescaleSlope = 0, 1
    random = np.random.default_rng((seed, index))
    header.PixelData = random.integers(-1000, 500, (size, size), dtype=np.int16).tobytes()
    return header


def write_series(folder: Path, *, count: int = 20, **attributes: object) -> tuple[str, list[Path]]:
    """A series as files; returns its Study Instance UID and the paths in slice order."""
    folder.mkdir(parents=True, exist_ok=True)
    study_uid = str(attributes.pop("study_uid", generate_uid()))
    series_uid = str(attributes.pop("series_uid", generate_uid()[:58]))
    first = int(attributes.pop("first", 0))  # type: ignore[call-overload]
    paths = []
    for index in range(first, first + count):
        path = folder / f"{series_uid[-8:]}-{index:04d}.dcm"
        header = ct_slice(study_uid=study_uid, series_uid=series_uid, index=index, **attributes)  # type: ignore[arg-type]
        header.save_as(path, enforce_file_format=True)
        paths.append(path)
    return study_uid, paths
