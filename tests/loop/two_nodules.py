"""A thorax drawn by rule: a body, two lungs, two nodules of 12 mm; a threshold finds just these."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import generate_uid

from tests.support.series import ct_slice

SLICES, SIZE, SPACING_MM = 48, 320, 2.5
NODULES = ((20, 170, 90), (30, 150, 235))
"""Centres as (slice, row, column): one in the right lung, one in the left."""
RADIUS_MM = 6.0


def write(folder: Path, patient_name: str, description: str = "胸部 CT") -> str:
    """Write the series and return its Study Instance UID."""
    folder.mkdir(parents=True)
    study_uid, series_uid = generate_uid(), generate_uid()[:58]
    for index, plane in enumerate(_hu()):
        header = ct_slice(study_uid=study_uid, series_uid=series_uid, index=index, size=SIZE)
        header.PatientName, header.SeriesDescription, header.StudyDescription = patient_name, description, description
        header.PixelData = plane.tobytes()
        header.save_as(folder / f"{index:03d}.dcm", enforce_file_format=True)
    return str(study_uid)


def _hu() -> NDArray[np.int16]:
    """Hounsfield units, shape (slices, rows, columns)."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    hu = np.full((SLICES, SIZE, SIZE), -1000, np.int16)
    hu[:, ((rows - 160) / 120) ** 2 + ((columns - 160) / 150) ** 2 < 1] = 40
    for middle in (90, 230):
        hu[4:-4, ((rows - 160) / 85) ** 2 + ((columns - middle) / 50) ** 2 < 1] = -850
    slices = np.arange(SLICES)[:, None, None]
    for at, row, column in NODULES:
        far_mm = np.sqrt(((slices - at) * SPACING_MM) ** 2 + (rows - row) ** 2 + (columns - column) ** 2)
        hu[far_mm < RADIUS_MM] = 30
    return hu
