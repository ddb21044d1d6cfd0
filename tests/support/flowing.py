"""The flow in this process: a hospital on an archive, images that arrive, a clock that is moved by hand."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.uid import generate_uid
from sqlalchemy import Float, update

from models.catalogue import Catalogue
from models.contract import (
    LUNG,
    MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
    NODULE,
    RIGHT,
    Axis,
    Finding,
    Grid,
    Presence,
    Reading,
    Segment,
    SeriesReading,
    SliceSource,
    Target,
)
from models.reading_file import write_reading
from service.access.onboarding import NewHospital, PacsAddress, add_hospital
from service.archive import analyses, analysis_leases, associations, deliveries, events, instances, orders, studies
from service.archive.analyses import Analysis
from service.archive.deliveries import Delivery
from service.archive.instances import StoredInstance
from service.archive.orders import NewOrder, Order, Request
from service.archive.schema import METADATA
from service.archive.store import Archive
from service.archive.studies import Study
from service.dicom.part10 import split
from service.domain.agreement import ExaminationKind
from service.domain.hospital import LOOPBACK, Language, PackageRule, ReleasePolicy, Sender, ae_title
from service.domain.order import ExamClass, Priority
from service.domain.wall import HospitalId, Wall
from service.flow.bell import Step
from service.flow.complete import complete_due
from service.flow.conclude import Concluded, conclude
from service.flow.dispatch import dispatch_due
from service.flow.group_commit import GroupCommit
from service.flow.receive import Receipt, Received, Receiver, Source
from service.flow.request import place
from tests.support.series import ct_slice

PACKAGES = Path(__file__).parent.parent / "packages"
PACKAGE = "threshold_nodule"
CALLING_AE, CALLED_AE = "CT1", "CONSILIUM"
WALL = Wall.operator()
SLICES, SPACING_MM = 22, 5.0
"""So many slices at this distance cover the 100 mm that the package of the tests asks for."""


@dataclass
class CountingBell:
    """Remembers what was rung."""

    rung: list[Step] = field(default_factory=list)

    def ring(self, step: Step) -> None:
        self.rung.append(step)


def pass_time(archive: Archive, seconds: float) -> None:
    """Let time go by: every moment in every row moves back, which the database's clock cannot tell from waiting."""
    with archive.write() as connection:
        for table in METADATA.tables.values():
            moments = [
                column
                for column in table.columns
                if isinstance(column.type, Float) and column.name.endswith(("_at", "_since", "_until"))
            ]
            if moments:
                connection.execute(update(table).values({column: column - seconds for column in moments}))


@dataclass
class Flow:
    """One hospital's way through the centre. seconds pass only by `pass_time`, but for the few a test takes."""

    archive: Archive
    hospital: HospitalId
    catalogue: Catalogue
    receiver: Receiver
    bell: CountingBell = field(default_factory=CountingBell)

    def arrive(self, *headers: FileDataset, association_id: str | None = None) -> list[Receipt]:
        """Receive images as over an association, or by another way (None)."""
        return [self.receiver.receive(received(self.hospital, header, association_id)) for header in headers]

    def open(self, node_id: str = "node") -> str:
        """Open an association."""
        association_id = generate_uid()
        with self.archive.write() as connection:
            associations.opened(
                connection,
                WALL,
                association_id=association_id,
                node_id=node_id,
                hospital=self.hospital,
                calling_ae=CALLING_AE,
            )
        return association_id

    def keep_alive(self, node_id: str = "node") -> None:
        """What a living node does every five seconds."""
        with self.archive.write() as connection:
            associations.alive(connection, WALL, node_id)

    def close(self, association_id: str) -> None:
        """Close an association."""
        with self.archive.write() as connection:
            associations.closed(connection, WALL, association_id)

    def over_one_association(self, *headers: FileDataset) -> None:
        """Open, send, close."""
        association_id = self.open()
        self.arrive(*headers, association_id=association_id)
        self.close(association_id)

    def pass_time(self, seconds: float) -> None:
        """Let time go by."""
        pass_time(self.archive, seconds)

    def complete(self) -> int:
        """What the flow worker does first."""
        return complete_due(self.archive)

    def dispatch(self) -> int:
        """What the flow worker does next."""
        return dispatch_due(self.archive, self.catalogue)

    def call_complete(self, study: Study) -> None:
        """The explicit call."""
        with self.archive.write() as connection:
            studies.call_complete(connection, WALL, study)

    def dispatched(self, *headers: FileDataset) -> Study:
        """A study of these images, complete and dispatched."""
        self.arrive(*headers)
        self.call_complete(self.study(str(headers[0].StudyInstanceUID)))
        self.complete()
        self.dispatch()
        return self.study(str(headers[0].StudyInstanceUID))

    def study(self, study_uid: str) -> Study:
        """How the study stands."""
        with self.archive.read() as connection:
            study = studies.by_uid(connection, WALL, self.hospital, study_uid)
        assert study is not None
        return study

    def images(self, study: Study) -> tuple[StoredInstance, ...]:
        """What is stored of a study."""
        with self.archive.read() as connection:
            return instances.of_study(connection, WALL, study.id)

    def analyses(self, study: Study) -> tuple[Analysis, ...]:
        """The analyses of a study."""
        with self.archive.read() as connection:
            return analyses.of_study(connection, WALL, study.id)

    def deliveries(self, study: Study) -> tuple[Delivery, ...]:
        """The ledger of a study."""
        with self.archive.read() as connection:
            return deliveries.of_study(connection, WALL, study.id)

    def events(self, study: Study) -> list[events.Event]:
        """The timeline of a study."""
        with self.archive.read() as connection:
            return list(events.of_study(connection, WALL, study.id))

    def order(self, order_id: str) -> Order:
        """How an order stands."""
        with self.archive.read() as connection:
            order = orders.get(connection, WALL, order_id)
        assert order is not None
        return order

    def place(
        self,
        *,
        study_uid: str = "",
        packages: tuple[str, ...] = (),
        expected_count: int | None = None,
        exam_class: ExamClass = ExamClass.OUTPATIENT,
        priority: Priority = Priority.MEDIUM,
        available: Collection[str] = (PACKAGE,),
        callback_url: str | None = None,
    ) -> Order:
        """Place an order for a study."""
        new = NewOrder(
            hospital=self.hospital,
            accession_number="",
            study_instance_uid=study_uid,
            patient_id="",
            exam_class=exam_class,
            priority=priority,
            modality="",
            kind=ExaminationKind.DIAGNOSTIC,
            request=Request(),
            packages=packages,
            expected_count=expected_count,
            callback_url=callback_url,
        )
        with self.archive.write() as connection:
            return place(connection, WALL, new, available)

    def claim(self) -> Analysis | None:
        """Claim an analysis as a worker does."""
        with self.archive.write() as connection:
            return analysis_leases.claim(connection, WALL)

    def conclude(self, analysis: Analysis, said: SeriesReading) -> None:
        """End an analysis with a reading."""
        conclude(self.archive, self.bell, analysis, Concluded(said, write_reading(said)))


@contextmanager
def flowing(
    archive: Archive,
    *,
    packages: Sequence[PackageRule] = (PackageRule(PACKAGE, ()),),
    quiet_s: float | None = None,
    release: ReleasePolicy = ReleasePolicy.AT_ONCE,
    pacs: PacsAddress | None = None,
    webhook_url: str | None = None,
) -> Iterator[Flow]:
    """A hospital on an archive, and a receiver for what it sends."""
    added = add_hospital(
        archive,
        WALL,
        NewHospital(
            CALLING_AE,
            Language.EN,
            (Sender(ae_title(CALLING_AE), ae_title(CALLED_AE), LOOPBACK),),
            packages=tuple(packages),
            release=release,
            quiet_s=quiet_s,
            pacs=pacs,
            webhook_url=webhook_url,
        ),
    )
    commits = GroupCommit(archive)
    try:
        yield Flow(archive, added.hospital_id, Catalogue.of([PACKAGES]), Receiver(archive, commits, 1 << 20))
    finally:
        commits.close()


def received(hospital: HospitalId, header: FileDataset, association_id: str | None) -> Received:
    """An image as it comes over the wire."""
    stream = io.BytesIO()
    header.save_as(stream, enforce_file_format=True)
    return received_bytes(hospital, stream.getvalue(), association_id)


def received_bytes(hospital: HospitalId, part10: bytes, association_id: str | None) -> Received:
    """A Part 10 file as it comes over the wire."""
    meta, offset = split(part10)
    return Received(
        Source(hospital, CALLING_AE, association_id),
        meta.sop_class_uid,
        meta.sop_instance_uid,
        meta.transfer_syntax_uid,
        part10[offset:],
    )


def chest(
    *, study_uid: str | None = None, count: int = SLICES, first: int = 0, **attributes: object
) -> list[FileDataset]:
    """A series the package of the tests may read by its headers: small slices of noise, 5 mm apart."""
    study, series = study_uid or generate_uid(), generate_uid()[:58]
    given = {"size": 16, "spacing_mm": SPACING_MM, **attributes}
    return [
        ct_slice(study_uid=study, series_uid=series, index=index, **given)  # type: ignore[arg-type]
        for index in range(first, first + count)
    ]


def note(study_uid: str) -> FileDataset:
    """An object of the study that is no image: a key object note's header is enough for the index."""
    header = ct_slice(study_uid=study_uid, series_uid=generate_uid()[:58], index=0)
    header.SOPClassUID = header.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.88.59"
    header.Modality = "KO"
    for keyword in ("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"):
        delattr(header, keyword)
    return header


def one_nodule(headers: Sequence[FileDataset]) -> SeriesReading:
    """What a package may say of a series by `chest`: one nodule of 2 x 3 x 3 voxels in the corner of 4, 5, 6."""
    size = int(headers[0].Rows)
    grid = Grid((len(headers), size, size), (0.0, 0.0, 0.0), (0.0, 0.0, SPACING_MM), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
    axis = Axis((6.0, 6.0, 20.0), (8.0, 6.0, 20.0), 3.0, 4)
    found = Finding(
        number=1,
        concept=NODULE,
        category=MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
        site=LUNG,
        laterality=RIGHT,
        presence=Presence.PRESENT,
        probability=0.75,
        center_mm=(7.0, 6.0, 22.5),
        slice_index=4,
        long_axis=axis,
        short_axis=axis,
        volume_mm3=90.0,
        mean_hu=-40.0,
        segment=Segment((4, 5, 6), np.ones((2, 3, 3), bool)),
    )
    return _said(headers, grid, (found,))


def no_nodule(headers: Sequence[FileDataset]) -> SeriesReading:
    """The same without a finding."""
    return _said(headers, one_nodule(headers).grid, ())


def _said(headers: Sequence[FileDataset], grid: Grid, findings: tuple[Finding, ...]) -> SeriesReading:
    return SeriesReading(
        Reading(Target(NODULE, LUNG), findings, forward_s=0.5, total_s=1.5),
        str(headers[0].SeriesInstanceUID),
        str(headers[0].FrameOfReferenceUID),
        grid,
        tuple(SliceSource(str(each.SOPClassUID), str(each.SOPInstanceUID), None) for each in headers),
    )
