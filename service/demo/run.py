"""`consilium demo`: sets the loop up, sends a study through it, shows what came of it."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from dicom_node.send import Address
from models.catalogue import Catalogue, Entry
from service.archive.store import Archive
from service.cli.parts import Stop
from service.cli.send import NothingToSend, Sent, send_folder
from service.demo.centre import HOSPITAL_AE, DemoCentre, DemoFault, running
from service.demo.outcome import DemoOutcome
from service.demo.page import write_page
from service.demo.studies_of import main_study
from service.demo.telling import tell
from service.demo.watch import Seen, until_done
from service.domain.wall import HospitalId
from service.settings import Settings
from training.phantom.dicom import write_phantom
from training.phantom.volume import make_phantom

PACKAGE: Final = "ct_chest_nodule"


@dataclass(frozen=True, slots=True)
class _Shown:
    """What was seen and told."""

    seen: Seen
    outcome: DemoOutcome


def run(*, study_folder: Path | None, data: Path | None, once: bool, as_json: bool, seed: int) -> int:
    """Run the demo; the exit code is 1 when a step failed. Raises DemoFault."""
    console = Console(stderr=as_json)
    folder = data or Path(tempfile.mkdtemp(prefix="consilium-demo-"))
    entry = _package()
    phantom = study_folder is None
    _introduce(console, entry, phantom=phantom, folder=study_folder)
    study = study_folder or _phantom(console, folder / "phantom", seed)
    stop = None if once else Stop()
    with running(folder, entry.manifest.name) as centre:
        shown = _loop(console, centre, study)
        if shown is None:
            return 1
        page = write_page(folder / "findings.html", centre.data, entry, shown.seen, shown.outcome, phantom=phantom)
        _show(console, shown, page)
        if as_json:
            sys.stdout.write(shown.outcome.model_dump_json() + "\n")
            sys.stdout.flush()
        if stop is not None:
            _stay(console, centre, page, stop)
    return 0 if shown.outcome.ok else 1


def _package() -> Entry:
    available = Catalogue.of(Settings().packages).available()
    if PACKAGE in available:
        return available[PACKAGE]
    if len(available) == 1:
        return next(iter(available.values()))
    raise DemoFault(f"the package {PACKAGE} is not there; `consilium models list` shows what is")


def _introduce(console: Console, entry: Entry, *, phantom: bool, folder: Path | None) -> None:
    manifest = entry.manifest
    what = "a thorax phantom that consilium makes (synthetic, no patient)" if phantom else f"patient data in {folder}"
    console.print(f"[bold]consilium demo[/bold]  study: {what}")
    console.print(
        f"package: {manifest.name} {manifest.version}, {manifest.use_status.words.en} / {manifest.use_status.words.zh}"
    )
    console.print("not validated for: " + "; ".join(text.en for text in manifest.not_validated_for))


def _phantom(console: Console, folder: Path, seed: int) -> Path:
    with console.status("making the phantom"):
        write_phantom(make_phantom(seed), folder)
    return folder


def _loop(console: Console, centre: DemoCentre, folder: Path) -> _Shown | None:
    study = main_study(folder)
    archive = Archive(centre.data)
    try:
        began_at = time.time()
        sent = _send(console, centre, folder)
        received_at = time.time()
        with console.status("waiting") as status:
            hospital = HospitalId(centre.hospital_id)
            seen = until_done(archive, hospital, study.study_instance_uid, status.update)
        if seen is None:
            console.print("[red]the study did not come through the loop[/red]; logs: " + str(centre.data / "log"))
            return None
        outcome = tell(archive, seen, sent, folder=centre.hospital_folder, began_at=began_at, received_at=received_at)
    finally:
        archive.close()
    return _Shown(seen, outcome)


def _send(console: Console, centre: DemoCentre, folder: Path) -> Sent:
    address = Address(centre.dicom_host, centre.dicom_port, centre.ae_title, HOSPITAL_AE)
    try:
        sent = send_folder(folder, address)
    except NothingToSend as fault:
        raise DemoFault(str(fault)) from fault
    total = len(sent.accepted) + len(sent.refused)
    console.print(
        f"received {len(sent.accepted)} of {total} instances"
        + (f", {len(sent.skipped)} files are no DICOM" if sent.skipped else "")
    )
    for name, why in sent.refused:
        console.print(f"[red]refused[/red] {name}: {why}")
    return sent


def _show(console: Console, shown: _Shown, page: Path) -> None:
    outcome = shown.outcome
    for analysis in outcome.analyses:
        reason = f" ({analysis.reason})" if analysis.reason else ""
        console.print(f"{analysis.package} {analysis.version}: [bold]{analysis.outcome}[/bold]{reason}")
        if analysis.findings:
            table = Table("no", "finding", "probability", "centre LPS mm", "long axis mm", "volume mm3", box=None)
            for number, each in enumerate(analysis.findings, start=1):
                centre = "" if each.center_mm_lps is None else ", ".join(f"{v:.1f}" for v in each.center_mm_lps)
                long_axis = "" if each.long_axis_mm is None else f"{each.long_axis_mm:.1f}"
                volume = "" if each.volume_mm3 is None else f"{each.volume_mm3:.0f}"
                table.add_row(str(number), each.code.meaning, f"{each.probability:.2f}", centre, long_axis, volume)
            console.print(table)
    for delivered in outcome.delivered:
        console.print(f"came back: {delivered.path}", soft_wrap=True)
    timeline = outcome.timeline
    console.print(
        f"seconds since the first C-STORE: received {timeline.received_s}, complete {timeline.complete_s}, "
        f"analysed {timeline.analysed_s}, delivered {timeline.delivered_s}"
    )
    console.print(f"AI result, not verified by a physician. Page: {page}", soft_wrap=True)


def _stay(console: Console, centre: DemoCentre, page: Path, stop: Stop) -> None:
    console.print(
        f"The centre stays up: DICOM {centre.ae_title} at {centre.dicom_host}:{centre.dicom_port}, HTTP {centre.http}, "
        f"API description {centre.http}/api/v1/openapi.json\nOpen {page}; data in {centre.data}. Ctrl-C ends it.",
        soft_wrap=True,
    )
    stop.wait()
