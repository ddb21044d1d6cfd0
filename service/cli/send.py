"""`consilium send`: a folder by C-STORE, with a progress bar."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dicom_node.send import Address, Object, send
from service.cli import printing
from service.domain.hospital import ae_title
from service.flow.peers import PeerFailure

_DIRECTORY: Final = "1.2.840.10008.1.3.10"


class BadAddress(Exception):
    """HOST:PORT is not one."""


class NothingToSend(Exception):
    """There is no such folder, or it holds no DICOM file that can be sent."""


@dataclass(frozen=True, slots=True)
class Underway:
    """How far a folder is: instances answered, of all; began_at as in Sent."""

    answered: int
    total: int
    began_at: float


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a folder. began_at, ended_at: seconds since the epoch; broken: why the rest was not sent."""

    accepted: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]
    unsent: int
    broken: str | None
    began_at: float
    ended_at: float


def run(folder: Path, to: str, *, called_ae: str, calling_ae: str, as_json: bool) -> None:
    """Send every DICOM file below a folder; exit code 1 when one was not accepted."""
    sent = send_folder(folder, _address(to, called_ae=called_ae, calling_ae=calling_ae))
    if as_json:
        printing.as_json(
            {
                "accepted": len(sent.accepted),
                "refused": [{"file": name, "why": why} for name, why in sent.refused],
                "skipped": [{"file": name, "why": why} for name, why in sent.skipped],
                "unsent": sent.unsent,
                "error": sent.broken,
            }
        )
    else:
        for name, why in (*sent.refused, *sent.skipped):
            sys.stdout.write(f"{name}: {why}\n")
        left = f", {sent.unsent} unsent: {sent.broken}" if sent.broken else ""
        sys.stdout.write(
            f"{len(sent.accepted)} accepted, {len(sent.refused)} refused, {len(sent.skipped)} skipped{left}\n"
        )
    if sent.refused or sent.broken:
        sys.exit(1)


def _address(to: str, *, called_ae: str, calling_ae: str) -> Address:
    """Raises BadAddress, MalformedSetting."""
    match = re.fullmatch(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]+):(?P<port>[0-9]{1,5})", to.strip())
    if match is None or not 0 < int(match["port"]) < 65536:
        raise BadAddress(f"--to {to!r} is not HOST:PORT, for example 127.0.0.1:11112")
    return Address(match["host"].strip("[]"), int(match["port"]), ae_title(called_ae), ae_title(calling_ae))


def send_folder(
    folder: Path, address: Address, *, console: Console | None = None, say: Callable[[Underway], None] | None = None
) -> Sent:
    """Send every DICOM file below a folder.

    console: where the bar is drawn, else stderr. say: is told after every answer. Raises NothingToSend; PeerFailure
    when not even the first was answered.
    """
    if not folder.exists():
        raise NothingToSend(f"{folder} does not exist")
    if not folder.is_dir():
        raise NothingToSend(f"{folder} is no folder; give the one that the file lies in")
    objects, skipped = _objects(folder)
    if not objects:
        raise NothingToSend(f"{folder} holds no DICOM file that can be sent")
    accepted: list[str] = []
    refused: list[tuple[str, str]] = []
    broken: str | None = None
    with _progress(console or Console(stderr=True)) as progress:
        bar = progress.add_task("received", total=len(objects))

        def told(key: str, failure: PeerFailure | None) -> None:
            progress.advance(bar)
            if failure is None:
                accepted.append(key)
            else:
                refused.append((key, str(failure)))
            if say is not None:
                say(Underway(len(accepted) + len(refused), len(objects), began_at))

        began_at = time.time()
        try:
            send(address, objects, told)
        except PeerFailure as failure:
            if not accepted and not refused:
                raise
            broken = str(failure)
    unsent = len(objects) - len(accepted) - len(refused)
    return Sent(tuple(accepted), tuple(refused), tuple(skipped), unsent, broken, began_at, time.time())


def _progress(console: Console) -> Progress:
    """A bar, "received n of m"; nothing where nobody looks."""
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(" of "), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _objects(folder: Path) -> tuple[list[Object], list[tuple[str, str]]]:
    objects: list[Object] = []
    skipped: list[tuple[str, str]] = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = str(path.relative_to(folder))
        try:
            meta = dcmread(path, stop_before_pixels=True, specific_tags=[]).file_meta
            sop_class, syntax = meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID
        except (InvalidDicomError, AttributeError, OSError, ValueError, EOFError) as fault:
            skipped.append((name, f"not a DICOM file that can be sent ({type(fault).__name__})"))
            continue
        if sop_class == _DIRECTORY:
            skipped.append((name, "a DICOMDIR lists a medium; it is no instance"))
            continue
        objects.append(Object(name, path, str(sop_class), str(syntax)))
    return objects, skipped
