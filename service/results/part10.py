"""From a data set to the bytes that are stored once and sent as they are (PS3.10 section 7)."""

from __future__ import annotations

import hashlib
from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID

from service.dicom.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, split
from service.results.document import EncodedObject, ObjectKind


def encoded(result: Dataset, kind: ObjectKind) -> EncodedObject:
    """Write an object as Part 10 with our file meta information and hash its data set."""
    result.file_meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    result.file_meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    stream = BytesIO()
    dcmwrite(stream, result, enforce_file_format=True)
    part10 = stream.getvalue()
    _, data_set_offset = split(part10)
    return EncodedObject(
        kind=kind,
        sop_class_uid=str(result.SOPClassUID),
        sop_instance_uid=str(result.SOPInstanceUID),
        series_instance_uid=str(result.SeriesInstanceUID),
        transfer_syntax_uid=str(result.file_meta.TransferSyntaxUID),
        part10=part10,
        sha256=hashlib.sha256(part10[data_set_offset:]).hexdigest(),
    )
