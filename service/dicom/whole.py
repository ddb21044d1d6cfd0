"""Images that were cut between two elements: the one kind of truncation that no length gives away.

A file that ends exactly where an element ends has a perfect structure. What can be said honestly: every image must have
the attributes below (types 1 and 2 of the modules common to images, PS3.3 annex A), in this order. An image without
pixels is taken as cut where its writer evidently writes them and then stops:
- it has all of them up to its last element, and none of those behind; or
- it has some of the Image Pixel module, or says how thick its slice is or how it lies in the patient, and what is
  missing of the Image Pixel module would all stand behind its last element.
If one is missing before the last element, the writer does not follow the modules, and nothing can be said (stubs of
archives and tests look so). If all are there, the pixels may have been taken away on purpose, as some de-identifiers
do: it is stored, and refused only by whoever wants to read the pixels.
Objects that are no images (SR, plans, waveforms) cannot be judged this way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.dicom.attributes import Tag
from service.dicom.faults import TruncatedFault
from service.dicom.sop_classes import is_image_class
from service.dicom.uids import uid_text
from service.dicom.walker import Pixels, Raw

_EVERY_IMAGE: Final = (
    Tag.SOP_CLASS_UID,
    Tag.SOP_INSTANCE_UID,
    Tag.STUDY_DATE,
    Tag.STUDY_TIME,
    Tag.ACCESSION_NUMBER,
    Tag.MODALITY,
    Tag.REFERRING_PHYSICIAN_NAME,
    Tag.PATIENT_NAME,
    Tag.PATIENT_ID,
    Tag.PATIENT_BIRTH_DATE,
    Tag.PATIENT_SEX,
    Tag.STUDY_INSTANCE_UID,
    Tag.SERIES_INSTANCE_UID,
    Tag.STUDY_ID,
    Tag.SERIES_NUMBER,
    Tag.INSTANCE_NUMBER,
    Tag.SAMPLES_PER_PIXEL,
    Tag.PHOTOMETRIC_INTERPRETATION,
    Tag.ROWS,
    Tag.COLUMNS,
    Tag.BITS_ALLOCATED,
    Tag.BITS_STORED,
    Tag.HIGH_BIT,
    Tag.PIXEL_REPRESENTATION,
)
"""Patient, General Study, General Series, General Image and Image Pixel modules, in the order of their tags."""

_SLICE: Final = (Tag.SLICE_THICKNESS, Tag.IMAGE_POSITION_PATIENT, Tag.IMAGE_ORIENTATION_PATIENT)
"""What only makes sense of a matrix of pixels (Image Plane module)."""

_RESCALED: Final = frozenset({"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.128"})
"""CT and PET images, which must have a rescale intercept and slope as well (PS3.3 C.8.2.1, C.8.9.4)."""


def require_whole(elements: Mapping[int, Raw], pixels: Pixels | None, last_tag: int, length_bytes: int) -> None:
    """Raise TruncatedFault for an image that follows the modules up to its last element and stops before its pixels."""
    if pixels is not None or Tag.PIXEL_DATA_PROVIDER_URL in elements:
        return
    if Tag.SOP_CLASS_UID not in elements or Tag.SERIES_INSTANCE_UID not in elements:
        return
    sop_class_uid = uid_text(elements[Tag.SOP_CLASS_UID][1])
    if not is_image_class(sop_class_uid):
        return
    required: tuple[int, ...] = _EVERY_IMAGE
    if sop_class_uid in _RESCALED:
        required += (Tag.RESCALE_INTERCEPT, Tag.RESCALE_SLOPE)
    missing = [tag for tag in required if tag not in elements]
    image_pixel = [tag for tag in required if tag >= Tag.SAMPLES_PER_PIXEL]
    begun = any(tag in elements for tag in (*_SLICE, *image_pixel))
    wanting = [tag for tag in missing if tag in image_pixel] if begun else missing
    if wanting and min(wanting) > last_tag:
        raise TruncatedFault("an image that ends before its pixels", length_bytes, last_tag)
