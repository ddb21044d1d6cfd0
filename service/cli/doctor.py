"""`consilium doctor`: what is missing or misconfigured, the command that mends it, and what to hand to a hospital."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

from models.catalogue import Catalogue
from models.manifest import PackageFault, verify_files
from models.sandbox import sandbox_available
from service.archive import (
    analyses,
    deliveries,
    hospitals,
    instances,
    quarantine,
    results,
    studies,
    whole_objects,
)
from service.archive.store import DATABASE, Archive, ArchiveFault
from service.cli import printing
from service.cli.binds import answers, why_not
from service.cli.check import Check
from service.cli.copies_check import copies_check, copies_room
from service.cli.hand_over import hand_over
from service.cli.listening import noted
from service.cli.people_checks import people_checks
from service.cli.supervisor import is_held
from service.cli.viewer_check import is_served, viewer_check
from service.domain.delivery import DeliveryState
from service.domain.hospital import is_loopback
from service.domain.wall import Wall
from service.settings import Settings


def run(settings: Settings, *, audit: bool, as_json: bool) -> int:
    """Print every check; 1 when one is not well."""
    checks = [*_machine(settings), viewer_check(settings), copies_check(settings), *_packages(settings)]
    sheet: tuple[str, ...] = ()
    if (settings.data / DATABASE).exists():
        checks += _running(settings)
        try:
            of_archive, sheet = _looked_into(settings, audit=audit)
            checks += of_archive
        except ArchiveFault as fault:
            checks.append(
                Check("database", good=False, seen=str(fault), mend="make room, end what holds it, try again")
            )
    else:
        checks.append(Check("centre", good=True, seen=f"none in {settings.data} yet; `consilium up` makes it"))
        checks += _ports(settings)
    _print(checks, sheet, as_json=as_json)
    return 0 if all(check.good for check in checks) else 1


def _looked_into(settings: Settings, *, audit: bool) -> tuple[list[Check], tuple[str, ...]]:
    """What the rows say, and the sheet to hand over. Raises ArchiveFault."""
    archive = Archive(settings.data)
    try:
        of_rows = (
            *_centre(archive),
            *copies_room(archive),
            *people_checks(archive, settings),
            *_hospitals(archive, settings),
        )
        checks = [*of_rows, *(_audit(archive) if audit else ())]
        bind, port = _listens(settings)
        with archive.read() as connection:
            return checks, tuple(hand_over(connection, Wall.operator(), bind, port))
    finally:
        archive.close()


def _machine(settings: Settings) -> Iterator[Check]:
    version = sys.version.split()[0]
    yield Check("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    room = next(folder for folder in (settings.data, *settings.data.parents) if folder.exists())
    usable = room.is_dir() and os.access(room, os.R_OK | os.W_OK | os.X_OK)
    yield Check(
        "data folder",
        usable,
        str(settings.data) if usable else f"{room} cannot be written to",
        "give a folder of your own by --data or CONSILIUM_DATA",
    )
    free = shutil.disk_usage(room).free
    yield Check(
        "disk",
        free > settings.watermark_bytes,
        f"{free / 2**30:.1f} GiB free; C-STORE is answered A700 below {settings.watermark_bytes / 2**30:.1f} GiB",
        "make room, or move the centre to a larger disk (--data)",
    )
    yield Check(
        "sandbox",
        sandbox_available(),
        "package code and pixel decoding run without network" if sandbox_available() else "no seccomp filter here",
        "only shipped packages should run on this kernel; use Linux on x86-64 or arm64 with seccomp",
    )
    bind, port = _listens(settings)
    where = "this machine only" if is_loopback(bind) else "other machines reach it"
    yield Check("DICOM bind", good=True, seen=f"{bind}:{port} ({where})")


def _running(settings: Settings) -> Iterator[Check]:
    """Whether the centre runs, and answers where it says; else whether it could."""
    known = noted(settings.data)
    if known is None or not is_held(settings.data):
        yield Check("centre", good=True, seen="not running; `consilium up` starts it")
        yield from _ports(settings)
        return
    http_host, _, http_port = known.http.rpartition(":")
    listening = [(known.dicom_bind, known.dicom_port), (http_host, int(http_port))]
    if known.viewer_port is not None:
        listening.append((http_host, known.viewer_port))
    silent = [f"{host}:{port}" for host, port in listening if not answers(host, port)]
    yield Check(
        "centre",
        not silent,
        f"silent at {', '.join(silent)}"
        if silent
        else f"running, DICOM {known.dicom_bind}:{known.dicom_port}, HTTP {known.http}",
        f"look into {settings.data / 'log'}; then `consilium up` again",
    )


def _listens(settings: Settings) -> tuple[str, int]:
    """Where the node listens, or would if it were started as the settings say."""
    known = noted(settings.data)
    if known is not None and is_held(settings.data):
        return known.dicom_bind, known.dicom_port
    return settings.dicom_bind, settings.dicom_port


def _ports(settings: Settings) -> Iterator[Check]:
    wanted = (
        ("DICOM port", settings.dicom_bind, settings.dicom_port, "--dicom-port"),
        ("HTTP port", settings.http_bind, settings.http_port, "--http-port"),
        *(
            [("viewer port", settings.http_bind, settings.port_of_viewer, "--viewer-port")]
            if is_served(settings)
            else ()
        ),
    )
    for name, bind, port, option in wanted:
        fault = why_not(bind, port)
        yield Check(
            name, not fault, fault or f"{bind}:{port} is free", f"choose another by {option}, 0 for any free one"
        )


def _packages(settings: Settings) -> Iterator[Check]:
    catalogue = Catalogue.of(settings.packages)
    for broken in catalogue.faults:
        yield Check(f"package {broken.folder.name}", good=False, seen=broken.fault, mend="install the package again")
    for entry in catalogue.entries():
        name = f"package {entry.manifest.name} {entry.manifest.version}"
        try:
            verify_files(entry.folder, entry.manifest)
        except PackageFault as fault:
            yield Check(name, good=False, seen=str(fault), mend="install the package again")
        else:
            yield Check(name, good=True, seen=entry.manifest.use_status.words.en)
    if not catalogue.entries():
        mend = "set CONSILIUM_PACKAGES to the folders that hold packages"
        yield Check("packages", good=False, seen="none", mend=mend)


def _centre(archive: Archive) -> Iterator[Check]:
    wall = Wall.operator()
    key = archive.folder / "secrets" / "installation.key"
    private = key.stat().st_mode & 0o077 == 0
    yield Check(
        "installation key",
        private,
        "readable by its owner only" if private else "readable by others",
        f"chmod 600 {key}",
    )
    with archive.read() as connection:
        known = hospitals.everyone(connection, wall)
        conflicts = [s for s in studies.listed(connection, wall, studies.StudyFilter(), 10_000) if s.identity_conflict]
        held = quarantine.listed(connection, wall, [quarantine.QuarantineState.HELD])
        failed = analyses.failed_for_good(connection, wall)
        unencoded = tuple(analyses.several(connection, wall, results.failed_steps(connection, wall)).values())
        of_failed = {each.study_id: studies.get(connection, wall, each.study_id) for each in (*failed, *unencoded)}
        refused = deliveries.counts(connection, wall).get(DeliveryState.FAILED.value, 0)
    yield Check("hospitals", bool(known), f"{len(known)}", "consilium hospital add --help")
    yield Check(
        "identity conflicts",
        not conflicts,
        f"{len(conflicts)} studies wait for a person",
        "consilium study list, then consilium study resolve UID",
    )
    uids = {study_id: study.study_instance_uid for study_id, study in of_failed.items() if study is not None}
    for name, broken, seen in (
        ("analyses", failed, "failed for good"),
        ("results", unencoded, "ended, and their results could not be encoded"),
    ):
        studies_of = list(dict.fromkeys(uids[each.study_id] for each in broken if each.study_id in uids))
        yield Check(
            name,
            not broken,
            f"{len(broken)} analyses {seen}" + "".join(f"; study {uid}" for uid in studies_of[:5]),
            f"look into {archive.folder / 'log'}, then consilium study retry {studies_of[0] if studies_of else 'UID'}",
        )
    yield Check("quarantine", not held, f"{len(held)} data sets wait for a person", "consilium quarantine list")
    yield Check(
        "deliveries",
        refused == 0,
        f"{refused} were refused for good",
        "consilium study show UID says why; consilium hospital test NAME tries the connection",
    )


def _hospitals(archive: Archive, settings: Settings) -> Iterator[Check]:
    """What a hospital asks for is here, and the node listens where the hospital calls from."""
    wall = Wall.operator()
    here = Catalogue.of(settings.packages).available()
    bind, _ = _listens(settings)
    with archive.read() as connection:
        known = hospitals.everyone(connection, wall)
    for each in known:
        absent = sorted({rule.package for rule in each.packages} - set(here))
        if absent:
            seen = f"asks for {', '.join(absent)}, which is not here"
            yield Check(
                f"hospital {each.name}",
                good=False,
                seen=seen,
                mend="consilium models list shows what is; set CONSILIUM_PACKAGES",
            )
        outside = any(not network.is_loopback for sender in each.senders for network in sender.networks)
        if outside == is_loopback(bind):
            where = "from other machines" if outside else "from this machine only"
            seen = f"is let in {where}, but the node listens on {bind}"
            mend = "set CONSILIUM_DICOM_BIND" if outside else "remove it and add it again with --network CIDR"
            yield Check(f"hospital {each.name}", good=False, seen=seen, mend=mend)


def _audit(archive: Archive) -> Iterator[Check]:
    """Every instance that is served or in quarantine: its file is there, and its bytes have the hash of its row."""
    wall = Wall.operator()
    with archive.read() as connection:
        rows = [
            (each.sop_instance_uid, each.hospital, each.object_name, each.sha256)
            for study in studies.listed(connection, wall, studies.StudyFilter(), 1_000_000)
            for each in instances.of_study(connection, wall, study.id)
        ]
        held = quarantine.listed(connection, wall, [quarantine.QuarantineState.HELD])
    rows += [
        (h.data_set.sop_instance_uid, h.data_set.hospital, h.data_set.object_name, h.data_set.sha256) for h in held
    ]
    faults = [
        f"{uid} {fault}"
        for uid, hospital, name, sha256 in rows
        if (fault := whole_objects.fault(archive.objects, hospital, name, sha256))
    ]
    words = f"{len(rows)} instances, {len(faults)} not as their rows say" + "".join(f"; {each}" for each in faults[:5])
    yield Check("archive", not faults, words, "restore the objects folder from the backup, or have them sent again")


def _print(checks: list[Check], sheet: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        printing.as_json(
            {
                "checks": [
                    {"name": c.name, "ok": c.good, "seen": c.seen, "mend": "" if c.good else c.mend} for c in checks
                ],
                "hand_over": list(sheet),
            }
        )
        return
    for check in checks:
        sys.stdout.write(f"{'ok  ' if check.good else 'FAIL'}  {check.name}: {check.seen}\n")
        if not check.good and check.mend:
            sys.stdout.write(f"      mend: {check.mend}\n")
    for line in sheet:
        sys.stdout.write(f"{line}\n")
