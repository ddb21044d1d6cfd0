"""From a data set to the bytes that are stored once and sent as they are (PS3.10 section 7)."""

from __future__ import annotations

import hashlib
import struct
from io import BytesIO
from typing import Final

from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID

from service.results.document import EncodedObject, ObjectKind, ResultContext
from service.results.header import PRODUCT

IMPLEMENTATION_CLASS_UID: Final = UID("2.25.127043706969545822610597907597429298881")
_GROUP_LENGTH_END: Final = 128 + 4 + 12


def encoded(result: Dataset, context: ResultContext, kind: ObjectKind) -> EncodedObject:
    """Write an object as Part 10 with our file meta information and hash its data set."""
    result.file_meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    result.file_meta.ImplementationVersionName = f"{PRODUCT} {context.installation.product_version}".upper()[:16]
    stream = BytesIO()
    dcmwrite(stream, result, enforce_file_format=True)
    part10 = stream.getvalue()
    return EncodedObject(
        kind=kind,
        sop_class_uid=str(result.SOPClassUID),
        sop_instance_uid=str(result.SOPInstanceUID),
        series_instance_uid=str(result.SeriesInstanceUID),
        transfer_syntax_uid=str(result.file_meta.TransferSyntaxUID),
        part10=part10,
        sha256=hashlib.sha256(part10[_data_set_offset(part10) :]).hexdigest(),
    )


def _data_set_offset(part10: bytes) -> int:
    """Where the data set begins: after group 0002, whose length its first element tells."""
    (length,) = struct.unpack_from("<I", part10, _GROUP_LENGTH_END - 4)
    return _GROUP_LENGTH_END + int(length)
