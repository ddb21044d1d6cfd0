"""Signing: what a person puts their name to becomes one canonical record; what a release means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from service.archive import (
    analyses,
    clocks,
    deliveries,
    hospitals,
    notices,
    orders,
    reports,
    results,
    returns,
)
from service.archive.analyses import Analysis
from service.archive.findings import StoredFinding
from service.archive.reports import Report
from service.archive.results import Encoding
from service.archive.store import now
from service.archive.studies import Study
from service.domain.analysis import CAN_FIND
from service.domain.contradiction import Flag, StandingFinding, contradictions
from service.domain.hospital import Finalising
from service.domain.order import OrderEvent
from service.domain.record import (
    ReportRecord,
    Signer,
    digest,
    moment_text,
)
from service.domain.report import (
    AUDIT_WITHIN_S,
    ReportEvent,
    ReportFault,
    ReportState,
    ReportText,
)
from service.domain.review import STANDS, FindingState
from service.domain.triage import is_high_category
from service.domain.visibility import Sight
from service.domain.wall import Wall
from service.flow.recorded import (
    recorded_communication,
    recorded_finding,
    recorded_instances,
    recorded_modes,
    recorded_patient,
)
from service.flow.report import NoOpenReport, record_act, signature_event
from service.flow.review import ImpressionFirst, Judged, judged, sight


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signature and the key it was made with."""

    key_id: str
    signature: str


Seal = Callable[[bytes], Sealed]
"""Signs the canonical record with the person's own key; handed in by who asked for their secret."""


class Unreviewed(ReportFault):
    """Findings of a high category were not judged."""

    def __init__(self, tracking_uids: tuple[str, ...]) -> None:
        """tracking_uids: those that wait."""
        super().__init__("judge these findings first")
        self.tracking_uids = tracking_uids


class Contradicted(ReportFault):
    """The text disagrees with the findings or the patient; sign again and say that it was seen."""

    def __init__(self, flags: tuple[Flag, ...]) -> None:
        """flags: what was not said to be seen."""
        super().__init__("the text disagrees with the findings; mend it, or confirm it")
        self.flags = flags


class ImagesChanged(ReportFault):
    """Images came since the page was shown: look at them, then sign."""


class NothingToRead(ReportFault):
    """The study has no image: no report can be about it, and no document could name what it is about."""


class PatientInDoubt(ReportFault):
    """The study's images name two patients: a person of the centre has to say whose they are first (AC-23)."""


class Returned(ReportFault):
    """The examination is at the hospital: take the return back, then sign."""


class OwnReport(ReportFault):
    """The audit is a second physician's; nobody audits what they signed (AC-72)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the signer saw: the edition of the report, the revision of the study, how many images it has."""

    edition: int
    revision: int
    image_count: int


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs and what they confirm.

    seen: contradictions that are meant so. close_rest: that the findings of a low category that were shown and not
    judged are closed by this signature. finalising: by whose act the report is final, as the hospital's contract says.
    """

    signer: Signer
    finalising: Finalising
    shown: Shown
    seen: frozenset[Flag]
    close_rest: bool


def sign(connection: Connection, wall: Wall, study: Study, signing: Signing, seal: Seal) -> Report:
    """Sign the submitted report: final where no audit is asked for; else it waits for that, here or at the hospital.

    Raises NoOpenReport, ReportChanged, IllegalTransition, ImagesChanged, NothingToRead, PatientInDoubt, Returned,
    ImpressionFirst, Unreviewed, Contradicted, and what seal raises: then nothing was changed.
    """
    report = _as_shown(connection, wall, study, signing.shown)
    read = analyses.of_study(connection, wall, study.id)
    seen = sight(connection, wall, study, hospitals.get(connection, wall, study.hospital).packages)
    require_impression(read, seen)
    if returns.standing(connection, wall, study.id) is not None:
        raise Returned("the examination was returned to the hospital; take the return back, then sign")
    findings = judged(connection, wall, study)
    _require_judged(tuple(each for each in findings if each.is_seen(seen)), close_rest=signing.close_rest)
    require_meant(flags_of(study, report.content.text, findings), signing.seen)
    moment = now(connection)
    event = signature_event(connection, wall, study, signing.finalising)
    audit_due_at = moment + AUDIT_WITHIN_S if event is ReportEvent.SIGNED_AS_PROVISIONAL else None
    signed = ReportRecord(
        hospital=study.hospital,
        study_instance_uid=study.study_instance_uid,
        revision=study.revision,
        patient=recorded_patient(study),
        report_id=report.id,
        version=report.version,
        predecessor=report.predecessor_id,
        content=report.content,
        findings=tuple(recorded_finding(each, closes=each.is_seen(seen)) for each in findings),
        instances=recorded_instances(connection, wall, study),
        signer=signing.signer,
        at=moment_text(moment),
        communications=tuple(recorded_communication(each) for each in notices.communicated(connection, wall, study.id)),
        modes=recorded_modes(read, findings, seen),
        audit_asked=signing.finalising.asks_for_audit,
        audit_due_at=None if audit_due_at is None else moment_text(audit_due_at),
    )
    record = signed.canonical()
    sealed = seal(record)
    moved = reports.move(
        connection,
        wall,
        report,
        event,
        signed_by=signing.signer.id,
        signed_at=moment,
        released_at=moment if event is ReportEvent.SIGNED_AS_FINAL else None,
        audit_due_at=audit_due_at,
        record=record.decode(),
        record_sha256=digest(record),
        signature=sealed.signature,
        signing_key=sealed.key_id,
    )
    closed = sum(each.is_closed for each in signed.findings)
    record_act(connection, wall, moved, "report.sign", {"closed_findings": str(closed)} if closed else None)
    _let_out(connection, wall, moved)
    return moved


def _as_shown(connection: Connection, wall: Wall, study: Study, shown: Shown) -> Report:
    """The report to sign, where it and the images are those that the signer saw, and one patient's.

    Raises NoOpenReport, ReportChanged, ImagesChanged, NothingToRead, PatientInDoubt.
    """
    report = reports.opened(connection, wall, study.id)
    if report is None:
        raise NoOpenReport("begin a report first")
    reports.require_edition(report, shown.edition)
    if (study.revision, study.image_count) != (shown.revision, shown.image_count):
        raise ImagesChanged("images came meanwhile; load the examination, look at them, then sign")
    if not study.image_count:
        raise NothingToRead("the study has no image; return it, so that the hospital sends them")
    if study.identity_conflict:
        raise PatientInDoubt("the images name two patients; have the conflict resolved, then sign")
    return report


def require_impression(read: Sequence[Analysis], seen: Sight) -> None:
    """Nobody puts their name to findings that are kept from them. Raises ImpressionFirst."""
    if any(seen.waits_for(each.package) for each in read if each.state in CAN_FIND):
        raise ImpressionFirst("lock your first impression, look at what the packages found, then sign")


def require_meant(flags: Sequence[Flag], meant: frozenset[Flag]) -> None:
    """Raises Contradicted for every contradiction that nobody said is meant so."""
    unseen = tuple(flag for flag in flags if flag not in meant)
    if unseen:
        raise Contradicted(unseen)


def _let_out(connection: Connection, wall: Wall, signed: Report) -> None:
    """What a signature lets out: the report, or the same before its audit; else it waits in the centre."""
    if signed.state is ReportState.RELEASED:
        release(connection, wall, signed)
    elif signed.state is ReportState.PROVISIONAL:
        _release_provisionally(connection, wall, signed)


def _release_provisionally(connection: Connection, wall: Wall, signed: Report) -> None:
    """The hospital gets what was signed before its audit; orders are preliminary, and the clock of the audit runs."""
    results.want(connection, wall, signed.hospital, signed.id, Encoding.PROVISIONAL)
    clocks.stop(connection, wall, signed.subject)
    for order in orders.of_study(connection, wall, signed.study_id):
        orders.advance(connection, wall, order, OrderEvent.REPORT_PROVISIONAL)


def flags_of(study: Study, text: ReportText, findings: Sequence[Judged]) -> tuple[Flag, ...]:
    """Where a report's text disagrees with its findings and its patient."""
    standing = tuple(_standing(each) for each in findings if each.review.state in STANDS)
    uncertain = tuple(_standing(each) for each in findings if each.review.state is FindingState.UNCERTAIN)
    return contradictions(text, standing, study.patient_sex, uncertain)


def release(connection: Connection, wall: Wall, released: Report) -> None:
    """What a version's release means: the one before it is amended, orders have their report, documents are made."""
    amends = False
    for each in reports.of_study(connection, wall, released.study_id):
        if each.state is ReportState.RELEASED and each.version < released.version:
            reports.move(connection, wall, each, ReportEvent.SUCCEEDED)
            stop_unsent(connection, wall, each)
            amends = True
    results.want(connection, wall, released.hospital, released.id, Encoding.REPORT)
    clocks.stop(connection, wall, released.subject)
    event = OrderEvent.AMENDED if amends else OrderEvent.REPORT_RELEASED
    for order in orders.of_study(connection, wall, released.study_id):
        orders.advance(connection, wall, order, event)


def stop_unsent(connection: Connection, wall: Wall, overtaken: Report) -> None:
    """What of a version is still on its way goes out no more: it would arrive behind what took its place."""
    made = [each.id for each in results.of_report(connection, wall, overtaken.id)]
    deliveries.supersede(connection, wall, overtaken.hospital, made)
    deliveries.supersede_messages(connection, wall, overtaken.hospital, overtaken.id)


def stop_provisional(connection: Connection, wall: Wall, audited: Report) -> None:
    """Of a version that is audited, what was to go out before that goes no more; what no audit changes still does."""
    made = [each.id for each in results.of_report(connection, wall, audited.id) if each.is_provisional]
    deliveries.supersede(connection, wall, audited.hospital, made)
    deliveries.supersede_messages(connection, wall, audited.hospital, audited.id)


def _require_judged(findings: Sequence[Judged], *, close_rest: bool) -> None:
    waiting = [each for each in findings if each.review.state is FindingState.PROPOSED and each.proposed is not None]
    must = [each for each in waiting if not close_rest or is_high(each.proposed)]
    if must:
        raise Unreviewed(tuple(each.tracking_uid for each in must))


def is_high(finding: StoredFinding | None) -> bool:
    """Whether what a package proposed has to be judged by itself before a signature."""
    return finding is not None and is_high_category(finding.concept, finding.long_axis_mm)


def _standing(finding: Judged) -> StandingFinding:
    said = finding.review.said
    if said is not None:
        axes = [axis.length_mm for axis in (said.long_axis, said.short_axis) if axis is not None]
        return StandingFinding(said.concept, said.laterality, tuple(axes))
    proposed = finding.proposed
    assert proposed is not None, "a reader's own finding says what it is"
    lengths = [each for each in (proposed.long_axis_mm, proposed.short_axis_mm) if each is not None]
    return StandingFinding(proposed.concept, proposed.laterality, tuple(lengths))
