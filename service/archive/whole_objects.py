"""Whether the bytes of an object are those its row was written for."""

from __future__ import annotations

import hashlib

from service.archive.objects import ObjectMissing, Objects
from service.dicom.part10 import NotPart10, split
from service.domain.wall import HospitalId


def fault(objects: Objects, hospital: HospitalId, name: str, sha256: str) -> str:
    """What is wrong with an object, in words that follow its name; empty where nothing is.

    sha256: of the data set, from the first element after group 0002, in hexadecimal.
    """
    try:
        content = memoryview(objects.load(hospital, name))
        _, begin = split(content)
    except ObjectMissing:
        return "has no file"
    except (OSError, NotPart10):
        return "cannot be read"
    return "" if hashlib.sha256(content[begin:]).hexdigest() == sha256 else "has changed"
