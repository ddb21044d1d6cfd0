"""One frame of a stored object as numbers, by a decoder chosen for its transfer syntax."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.pixels.processing import apply_rescale, convert_color_space
from pydicom.pixels.utils import pixel_array

# pydicom's own order may take a slow or a lossy-minded plugin; measured choices (JPEG 2000: seven times faster).
_PLUGIN: Final = {
    "1.2.840.10008.1.2.5": "pylibjpeg",
    "1.2.840.10008.1.2.4.50": "gdcm",
    "1.2.840.10008.1.2.4.51": "gdcm",
    "1.2.840.10008.1.2.4.57": "gdcm",
    "1.2.840.10008.1.2.4.70": "gdcm",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    "1.2.840.10008.1.2.4.201": "pylibjpeg",
    "1.2.840.10008.1.2.4.202": "pylibjpeg",
    "1.2.840.10008.1.2.4.203": "pylibjpeg",
}


def frame(path: Path, frame_number: int) -> NDArray[np.float32]:
    """Modality values (HU for CT) of a frame, counted from 1; shape (rows, columns), or (rows, columns, 3) for colour.

    Raises whatever the decoder raises: the caller is a child process, whose edge turns it into words.
    """
    header = dcmread(path, force=True)
    plugin = _PLUGIN.get(str(header.file_meta.TransferSyntaxUID), "")
    raw = pixel_array(header, index=frame_number - 1, decoding_plugin=plugin)
    if raw.ndim == 3:
        return _rgb(raw, header)
    values: NDArray[np.float32] = apply_rescale(raw, header).astype(np.float32)
    if header.get("PhotometricInterpretation") == "MONOCHROME1":
        values = values.max() + values.min() - values
    return values


def _rgb(raw: NDArray[np.uint8], header: Dataset) -> NDArray[np.float32]:
    photometric = str(header.PhotometricInterpretation)
    rgb = convert_color_space(raw, photometric, "RGB") if photometric.startswith("YBR") else raw
    return rgb.astype(np.float32)
