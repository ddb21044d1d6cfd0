"""From rows to what the result documents are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydicom import Dataset, dcmread

from models.contract import RefusalReason, Refused, SeriesReading
from models.reading_file import read_reading
from service.archive import analyses, hospitals, instances, manifests, orders, studies
from service.archive.analyses import Analysis
from service.archive.instances import StoredInstance
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Hospital
from service.domain.outcome import AnalysisResult, Failed
from service.domain.wall import Wall
from service.results.copies import NO_VALUE
from service.results.document import Installation, Moments, OrderFacts, ResultContext

_WALL: Final = Wall.system("encode")


class NothingToEncode(Exception):
    """The images of an analysis, or what its package said of itself, are gone."""


@dataclass(frozen=True, slots=True)
class Centre:
    """What results say of this centre.

    utc_offset stands where the source names none, for example +0800. licence_number: empty where it was not set.
    """

    name: str
    product_version: str
    utc_offset: str
    licence_number: str = ""

    def installation(self, archive: Archive) -> Installation:
        """Who makes the documents."""
        identity = archive.installation
        return Installation(
            key=identity.key,
            uid=identity.uid,
            name=self.name,
            product_version=self.product_version,
            licence_number=self.licence_number,
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows say of an analysis."""

    analysis: Analysis
    study: Study
    hospital: Hospital
    order: orders.Order | None
    members: tuple[StoredInstance, ...]

    def stored(self, sop_instance_uid: str) -> StoredInstance:
        """The instance of a UID. Raises NothingToEncode."""
        for each in self.members:
            if each.sop_instance_uid == sop_instance_uid:
                return each
        raise NothingToEncode("the images of this analysis are not in the archive any more")

    @property
    def any_image(self) -> StoredInstance:
        """An image of the study. Raises NothingToEncode."""
        for each in self.members:
            if each.is_image:
                return each
        raise NothingToEncode("the study has no image any more")


def rows_of(archive: Archive, analysis_id: str) -> Rows:
    """Everything about an analysis that is in rows. Raises NothingToEncode."""
    with archive.read() as connection:
        analysis = analyses.get(connection, _WALL, analysis_id)
        if analysis is None:
            raise NothingToEncode(f"analysis {analysis_id} is not there")
        study = studies.get(connection, _WALL, analysis.study_id)
        if study is None:
            raise NothingToEncode(f"the study of analysis {analysis_id} is not there")
        joined = orders.of_study(connection, _WALL, analysis.study_id)
        return Rows(
            analysis=analysis,
            study=study,
            hospital=hospitals.get(connection, _WALL, analysis.hospital),
            order=joined[0] if joined else None,
            members=instances.of_study(connection, _WALL, analysis.study_id),
        )


def outcome_of(archive: Archive, analysis: Analysis) -> AnalysisResult:
    """What came of an ended analysis, its regions included."""
    if analysis.outcome is AnalysisOutcome.REFUSED:
        return Refused(RefusalReason(analysis.reason or ""), analysis.detail or "")
    if analysis.outcome is AnalysisOutcome.FAILED:
        return Failed(analysis.reason or "unforeseen", analysis.detail or "")
    outcome = read_reading(archive.objects.load(analysis.hospital, analysis.reading_object or ""))
    if not isinstance(outcome, SeriesReading):
        raise NothingToEncode(f"the reading of analysis {analysis.id} is not a reading")
    return outcome


def context_of(archive: Archive, centre: Centre, rows: Rows, outcome: AnalysisResult) -> ResultContext:
    """What the documents of an analysis say beside its outcome. Every time is a row's, so encoding again is the same.

    The package need not be in the centre any more: its manifest was kept when it was asked.
    Raises NothingToEncode when the images are gone.
    """
    analysis = rows.analysis
    with archive.read() as connection:
        manifest = manifests.get(connection, _WALL, analysis.package_digest)
    if manifest is None:
        raise NothingToEncode(f"no manifest of package {analysis.package} {analysis.package_version} was kept")
    ended_at = datetime.fromtimestamp(analysis.ended_at or 0.0, UTC)
    return ResultContext(
        installation=centre.installation(archive),
        analysis_id=analysis.id,
        run=analysis.run,
        package=manifest,
        package_sha256=analysis.package_digest,
        moments=Moments(finished_at=ended_at, encoded_at=ended_at, utc_offset=centre.utc_offset),
        language=rows.hospital.language,
        hospital_name=rows.hospital.name,
        order=None if rows.order is None else order_facts(rows.order),
        sources=_sources(archive, rows, outcome),
    )


def order_facts(order: orders.Order) -> OrderFacts:
    """What the documents repeat of an order."""
    return OrderFacts(
        accession_number=order.accession_number,
        placer_order_number="",  # the number the HIS gave it is not asked for
        filler_order_number=order.id,
        requested_procedure_id="",
    )


def _sources(archive: Archive, rows: Rows, outcome: AnalysisResult) -> tuple[Dataset, ...]:
    """Headers of the instances read, in slice order; of one image of the study when none was read."""
    if isinstance(outcome, SeriesReading):
        read = [rows.stored(uid) for uid in dict.fromkeys(source.sop_instance_uid for source in outcome.sources)]
    else:
        read = [rows.any_image]
    return tuple(header_of(archive, each, rows.study) for each in read)


def header_of(archive: Archive, image: StoredInstance, study: Study) -> Dataset:
    """The header of an image; where it cannot be read at all, what the index knows of it: no result waits for it."""
    path = archive.objects.path(image.hospital, image.object_name)
    try:
        header = dcmread(path, stop_before_pixels=True, force=True)
        header.get("SpecificCharacterSet")
    except NO_VALUE as fault:
        if isinstance(fault, OSError) and fault.errno is not None:
            raise
        return indexed(image, study)
    return header


def indexed(image: StoredInstance, study: Study) -> Dataset:
    """What the index knows of an image and of its study, as a header."""
    known = Dataset()
    known.SpecificCharacterSet = "ISO_IR 192"
    known.StudyInstanceUID, known.SeriesInstanceUID = study.study_instance_uid, image.series_instance_uid
    known.SOPClassUID, known.SOPInstanceUID = image.sop_class_uid, image.sop_instance_uid
    known.Modality = image.facts.modality
    known.PatientID, known.PatientName = study.patient_id, study.patient_name
    known.PatientBirthDate, known.PatientSex = study.patient_birth_date, study.patient_sex
    known.StudyDate, known.StudyTime = study.study_date, study.study_time
    known.AccessionNumber, known.StudyID = study.accession_number, study.study_identifier
    return known
