"""Images in the retired big endian, whose pixels are words of two bytes (PS3.5 7.3)."""

from __future__ import annotations

import copy

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRBigEndian


def in_big_endian(image: FileDataset) -> FileDataset:
    """The image as an old sender has it: the words of its pixels turned over, one byte of padding where that is odd."""
    value = image.PixelData + b"\0" * (len(image.PixelData) % 2)
    meta = copy.deepcopy(image.file_meta)
    meta.TransferSyntaxUID = ExplicitVRBigEndian
    made = FileDataset("", image, file_meta=meta, preamble=b"\0" * 128, is_implicit_VR=False, is_little_endian=False)
    made.PixelData = np.frombuffer(value, "<u2").astype(">u2").tobytes()
    made["PixelData"].VR = "OW"
    return made
