"""Documents and videos that an object carries whole: given as what they are (PS3.18 table 8.7.4-1)."""

from __future__ import annotations

from typing import Final

from models.manifest import Text
from service.access.problems import not_found
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicom.json_model import NoSuchBulkData, bulk_value
from service.dicomweb.stored_bytes import mapped

_ENCAPSULATED_DOCUMENT: Final = "00420011"
DOCUMENT_TYPES: Final = {
    "1.2.840.10008.5.1.4.1.1.104.1": "application/pdf",
    "1.2.840.10008.5.1.4.1.1.104.2": "text/xml",
    "1.2.840.10008.5.1.4.1.1.104.3": "model/stl",
    "1.2.840.10008.5.1.4.1.1.104.4": "model/obj",
    "1.2.840.10008.5.1.4.1.1.104.5": "model/mtl",
}
"""By SOP Class, what Encapsulated Document (0042,0011) is."""


def document_of(archive: Archive, stored: StoredFile) -> bytes:
    """The document without the byte that may pad it. Raises Problem where the object holds none."""
    try:
        document = bulk_value(mapped(archive, stored), _ENCAPSULATED_DOCUMENT)
    except NoSuchBulkData as fault:
        raise not_found(Text(zh="文档", en="document")) from fault
    return document.removesuffix(b"\0")
