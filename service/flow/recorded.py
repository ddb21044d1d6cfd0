"""What a signature's record holds of the rows: patient, images, findings, modes, what the hospital had heard."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from service.archive import instances
from service.archive.analyses import Analysis
from service.archive.notices import Notice
from service.archive.studies import Study
from service.domain.analysis import GONE
from service.domain.record import (
    RecordedCommunication,
    RecordedFinding,
    RecordedInstance,
    RecordedMode,
    RecordedPatient,
    moment_text,
)
from service.domain.review import FindingState
from service.domain.visibility import Sight
from service.domain.wall import Wall
from service.flow.review import Judged


def recorded_instances(connection: Connection, wall: Wall, study: Study) -> tuple[RecordedInstance, ...]:
    """The images of a study as a record names them."""
    stored = instances.of_study(connection, wall, study.id)
    return tuple(RecordedInstance(each.sop_instance_uid, each.sha256) for each in stored if each.is_image)


def recorded_patient(study: Study) -> RecordedPatient:
    """The patient as the page named them."""
    return RecordedPatient(
        study.patient_id, study.patient_id_issuer, study.patient_name, study.patient_birth_date, study.patient_sex
    )


def recorded_communication(notice: Notice) -> RecordedCommunication:
    """Whether somebody of the hospital has heard of an urgent finding by now."""
    heard = notice.acknowledgement
    return RecordedCommunication(
        notice_id=notice.id,
        tracking_uid=notice.tracking_uid,
        contact=notice.contact,
        raised_at=moment_text(notice.raised_at),
        told_at=None if notice.told_at is None else moment_text(notice.told_at),
        acknowledged_at=None if heard is None else moment_text(heard.at),
        acknowledged_by=None if heard is None else heard.heard.who,
        read_back=None if heard is None else heard.heard.how,
        via=None if heard is None else heard.via,
    )


def recorded_modes(read: Sequence[Analysis], findings: Sequence[Judged], seen: Sight) -> tuple[RecordedMode, ...]:
    """How the signer worked with each package: of what stands, and of what was overtaken with a finding that stands."""
    origins = {each.proposed.analysis_id for each in findings if each.proposed is not None}
    return tuple(
        RecordedMode(each.id, each.package, each.package_version, seen.modes.of(each.package))
        for each in read
        if each.state not in GONE or each.id in origins
    )


def recorded_finding(finding: Judged, *, closes: bool) -> RecordedFinding:
    """As the signer stands for it.

    closes: whether the signature closes what was not judged; nothing was asked about what was not shown.
    """
    counted = finding.review.counted
    return RecordedFinding(
        tracking_uid=finding.tracking_uid,
        origin=counted[0].reader if finding.proposed is None else finding.proposed.analysis_id,
        state=finding.review.state,
        stated=finding.stated,
        said=finding.review.said,
        reason=counted[-1].reason if counted else None,
        is_closed=closes and finding.review.state is FindingState.PROPOSED,
    )
