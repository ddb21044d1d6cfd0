"""What the quarantine holds, in words and as JSON, and a person's decision about it."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from service.archive import hospitals, instances, quarantine, studies
from service.archive.instances import StoredInstance
from service.archive.quarantine import Held, QuarantineState
from service.archive.store import Archive
from service.cli import printing
from service.cli.opened import opened
from service.cli.printing import Json
from service.dicom.attributes import Tag
from service.dicom.difference import attribute_name, differences
from service.domain.wall import Wall
from service.flow.bell import SilentBell
from service.flow.quarantine import accept, discard

_PATIENT_GROUP: Final = 0x0010
# Outside group 0010, yet said of this patient: these are named where they differ, their values are not shown.
_ABOUT_THE_PATIENT: Final = frozenset({Tag.ACCESSION_NUMBER, Tag.STUDY_ID, Tag.REFERRING_PHYSICIAN_NAME})


def list_view(data: Path | None, *, json_wanted: bool) -> None:
    """Print the entries that wait for a decision."""
    wall = Wall.operator()
    with opened(data) as archive, archive.read() as connection:
        held = quarantine.listed(connection, wall, [QuarantineState.HELD])
        names = {each.id: each.name for each in hospitals.everyone(connection, wall)}
    if json_wanted:
        printing.as_json([_entry(each) for each in held])
        return
    printing.as_table(
        ("entry", "hospital", "SOP Instance UID", "received", "why"),
        [
            (
                str(each.id),
                names.get(each.data_set.hospital, each.data_set.hospital),
                each.data_set.sop_instance_uid,
                printing.moment(each.received_at),
                each.reason,
            )
            for each in held
        ],
        "The quarantine is empty.",
    )


def show_view(data: Path | None, entry_id: int, *, json_wanted: bool) -> None:
    """Print an entry beside what is served."""
    wall = Wall.operator()
    with opened(data) as archive:
        with archive.read() as connection:
            held = quarantine.get(connection, wall, entry_id)
            served = instances.by_uid(connection, wall, held.data_set.hospital, held.data_set.sop_instance_uid)
        differing = {} if served is None else _differences(archive, served, held)
    whole = {**_entry(held), "served_sha256": served.sha256 if served else None}
    if json_wanted:
        printing.as_json({**whole, "differences": {**differing}})
        return
    for name, value in whole.items():
        sys.stdout.write(f"{name:22} {value}\n")
    sys.stdout.write("differences\n" if differing else "differences            none: these bytes are the served ones\n")
    for path, how in differing.items():
        sys.stdout.write(f"  {path}: {_line(how)}\n")


def _differences(archive: Archive, served: StoredInstance, held: Held) -> dict[str, dict[str, Json]]:
    """By attribute, how it differs; with the values that say nothing of who the patient is. Raises ObjectMissing."""
    load, hospital = archive.objects.load, held.data_set.hospital
    found: dict[str, dict[str, Json]] = {}
    for each in differences(load(hospital, served.object_name), load(hospital, held.data_set.object_name)):
        tag = None if each.tag is None else f"{each.tag:08X}"
        found[each.path] = {"tag": tag, "how": each.words}
    for field in dataclasses.fields(held.data_set.facts):
        ours, theirs = getattr(served.facts, field.name), getattr(held.data_set.facts, field.name)
        tag = field.metadata.get("tag")
        if ours == theirs or tag is None:
            continue
        said = found.setdefault(attribute_name(tag), {"tag": f"{tag:08X}", "how": "differs"})
        if tag >> 16 != _PATIENT_GROUP and tag not in _ABOUT_THE_PATIENT:
            said |= {"served": str(ours), "held": str(theirs)}
    return found


def _line(how: Mapping[str, Json]) -> str:
    if "served" in how:
        return f"served {how['served']!r}, held {how['held']!r}"
    return str(how["how"])


def decide(data: Path | None, entry_id: int, *, accepted: bool) -> None:
    """Accept or discard an entry."""
    wall = Wall.operator()
    with opened(data) as archive:
        if accepted:
            entry = accept(archive, wall, SilentBell(), entry_id)
            sys.stdout.write("These bytes are served now; the former ones are in quarantine. ")
            sys.stdout.write(_goes_on(archive, wall, entry) + "\n")
        else:
            discard(archive, wall, entry_id)
            sys.stdout.write("Discarded; what was served stays. The same bytes will not be held again.\n")


def _goes_on(archive: Archive, wall: Wall, entry: Held) -> str:
    """Whether the study is read again by itself."""
    uid = entry.data_set.study_instance_uid
    with archive.read() as connection:
        study = studies.by_uid(connection, wall, entry.data_set.hospital, uid)
    if study is not None and study.identity_conflict:
        return (
            "The study is NOT read again yet: its images disagree about who the patient is. "
            f"Look, then `consilium study resolve {uid}`."
        )
    return "The study is read again."


def _entry(held: Held) -> dict[str, Json]:
    return {
        "entry": held.id,
        "study_instance_uid": held.data_set.study_instance_uid,
        "series_instance_uid": held.data_set.series_instance_uid,
        "sop_instance_uid": held.data_set.sop_instance_uid,
        "sha256": held.data_set.sha256,
        "size_bytes": held.data_set.size_bytes,
        "reason": held.reason,
        "state": held.state.value,
        "received_at": printing.moment(held.received_at),
    }
