"""Whether the bytes of an object are those its row was written for."""

from __future__ import annotations

import hashlib

from service.archive.instances import StoredInstance
from service.archive.objects import ObjectMissing, Objects
from service.archive.results import Result
from service.dicom.part10 import FileMeta, NotPart10, file_header, split
from service.domain.wall import HospitalId


def fault(objects: Objects, hospital: HospitalId, name: str, sha256: str) -> str:
    """What is wrong with an object, in words that follow its name; empty where nothing is.

    sha256: of the data set, from the first element after group 0002, in hexadecimal.
    """
    return _loaded(objects, hospital, name, sha256)[0]


def fault_in_file(objects: Objects, stored: StoredInstance | Result) -> str:
    """The same of all of its file: what stands before the data set is what the centre wrote there for this row.

    But for the AE title it came from, which no row has.
    """
    wrong, meta, header = _loaded(objects, stored.hospital, stored.object_name, stored.sha256)
    if wrong:
        return wrong
    written = file_header(
        sop_class_uid=stored.sop_class_uid,
        sop_instance_uid=stored.sop_instance_uid,
        transfer_syntax_uid=stored.transfer_syntax_uid,
        source_ae_title=meta.source_ae_title,
    )
    return "" if header == written else "has another file header than it was stored with"


def _loaded(objects: Objects, hospital: HospitalId, name: str, sha256: str) -> tuple[str, FileMeta, bytes]:
    """What is wrong with an object, what its file header says, and the header itself."""
    try:
        content = memoryview(objects.load(hospital, name))
        meta, begin = split(content)
    except ObjectMissing:
        return "has no file", FileMeta(), b""
    except (OSError, NotPart10):
        return "cannot be read", FileMeta(), b""
    wrong = "" if hashlib.sha256(content[begin:]).hexdigest() == sha256 else "has changed"
    return wrong, meta, bytes(content[:begin])
