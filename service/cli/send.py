"""`consilium send`: a folder by C-STORE, with a progress bar."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from rich.console import Console
from rich.progress import Progress

from dicom_node.send import Address, Object, send
from service.cli import printing
from service.flow.peers import PeerFailure


class BadAddress(Exception):
    """HOST:PORT is not one."""


class NothingToSend(Exception):
    """The folder holds no DICOM file that can be sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a folder."""

    accepted: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]


def run(folder: Path, to: str, *, called_ae: str, calling_ae: str, as_json: bool) -> None:
    """Send every DICOM file below a folder; exit code 1 when one was not accepted."""
    host, _, port = to.rpartition(":")
    if not host or not port.isdigit():
        raise BadAddress(f"--to {to!r} is not HOST:PORT, for example 127.0.0.1:11112")
    sent = send_folder(folder, Address(host, int(port), called_ae, calling_ae))
    if as_json:
        printing.as_json(
            {
                "accepted": len(sent.accepted),
                "refused": [{"file": name, "why": why} for name, why in sent.refused],
                "skipped": [{"file": name, "why": why} for name, why in sent.skipped],
            }
        )
    else:
        for name, why in (*sent.refused, *sent.skipped):
            sys.stdout.write(f"{name}: {why}\n")
        sys.stdout.write(f"{len(sent.accepted)} accepted, {len(sent.refused)} refused, {len(sent.skipped)} not sent\n")
    if sent.refused:
        sys.exit(1)


def send_folder(folder: Path, address: Address) -> Sent:
    """Send every DICOM file below a folder. Raises NothingToSend, PeerBusy, PeerRefused."""
    objects, skipped = _objects(folder)
    if not objects:
        raise NothingToSend(f"{folder} holds no DICOM file that can be sent")
    accepted: list[str] = []
    refused: list[tuple[str, str]] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("sending", total=len(objects))

        def told(key: str, failure: PeerFailure | None) -> None:
            progress.advance(bar)
            if failure is None:
                accepted.append(key)
            else:
                refused.append((key, str(failure)))

        send(address, objects, told)
    return Sent(tuple(accepted), tuple(refused), tuple(skipped))


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
        objects.append(Object(name, path, str(sop_class), str(syntax)))
    return objects, skipped
