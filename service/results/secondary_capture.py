"""The summary page for a PACS that takes neither SR nor SEG: a drawn picture as Secondary Capture (AC-09)."""

from __future__ import annotations

import numpy as np
from highdicom.sc import SCImage
from numpy.typing import NDArray

from service.domain.outcome import AnalysisResult, said_of
from service.domain.wording import conclusion, findings_text, standing_lines
from service.results.document import SERIES_NUMBERS, BadContext, EncodedObject, ObjectKind, ResultContext
from service.results.header import apply_header
from service.results.part10 import encoded


def summary_lines(context: ResultContext, outcome: AnalysisResult) -> tuple[str, ...]:
    """The lines to draw on the page, in the hospital's language and without the patient's identity (AC-09).

    First that it is unverified, then what was found, then the hospital, the package and its use status.
    """
    package, language = context.package, context.language
    said = said_of(outcome)
    not_verified, origin = standing_lines(package, language)
    impression = conclusion(said, package, language)
    findings = [line for line in findings_text(said, package, language).splitlines() if line != impression]
    return (not_verified, impression, *findings, origin, context.hospital_name)


def encode_sc(context: ResultContext, outcome: AnalysisResult, picture: NDArray[np.uint8]) -> EncodedObject:
    """A picture as a Secondary Capture image of the study.

    picture: shape (rows, columns, 3), RGB, with summary_lines and, for a reading, the slice and outline drawn on it.
    Raises BadContext for a picture of another shape or depth.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise BadContext(f"the picture is {picture.dtype} of shape {picture.shape}, not uint8 (rows, columns, 3)")
    image = _image(context, picture)
    apply_header(image, context, ObjectKind.SC)
    image.ImageType = ["DERIVED", "SECONDARY"]
    image.ConversionType = "WSD"
    image.BurnedInAnnotation = "NO"
    image.PatientOrientation = []
    image.Laterality = ""
    image.DateOfSecondaryCapture, image.TimeOfSecondaryCapture = image.ContentDate, image.ContentTime
    image.SecondaryCaptureDeviceManufacturer = image.Manufacturer
    image.ImageComments = "\r\n".join(summary_lines(context, outcome))
    return encoded(image, ObjectKind.SC)


def _image(context: ResultContext, picture: NDArray[np.uint8]) -> SCImage:
    return SCImage(
        pixel_array=picture,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "P"),
        study_instance_uid=context.sources[0].StudyInstanceUID,
        series_instance_uid=context.series_instance_uid(ObjectKind.SC),
        series_number=SERIES_NUMBERS[ObjectKind.SC],
        sop_instance_uid=context.sop_instance_uid(ObjectKind.SC),
        instance_number=1,
        manufacturer=context.package.manufacturer,
        specific_character_set=context.character_set.value,
    )
