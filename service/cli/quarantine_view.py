"""What the quarantine holds, in words and as JSON, and a person's decision about it."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from service.archive import hospitals, instances, quarantine
from service.archive.quarantine import Held, QuarantineState
from service.cli import printing
from service.cli.opened import opened
from service.cli.printing import Json
from service.domain.wall import Wall
from service.flow.bell import SilentBell
from service.flow.quarantine import accept, discard


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
    with opened(data) as archive, archive.read() as connection:
        held = quarantine.get(connection, wall, entry_id)
        served = instances.by_uid(connection, wall, held.data_set.hospital, held.data_set.sop_instance_uid)
    differences: dict[str, Json] = {}
    if served is not None:
        for field in dataclasses.fields(held.data_set.facts):
            ours, theirs = getattr(served.facts, field.name), getattr(held.data_set.facts, field.name)
            if ours != theirs:
                differences[field.name] = {"served": str(ours), "held": str(theirs)}
    whole = {**_entry(held), "served_sha256": served.sha256 if served else None, "differences": differences}
    if json_wanted:
        printing.as_json(whole)
        return
    for name, value in whole.items():
        sys.stdout.write(f"{name:22} {value}\n")


def decide(data: Path | None, entry_id: int, *, accepted: bool) -> None:
    """Accept or discard an entry."""
    wall = Wall.operator()
    with opened(data) as archive:
        if accepted:
            accept(archive, wall, SilentBell(), entry_id)
            sys.stdout.write(
                "These bytes are served now; the former ones are in quarantine; the study is read again.\n"
            )
        else:
            discard(archive, wall, entry_id)
            sys.stdout.write("Discarded; what was served stays. The same bytes will not be held again.\n")


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
