"""`consilium demo`: sets the loop up, sends a study through it, shows what came of it."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from dicom_node.send import Address
from models.catalogue import Catalogue, Entry
from service.archive.store import DATABASE, Archive
from service.cli.parts import Stop
from service.cli.send import NothingToSend, Sent, send_folder
from service.demo import reader
from service.demo.centre import HOSPITAL_AE, DemoCentre, DemoFault, Ports, running
from service.demo.findings_page import two_decimals
from service.demo.live import Telling
from service.demo.outcome import NOT_SET_UP, AnalysisSaid, DemoOutcome
from service.demo.page import write_page
from service.demo.studies_of import main_study
from service.demo.telling import tell
from service.demo.watch import Seen, look, until_done
from service.dicom.sop_classes import name as class_name
from service.domain.wall import HospitalId
from service.flow.peers import PeerFailure
from service.settings import Settings
from training.phantom.dicom import write_phantom
from training.phantom.volume import make_phantom

PACKAGE: Final = "ct_chest_nodule"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user of the demo asked for; a port 0 is any free one, data None a fresh temporary folder."""

    study_folder: Path | None
    data: Path | None
    once: bool
    as_json: bool
    seed: int
    dicom_port: int
    http_port: int


@dataclass(frozen=True, slots=True)
class _Shown:
    """What was seen and told; seen is None where the study never came in."""

    seen: Seen | None
    outcome: DemoOutcome


def run(asked: Asked) -> int:
    """Run the demo; the exit code is 1 when a step failed. Raises DemoFault.

    Where JSON is asked for, its one object stands on stdout however the demo ends.
    """
    told: list[DemoOutcome] = []
    try:
        return _run(asked, told)
    finally:
        if asked.as_json and not told:
            _print(NOT_SET_UP)


def _run(asked: Asked, told: list[DemoOutcome]) -> int:
    """The demo; told: takes the outcome once it is printed."""
    console = Console(stderr=asked.as_json)
    entry = _package()
    phantom = asked.study_folder is None
    _introduce(console, entry, phantom=phantom, folder=asked.study_folder)
    given = None if asked.study_folder is None else main_study(asked.study_folder)
    folder = (asked.data or Path(tempfile.mkdtemp(prefix="consilium-demo-"))).absolute()
    if (folder / DATABASE).exists():
        raise DemoFault(f"{folder} holds a centre; give the demo a folder of its own, or none for a temporary one")
    study = asked.study_folder or _phantom(console, folder / "phantom", asked.seed)
    study_instance_uid = given or main_study(study)
    ports = Ports(dicom=asked.dicom_port, http=asked.http_port)
    reader.mark(folder / "centre")
    with (
        console.status("starting a centre and a demo hospital") as status,
        running(folder, entry.manifest.name, ports) as centre,
    ):
        status.stop()
        shown = _loop(console, centre, study, study_instance_uid)
        page = None
        if shown.seen is not None and shown.seen.done:
            page = write_page(folder / "findings.html", centre.data, entry, shown.seen, shown.outcome, phantom=phantom)
        _show(console, shown.outcome, page, logs=centre.data / "log")
        told.append(shown.outcome)
        if asked.as_json:
            _print(shown.outcome)
        if not asked.once and page is not None:
            _stay(console, centre, page, reader.reader_of(centre.data, centre.hospital_id))
    return 0 if shown.outcome.ok else 1


def _print(outcome: DemoOutcome) -> None:
    sys.stdout.write(outcome.model_dump_json() + "\n")
    sys.stdout.flush()


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
    console.print("[bold]consilium demo[/bold]")
    console.print(f"study    {what}", markup=False, soft_wrap=True)
    console.print(
        f"package  {manifest.name} {manifest.version}: {manifest.title.en} / {manifest.title.zh}", markup=False
    )
    console.print(f"         {manifest.use_status.words.en} / {manifest.use_status.words.zh}", markup=False)
    console.print("not validated for")
    for text in manifest.not_validated_for:
        console.print(Padding(f"- {text.en}", (0, 0, 0, 2)))


def _phantom(console: Console, folder: Path, seed: int) -> Path:
    with console.status("making the phantom"):
        write_phantom(make_phantom(seed), folder)
    return folder


def _loop(console: Console, centre: DemoCentre, folder: Path, study_instance_uid: str) -> _Shown:
    archive, hospital = Archive(centre.data), HospitalId(centre.hospital_id)
    telling = Telling(console, lambda: look(archive, hospital, study_instance_uid))
    try:
        sent = _send(centre, folder, telling)
        with console.status("waiting") as status:
            seen = until_done(archive, hospital, study_instance_uid, telling.waiting(status))
        outcome = tell(archive, seen, sent, study_instance_uid=study_instance_uid, folder=centre.hospital_folder)
    finally:
        archive.close()
    return _Shown(seen, outcome)


def _send(centre: DemoCentre, folder: Path, telling: Telling) -> Sent:
    address = Address(centre.dicom_host, centre.dicom_port, centre.ae_title, HOSPITAL_AE)
    try:
        sent = send_folder(folder, address, console=telling.console, say=telling.underway)
    except (NothingToSend, PeerFailure) as fault:
        raise DemoFault(str(fault)) from fault
    telling.sent(sent)
    return sent


def _show(console: Console, outcome: DemoOutcome, page: Path | None, *, logs: Path) -> None:
    for analysis in outcome.analyses:
        reason = f" ({analysis.reason})" if analysis.reason else ""
        console.print(
            f"\n{analysis.package} {analysis.version}: {analysis.outcome}{reason}", style="bold", markup=False
        )
        if analysis.findings:
            console.print(_table(analysis))
    console.print("\ncame back into the hospital's folder")
    for delivered in outcome.delivered:
        words = f"  {class_name(delivered.sop_class_uid)}  {delivered.path}"
        console.print(words, soft_wrap=True, markup=False, highlight=False)
    console.print("\nseconds since the first C-STORE request")
    for step, moment_s in outcome.timeline.model_dump().items():
        moment = "not reached" if moment_s is None else f"{moment_s:.1f}"
        console.print(f"  {step.removesuffix('_s'):10} {moment}", highlight=False)
    if not outcome.ok:
        console.print(f"The loop did not end well. Logs: {logs}", style="red", soft_wrap=True, markup=False)
    if page is not None:
        console.print(f"\nAI result, not verified by a physician. Page: {page}", soft_wrap=True, markup=False)


def _table(analysis: AnalysisSaid) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("no", justify="right")
    table.add_column("finding")
    for name in ("probability", "long axis mm", "volume mm3", "centre LPS mm"):
        table.add_column(name, justify="right")
    for number, each in enumerate(analysis.findings, start=1):
        table.add_row(
            str(number),
            each.code.meaning,
            two_decimals(each.probability),
            _figure(each.long_axis_mm, 1),
            _figure(each.volume_mm3, 0),
            "" if each.center_mm_lps is None else ", ".join(_figure(v, 1) for v in each.center_mm_lps),
        )
    return table


def _figure(number: float | None, decimals: int) -> str:
    return "" if number is None else f"{number:.{decimals}f}"


def _stay(console: Console, centre: DemoCentre, page: Path, login: reader.Login | None) -> None:
    signing_in = "" if login is None else f"sign in as {login.login} with {login.password} (demo: no second factor)"
    console.print(
        f"\nThe centre stays up. Ctrl-C ends it.\n"
        f"  read   {centre.http}/ {signing_in}\n"
        f"  page   {page}\n"
        f"  DICOM  {centre.ae_title} at {centre.dicom_host}:{centre.dicom_port}\n"
        f"  HTTP   {centre.http}/api/v1/openapi.json describes it; key {centre.api_key}\n"
        f"  look   consilium study list --data {centre.data}",
        soft_wrap=True,
        markup=False,
        highlight=False,
    )
    Stop().wait()
