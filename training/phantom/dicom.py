"""The phantom as a CT series of DICOM files, as a scanner would send it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from training.phantom.volume import Phantom

CT_IMAGE_STORAGE: Final = "1.2.840.10008.5.1.4.1.1.2"
_INTERCEPT: Final = -1024


@dataclass(frozen=True, slots=True)
class PhantomIdentity:
    """As whom a phantom is sent; what is None follows from the phantom. The name is in both scripts, as in China.

    character_set: the DICOM term for the header's text, ISO_IR 192 (UTF-8) or GB18030.
    """

    patient_name: str = "Phantom^Thorax=体模^胸部"
    patient_id: str | None = None
    accession_number: str | None = None
    patient_age_years: int | None = None
    patient_sex: str | None = None
    study_date: str = "20260615"
    study_time: str = "093000"
    character_set: str = "ISO_IR 192"


def write_phantom(phantom: Phantom, folder: Path, identity: PhantomIdentity | None = None) -> tuple[Path, ...]:
    """Write one file a slice; names do not follow the order of slices. UIDs derive from the seed and the geometry."""
    who = identity or PhantomIdentity()
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(phantom.seed).permutation(phantom.hu.shape[0])
    paths = []
    for name, index in enumerate(order, start=1):
        path = folder / f"{name:06d}.dcm"
        _slice(phantom, int(index), who).save_as(path, enforce_file_format=True)
        paths.append(path)
    return tuple(paths)


def study_uid(phantom: Phantom) -> str:
    """The Study Instance UID a phantom is written under."""
    return _uid(phantom, "study")


def series_uid(phantom: Phantom) -> str:
    """The Series Instance UID a phantom is written under."""
    return _uid(phantom, "series")


def _uid(phantom: Phantom, *parts: str) -> str:
    spacing = ",".join(f"{step:.4f}" for step in phantom.grid.spacing_mm)
    text = "/".join(("consilium phantom", str(phantom.seed), str(phantom.grid.shape), spacing, *parts))
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], 'big')}"


def _slice(phantom: Phantom, index: int, who: PhantomIdentity) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(CT_IMAGE_STORAGE)
    meta.MediaStorageSOPInstanceUID = UID(_uid(phantom, "instance", str(index)))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    header.SpecificCharacterSet = who.character_set
    header.SOPClassUID = CT_IMAGE_STORAGE
    header.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    _patient_and_study(header, phantom, who)
    _series(header, phantom, who)
    _plane(header, phantom, index)
    _pixels(header, phantom, index)
    return header


def _patient_and_study(header: FileDataset, phantom: Phantom, who: PhantomIdentity) -> None:
    age_years = who.patient_age_years or phantom.patient.age_years
    header.PatientName = who.patient_name
    header.PatientID = who.patient_id or f"PHANTOM-{phantom.seed}"
    header.PatientBirthDate = f"{int(who.study_date[:4]) - age_years}0101"
    header.PatientSex = who.patient_sex or ("F" if phantom.patient.female else "M")
    header.PatientAge = f"{age_years:03d}Y"
    header.StudyInstanceUID = study_uid(phantom)
    header.StudyID = str(phantom.seed)
    header.StudyDate = who.study_date
    header.StudyTime = who.study_time
    header.AccessionNumber = who.accession_number or f"PH{phantom.seed}"
    header.ReferringPhysicianName = ""
    header.StudyDescription = "Synthetic thorax phantom"


def _series(header: FileDataset, phantom: Phantom, who: PhantomIdentity) -> None:
    header.Modality = "CT"
    header.SeriesInstanceUID = series_uid(phantom)
    header.SeriesNumber = 2
    header.SeriesDescription = "Phantom thorax, synthetic"
    header.SeriesDate = header.AcquisitionDate = header.ContentDate = who.study_date
    header.SeriesTime = header.AcquisitionTime = header.ContentTime = who.study_time
    header.BodyPartExamined = "CHEST"
    header.PatientPosition = "HFS"
    header.FrameOfReferenceUID = _uid(phantom, "frame of reference")
    header.PositionReferenceIndicator = ""
    header.Manufacturer = "consilium"
    header.ManufacturerModelName = "thorax phantom"
    header.InstitutionName = "consilium phantom"
    header.DeviceSerialNumber = "0"
    header.SoftwareVersions = "1"
    header.KVP = "120"
    header.ConvolutionKernel = "STANDARD"
    header.ImageComments = "Synthetic data made by consilium; not a patient"


def _plane(header: FileDataset, phantom: Phantom, index: int) -> None:
    grid = phantom.grid
    x, y, z = grid.lps_mm(np.array([index, 0, 0]))
    header.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    header.AcquisitionNumber = 1
    header.InstanceNumber = grid.shape[0] - index
    header.ImagePositionPatient = [f"{x:.4f}", f"{y:.4f}", f"{z:.4f}"]
    header.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    header.PixelSpacing = [f"{step:.9g}" for step in grid.spacing_mm[1:]]
    header.SliceThickness = f"{grid.spacing_mm[0]:.9g}"


def _pixels(header: FileDataset, phantom: Phantom, index: int) -> None:
    header.SamplesPerPixel = 1
    header.PhotometricInterpretation = "MONOCHROME2"
    header.Rows, header.Columns = phantom.grid.shape[1:]
    header.BitsAllocated, header.BitsStored, header.HighBit = 16, 12, 11
    header.PixelRepresentation = 0
    header.RescaleIntercept, header.RescaleSlope, header.RescaleType = _INTERCEPT, 1, "HU"
    header.WindowCenter, header.WindowWidth = -600, 1500
    header.PixelData = (phantom.hu[index] - _INTERCEPT).astype("<u2").tobytes()
