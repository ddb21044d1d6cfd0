"""`consilium doctor`: what is missing or misconfigured, the command that mends it, and what to hand to a hospital."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from models.catalogue import Catalogue
from models.manifest import PackageFault, verify_files
from models.sandbox import sandbox_available
from service.archive import hospitals, instances, studies
from service.archive.store import Archive
from service.cli import printing
from service.domain.wall import Wall
from service.settings import Settings

WELL_FREE_BYTES: Final = 20 << 30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; mend: the command or act that puts it right, empty where all is well."""

    name: str
    good: bool
    seen: str
    mend: str = ""


def run(settings: Settings, *, audit: bool, as_json: bool) -> int:
    """Print every check; 1 when one is not well."""
    checks = [*_machine(settings), *_packages(settings)]
    has_centre = (settings.data / "consilium.db").exists()
    sheet: tuple[str, ...] = ()
    if has_centre:
        archive = Archive(settings.data)
        try:
            checks += _centre(archive)
            checks += _audit(archive) if audit else ()
            sheet = tuple(_hand_over(archive, settings))
        finally:
            archive.close()
    else:
        checks.append(Check("centre", good=True, seen=f"none in {settings.data} yet; `consilium up` makes it"))
    _print(checks, sheet, as_json=as_json)
    return 0 if all(check.good for check in checks) else 1


def _machine(settings: Settings) -> Iterator[Check]:
    version = sys.version.split()[0]
    yield Check("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    room = next(folder for folder in (settings.data, *settings.data.parents) if folder.exists())
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
    loopback = settings.dicom_bind.startswith("127.") or settings.dicom_bind in {"localhost", "::1"}
    yield Check(
        "DICOM bind",
        good=True,
        seen=f"{settings.dicom_bind}:{settings.dicom_port}" + (" (this machine only)" if loopback else ""),
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
    yield Check("hospitals", bool(known), f"{len(known)}", "consilium hospital add --help")
    yield Check(
        "identity conflicts",
        not conflicts,
        f"{len(conflicts)} studies wait for a person",
        "consilium study resolve UID",
    )


def _audit(archive: Archive) -> Iterator[Check]:
    """Every row against its file."""
    wall = Wall.operator()
    missing: list[str] = []
    count = 0
    with archive.read() as connection:
        for study in studies.listed(connection, wall, studies.StudyFilter(), 1_000_000):
            for each in instances.of_study(connection, wall, study.id):
                count += 1
                if not archive.objects.path(each.hospital, each.object_name).is_file():
                    missing.append(each.sop_instance_uid)
    words = f"{count} instances, {len(missing)} without their file" + "".join(f"; {uid}" for uid in missing[:5])
    yield Check("archive", not missing, words, "restore the objects folder from the backup, or have them sent again")


def _hand_over(archive: Archive, settings: Settings) -> Iterator[str]:
    """What a hospital's network and PACS people have to enter."""
    yield "Firewall: allow TCP from the hospital's DICOM systems to this centre's DICOM port, and back to its PACS:"
    with archive.read() as connection:
        for hospital in hospitals.everyone(connection, Wall.operator()):
            for sender in hospital.senders:
                sources = ", ".join(str(each) for each in sender.networks)
                yield f"  {hospital.name}: {sources} -> {settings.dicom_bind}:{settings.dicom_port}"
                yield f"  {hospital.name}: AE table: we are {sender.called_ae}, you call as {sender.calling_ae}"
            for peer in hospitals.peers(connection, Wall.operator(), hospital.id):
                where = f"{peer.host}:{peer.port} AE {peer.ae_title}" if peer.host else str(peer.url)
                yield f"  {hospital.name}: this centre -> {where}"


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
