"""Small objects for the tests of decoding, in whatever encoding is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def made(values: np.ndarray, sop_class_uid: str = CT, **attributes: object) -> FileDataset:
    """A little endian object of these stored values: (rows, columns), (frames, rows, columns) or (rows, columns, 3)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(sop_class_uid), UID("2.25.77")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    header.SOPClassUID, header.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    is_colour = values.ndim == 3 and values.shape[2] == 3
    header.SamplesPerPixel = 3 if is_colour else 1
    header.PhotometricInterpretation = "RGB" if is_colour else "MONOCHROME2"
    if is_colour:
        header.PlanarConfiguration = 0
    header.Rows, header.Columns = values.shape[:2] if is_colour else values.shape[-2:]
    bits = values.dtype.itemsize * 8
    header.BitsAllocated, header.BitsStored, header.HighBit = bits, bits, bits - 1
    header.PixelRepresentation = int(values.dtype.kind == "i")
    if values.ndim == 3 and not is_colour:
        header.NumberOfFrames = len(values)
    for keyword, value in attributes.items():
        setattr(header, keyword, value)
    header.PixelData = values.tobytes()
    return header


def stored(header: FileDataset, folder: Path, name: str = "object.dcm") -> Path:
    path = folder / name
    header.save_as(path, enforce_file_format=True)
    return path


def rescaled_frame(slope: float, intercept: float) -> Dataset:
    """A functional group with a Pixel Value Transformation (PS3.3 C.7.6.16.2.9)."""
    transformation = Dataset()
    transformation.RescaleSlope, transformation.RescaleIntercept = slope, intercept
    transformation.RescaleType = "HU"
    group = Dataset()
    group.PixelValueTransformationSequence = Sequence([transformation])
    return group
