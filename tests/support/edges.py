"""The HTTP edges in this process behind a real server, and an archive that can be filled without models."""

from __future__ import annotations

import io
import itertools
import secrets
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from pydicom import dcmread
from pydicom.dataset import FileDataset
from sqlalchemy import update

from models.catalogue import Catalogue
from service.access.onboarding import NewHospital, add_hospital
from service.api.app import create_app
from service.api.room.router import create_router as room_router
from service.archive import analyses, analysis_leases, findings, hospitals, manifests, results, studies
from service.archive.analyses import Analysis, Asked
from service.archive.analysis_leases import Ending
from service.archive.findings import StoredFinding
from service.archive.objects import object_name
from service.archive.results import Result, ResultKind
from service.archive.store import Archive
from service.archive.studies import Study
from service.archive.tables import HOSPITAL
from service.dicom.part10 import split
from service.dicomweb.router import create_router as dicomweb_router
from service.dicomweb.store import Intake, largest_body_bytes
from service.domain.analysis import AnalysisEvent, AnalysisOutcome
from service.domain.hospital import LOOPBACK, Hospital, Language, ReleasePolicy, Sender, ae_title
from service.domain.wall import HospitalId, Wall
from service.flow.bell import Step
from service.flow.complete import complete_due
from service.flow.conclude import settle
from service.flow.group_commit import GroupCommit
from service.flow.receive import Received, Receiver, Source, StoreStatus
from service.his.router import create_router as his_router
from service.pixels.pool import PixelPool
from tests.support.running import running_centre
from tests.support.series import ct_slice

PACKAGES = Path(__file__).parent.parent / "packages"
PACKAGE = "threshold_nodule"
SYSTEM = Wall.system("tests fill the archive")
NOBODY_TRUSTED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The servers speak plain HTTP: reading the public authorities for each client would take longer than its requests."""
CLOSED_AT_ONCE = httpx.Limits(max_keepalive_connections=0)
"""Clients live as long as their server, one for each test of a folder: open connections would add up past select(2)."""
_NUMBERS = itertools.count(1)


@dataclass
class CountingBell:
    """Remembers what was rung."""

    rung: list[Step] = field(default_factory=list)

    def ring(self, step: Step) -> None:
        self.rung.append(step)


@dataclass(frozen=True)
class Customer:
    """A hospital with what it was handed."""

    id: HospitalId
    name: str
    key: str
    secret: str | None


@dataclass
class Edges:
    """A centre's HTTP process and its archive."""

    archive: Archive
    app: FastAPI
    url: str
    bell: CountingBell
    catalogue: Catalogue
    _clients: list[httpx.Client] = field(default_factory=list)

    def hospital(
        self,
        name: str | None = None,
        *,
        release: ReleasePolicy = ReleasePolicy.AT_ONCE,
        language: Language = Language.EN,
        webhook: str | None = None,
    ) -> Customer:
        """Let a hospital in."""
        called = name or f"H{next(_NUMBERS)}"
        sender = Sender(ae_title(called), ae_title("CONSILIUM"), LOOPBACK)
        new = NewHospital(called, language, (sender,), release=release, webhook_url=webhook, quiet_s=3600.0)
        added = add_hospital(self.archive, Wall.operator(), new)
        return Customer(added.hospital_id, called, added.api_key, added.webhook_secret)

    def client(self, customer: Customer | None, **headers: str) -> httpx.Client:
        """A machine of the hospital; without one, somebody without a key."""
        key = {} if customer is None else {"Authorization": f"Bearer {customer.key}"}
        made = httpx.Client(
            base_url=self.url,
            headers={**key, **headers},
            timeout=60,
            trust_env=False,
            verify=NOBODY_TRUSTED,
            limits=CLOSED_AT_ONCE,
        )
        self._clients.append(made)
        return made

    def known(self, customer: Customer) -> Hospital:
        """The hospital's row."""
        with self.archive.read() as connection:
            return hospitals.get(connection, SYSTEM, customer.id)

    def receive(self, customer: Customer, *objects: FileDataset) -> None:
        """Take objects in as the node does, in the bytes they have as files."""
        self.receive_files(customer, *(file_bytes(each) for each in objects))

    def receive_files(self, customer: Customer, *contents: bytes) -> None:
        """Take Part 10 files in as the node takes data sets in, byte for byte."""
        commits = GroupCommit(self.archive)
        try:
            receiver = Receiver(self.archive, commits, watermark_bytes=0)
            for content in contents:
                receipt = receiver.receive(_received(customer, content))
                assert receipt.status is StoreStatus.SUCCESS, receipt
        finally:
            commits.close()

    def study(self, customer: Customer, *, count: int = 2, complete: bool = True, **attributes: str) -> Study:
        """A small CT study of a hospital."""
        study_uid = attributes.pop("study_uid", f"1.2.826.0.1.3680043.10.1561.{secrets.randbits(60)}")
        series_uid = attributes.pop("series_uid", f"{study_uid}.1")
        slices = [
            ct_slice(study_uid=study_uid, series_uid=series_uid, index=index, size=16, **attributes)  # type: ignore[arg-type]
            for index in range(count)
        ]
        self.receive(customer, *slices)
        study = self.row(customer, study_uid)
        if not complete:
            return study
        with self.archive.write() as connection:
            studies.call_complete(connection, SYSTEM, study)
        assert complete_due(self.archive) >= 1
        return self.row(customer, study_uid)

    def row(self, customer: Customer, study_uid: str) -> Study:
        """A study as it stands."""
        with self.archive.read() as connection:
            study = studies.by_uid(connection, SYSTEM, customer.id, study_uid)
        assert study is not None
        return study

    def analysis(
        self,
        study: Study,
        outcome: AnalysisOutcome | None = AnalysisOutcome.FINDINGS,
        *,
        findings: int = 1,
        reason: str | None = None,
        package: str = PACKAGE,
    ) -> Analysis:
        """An analysis of a study, ended with an outcome; None: running. package: the name the tests' goes by."""
        entry = self.catalogue.available()[PACKAGE]
        with self.archive.write() as connection:
            manifests.keep(connection, SYSTEM, [entry])
            series = studies.series_of(connection, SYSTEM, study.id)
            asked = analyses.ask(
                connection,
                SYSTEM,
                Asked(
                    hospital=study.hospital,
                    study_id=study.id,
                    study_instance_uid=study.study_instance_uid,
                    revision=study.revision,
                    package=package,
                    package_version=entry.manifest.version,
                    package_digest=entry.digest,
                    series_instance_uid=series[0].series_instance_uid,
                    fingerprint=secrets.token_hex(8),
                    selection=("series 1: chosen",),
                    urgency=0,
                ),
            )
            assert asked is not None
            running = analysis_leases.claim(connection, SYSTEM)
            assert running is not None
        return running if outcome is None else self._ended(running, outcome, findings, reason)

    def _ended(self, running: Analysis, outcome: AnalysisOutcome, count: int, reason: str | None) -> Analysis:
        events = {
            AnalysisOutcome.REFUSED: AnalysisEvent.REFUSED,
            AnalysisOutcome.FAILED: AnalysisEvent.DETERMINISTIC_ERROR,
        }
        found = count if outcome is AnalysisOutcome.FINDINGS else 0
        reasons = {AnalysisOutcome.REFUSED: "wrong-modality", AnalysisOutcome.FAILED: "package-failed"}
        ending = Ending(
            events.get(outcome, AnalysisEvent.CONCLUDED),
            outcome,
            reason=reason or reasons.get(outcome),
            detail="what was seen" if outcome in reasons else None,
        )
        with self.archive.write() as connection:
            findings.add(connection, SYSTEM, [finding(running, number + 1) for number in range(found)])
            ended = analysis_leases.end(connection, SYSTEM, running, ending)
            settle(connection, ended)
        self.result(ended, ResultKind.SR)
        if found:
            self.result(ended, ResultKind.SEG)
        return ended

    def result(self, analysis: Analysis, kind: ResultKind, content: bytes | None = None) -> Result:
        """A result object whose bytes are in the store."""
        content = content or f"not really DICOM: {kind} of {analysis.id}".encode()
        name = object_name(secrets.token_hex(32), "1.2.840.10008.1.2.1")
        self.archive.objects.store(analysis.hospital, content, name)
        made = Result(
            id=secrets.token_hex(16),
            hospital=analysis.hospital,
            analysis_id=analysis.id,
            report_id=None,
            kind=kind,
            sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34",
            sop_instance_uid=f"2.25.{secrets.randbits(100)}",
            series_instance_uid=f"2.25.{secrets.randbits(100)}",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            sha256=name[:64],
            object_name=name,
            size_bytes=len(content),
            signed=False,
            created_at=analysis.ended_at or 0.0,
        )
        with self.archive.write() as connection:
            results.add(connection, SYSTEM, made)
        return made

    def close(self) -> None:
        """Let the connections go."""
        for client in self._clients:
            client.close()


def tracking_uid(package: str, number: int) -> str:
    """Of a package's finding: another one for each package, so that two may read one study."""
    return f"2.25.{number}" if package == PACKAGE else f"2.25.{int.from_bytes(package.encode()[-8:])}{number}"


def finding(analysis: Analysis, number: int) -> StoredFinding:
    """A nodule in the right upper lobe."""
    return StoredFinding(
        id=f"{analysis.id}-{number}",
        hospital=analysis.hospital,
        analysis_id=analysis.id,
        number=number,
        code_value="27925004",
        code_scheme="SCT",
        code_meaning="Nodule",
        site_value="45653009",
        site_scheme="SCT",
        site_meaning="Upper lobe of lung",
        laterality_value="24028007",
        laterality_scheme="SCT",
        laterality_meaning="Right",
        presence="present",
        probability=0.9 - number / 100,
        center_x_mm=-61.5,
        center_y_mm=12.0,
        center_z_mm=-142.5 - number,
        long_axis_mm=8.4,
        short_axis_mm=6.1,
        volume_mm3=214.0,
        mean_hu=-38.0,
        sop_instance_uid="1.2.3.4",
        frame_number=None,
        tracking_uid=tracking_uid(analysis.package, number),
    )


def with_policy(edges: Edges, customer: Customer, release: ReleasePolicy) -> Customer:
    """The same hospital after an operator changed what it may see."""
    with edges.archive.write() as connection:
        connection.execute(
            update(HOSPITAL)
            .where(HOSPITAL.c.id == customer.id)
            .values(release_his=release.value, release_pacs=release.value)
        )
    return replace(customer)


@contextmanager
def serving(
    archive: Archive,
    packages: tuple[Path, ...] = (PACKAGES,),
    dicom_bind: str = "127.0.0.1",
    *,
    makes_copies: bool = False,
) -> Iterator[Edges]:
    """The application behind a server on a free port, in a thread."""
    bell, catalogue, pixels = CountingBell(), Catalogue.of(packages), PixelPool()
    centre = running_centre(
        bell=bell, catalogue=catalogue, pixels=pixels, dicom_bind=dicom_bind, makes_copies=makes_copies
    )
    commits = GroupCommit(archive)
    intake = Intake(Receiver(archive, commits, watermark_bytes=0), bell)
    app = create_app(
        archive=archive,
        routers=(
            his_router(archive, bell, catalogue),
            dicomweb_router(archive, pixels, intake),
            room_router(archive, centre),
        ),
        version="0.1.0",
        watermark_bytes=0,
        larger_bodies=largest_body_bytes,
    )
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", access_log=False, timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, name="edges")
    thread.start()
    began = threading.Event()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        began.wait(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    edges = Edges(archive, app, f"http://127.0.0.1:{port}", bell, catalogue)
    try:
        yield edges
    finally:
        edges.close()
        server.should_exit = True
        thread.join()
        pixels.close()
        commits.close()


def file_bytes(each: FileDataset) -> bytes:
    """An object as a Part 10 file."""
    buffer = io.BytesIO()
    each.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _received(customer: Customer, content: bytes) -> Received:
    meta, start = split(content)
    header = dcmread(io.BytesIO(content), stop_before_pixels=True, specific_tags=["SOPClassUID", "SOPInstanceUID"])
    return Received(
        source=Source(customer.id, customer.name, None),
        sop_class_uid=header.SOPClassUID,
        sop_instance_uid=header.SOPInstanceUID,
        transfer_syntax_uid=meta.transfer_syntax_uid,
        data_set=content[start:],
    )
