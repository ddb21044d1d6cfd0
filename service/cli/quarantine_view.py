"""What the quarantine holds, in words and as JSON, and a person's decision about it."""

from __future__ import annotations

import sys
from pathlib import Path

from service.archive import hospitals, instances, quarantine, studies
from service.archive.quarantine import Held, QuarantineState
from service.archive.store import Archive
from service.cli import printing
from service.cli.opened import opened
from service.cli.printing import Json
from service.domain.wall import Wall
from service.flow.bell import SilentBell
from service.flow.quarantine import accept, discard
from service.flow.quarantine_difference import ShownDifference, shown_differences


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
        differing = () if served is None else shown_differences(archive, served, held)
    whole = {**_entry(held), "served_sha256": served.sha256 if served else None}
    if json_wanted:
        printing.as_json({**whole, "differences": {each.path: _said(each) for each in differing}})
        return
    for name, value in whole.items():
        sys.stdout.write(f"{name:22} {value}\n")
    sys.stdout.write("differences\n" if differing else "differences            none: these bytes are the served ones\n")
    for each in differing:
        sys.stdout.write(f"  {each.path}: {_line(each)}\n")


def _said(difference: ShownDifference) -> dict[str, Json]:
    said: dict[str, Json] = {"tag": difference.tag, "how": difference.how}
    return said if difference.served is None else {**said, "served": difference.served, "held": difference.held}


def _line(difference: ShownDifference) -> str:
    if difference.served is None:
        return difference.how
    return f"served {difference.served!r}, held {difference.held!r}"


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
