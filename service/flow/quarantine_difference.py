"""Where a quarantined data set and what is served differ, with the values that say nothing of who the patient is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Final

from service.archive.instances import StoredInstance
from service.archive.quarantine import Held
from service.archive.store import Archive
from service.dicom.attributes import Tag
from service.dicom.difference import attribute_name, differences

_PATIENT_GROUP: Final = 0x0010
# Outside group 0010, yet said of this patient: these are named where they differ, their values are not shown.
_ABOUT_THE_PATIENT: Final = frozenset({Tag.ACCESSION_NUMBER, Tag.STUDY_ID, Tag.REFERRING_PHYSICIAN_NAME})
INDEXED: Final = "differs"
"""How an attribute differs that only the index shows."""


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """One attribute that differs. tag: eight hex digits. served, held: values; None where they are not shown."""

    path: str
    tag: str | None
    how: str
    served: str | None = None
    held: str | None = None


def shown_differences(archive: Archive, served: StoredInstance, held: Held) -> tuple[ShownDifference, ...]:
    """By attribute, how an entry differs from what is served. Raises ObjectMissing."""
    load, hospital = archive.objects.load, held.data_set.hospital
    found = {
        each.path: ShownDifference(each.path, None if each.tag is None else f"{each.tag:08X}", each.words)
        for each in differences(load(hospital, served.object_name), load(hospital, held.data_set.object_name))
    }
    for field in dataclasses.fields(held.data_set.facts):
        ours, theirs = getattr(served.facts, field.name), getattr(held.data_set.facts, field.name)
        tag = field.metadata.get("tag")
        if ours == theirs or tag is None:
            continue
        path = attribute_name(tag)
        said = found.setdefault(path, ShownDifference(path, f"{tag:08X}", INDEXED))
        if tag >> 16 != _PATIENT_GROUP and tag not in _ABOUT_THE_PATIENT:
            found[path] = replace(said, served=str(ours), held=str(theirs))
    return tuple(found.values())
