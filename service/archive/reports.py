"""Reports: the chain of versions of each examination, their saves, and what was signed."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, select, update

from service.archive.events import Detail, EventKind, Subject, append, within
from service.archive.reading_tables import REPORT, REPORT_EDITION
from service.archive.store import now
from service.archive.studies import Study
from service.archive.tables import STUDY
from service.domain.hospital import Language
from service.domain.report import (
    OPEN,
    OUT,
    KeyImage,
    ReportChanged,
    ReportContent,
    ReportEvent,
    ReportState,
    ReportText,
)
from service.domain.report import REPORT as LIFECYCLE
from service.domain.wall import HospitalId, Wall

_KEY_IMAGES: Final = TypeAdapter(tuple[KeyImage, ...])
_SELECT: Final = select(REPORT, STUDY.c.study_instance_uid).join(STUDY, STUDY.c.id == REPORT.c.study_id)
_TOLD: Final = {
    ReportState.PROVISIONAL: EventKind.REPORT_PROVISIONAL,
    ReportState.RELEASED: EventKind.REPORT_RELEASED,
    ReportState.WITHDRAWN: EventKind.REPORT_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Report:
    """One version of a report. edition grows with every save. Persons are user ids, moments seconds of the epoch.

    audit_due_at: until when a version that was released provisionally has to be audited; None for every other one.
    """

    id: str
    hospital: HospitalId
    study_id: int
    study_instance_uid: str
    version: int
    state: ReportState
    edition: int
    predecessor_id: str | None
    author: str
    changed_by: str
    content: ReportContent
    created_at: float
    changed_at: float
    submitted_at: float | None
    signed_by: str | None
    signed_at: float | None
    audited_by: str | None
    audited_at: float | None
    released_at: float | None
    record: str | None
    record_sha256: str | None
    signature: str | None
    signing_key: str | None
    audit_record: str | None
    audit_signature: str | None
    audit_signing_key: str | None
    audit_changed_share: float | None
    audit_due_at: float | None
    returned_by: str | None
    why: str | None

    @property
    def was_given_out(self) -> bool:
        """Whether the hospital has it or had it, provisionally or as its report."""
        return self.released_at is not None or self.audit_due_at is not None

    @property
    def was_returned(self) -> bool:
        """Whether its auditor sent it back; versions of long ago do not say who did."""
        return self.state is ReportState.RETURNED or self.returned_by is not None

    @property
    def subject(self) -> Subject:
        """What an event about this report names."""
        return Subject(self.hospital, study_id=self.study_id, study_instance_uid=self.study_instance_uid)


@dataclass(frozen=True, slots=True)
class Edition:
    """What a version said at one save."""

    edition: int
    by: str
    at: float
    text: ReportText


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[Report, ...]:
    """Every version, the first one first."""
    statement = _SELECT.where(within(wall, REPORT.c.hospital_id), REPORT.c.study_id == study_id).order_by(
        REPORT.c.version
    )
    return tuple(_report(row) for row in connection.execute(statement))


def get(connection: Connection, wall: Wall, report_id: str) -> Report | None:
    """One version of a report."""
    row = connection.execute(_SELECT.where(within(wall, REPORT.c.hospital_id), REPORT.c.id == report_id)).one_or_none()
    return None if row is None else _report(row)


def opened(connection: Connection, wall: Wall, study_id: int) -> Report | None:
    """The one version that is still being worked on."""
    return next((each for each in of_study(connection, wall, study_id) if each.state in OPEN), None)


def released(connection: Connection, wall: Wall, study_id: int) -> Report | None:
    """The version that is final."""
    return next((each for each in of_study(connection, wall, study_id) if each.state is ReportState.RELEASED), None)


def out(connection: Connection, wall: Wall, study_id: int) -> Report | None:
    """The version that counts for the hospital: final, or released provisionally."""
    return next((each for each in of_study(connection, wall, study_id) if each.state in OUT), None)


def replaced(connection: Connection, wall: Wall, report: Report) -> Report | None:
    """The version whose place a released one took; None for a first one, and for one that follows a withdrawal.

    A version that was recalled or returned before anybody saw it is not replaced: it was never out.
    """
    before = given_out_before(connection, wall, report)
    return before if before is not None and before.state is ReportState.AMENDED else None


def given_out_before(connection: Connection, wall: Wall, report: Report) -> Report | None:
    """The newest older version that the hospital had, whatever became of it since: amended or withdrawn."""
    known = of_study(connection, wall, report.study_id)
    return next((each for each in reversed(known) if each.version < report.version and each.was_given_out), None)


def released_of(connection: Connection, wall: Wall, study_ids: Collection[int]) -> frozenset[int]:
    """Those of the studies that have a report by a physician at the hospital now."""
    statement = select(REPORT.c.study_id).where(
        within(wall, REPORT.c.hospital_id),
        REPORT.c.study_id.in_(study_ids),
        REPORT.c.state.in_(sorted(OUT)),
    )
    return frozenset(connection.execute(statement).scalars())


def begin(
    connection: Connection, wall: Wall, study: Study, content: ReportContent, predecessor: Report | None = None
) -> Report:
    """Open a new version as a draft of the person who acts. predecessor: the version it replaces, or goes on from.

    Editions are counted over all versions of a study, so that one number names what a page shows.
    """
    wall.guard(study.hospital)
    author = wall.user_id
    newest = select(
        func.coalesce(func.max(REPORT.c.version), 0).label("version"),
        func.coalesce(func.max(REPORT.c.edition), 0).label("edition"),
    ).where(REPORT.c.study_id == study.id)
    former = connection.execute(newest).one()
    version = former.version + 1
    moment = now(connection)
    report_id = secrets.token_hex(16)
    connection.execute(
        REPORT.insert().values(
            id=report_id,
            hospital_id=study.hospital,
            study_id=study.id,
            version=version,
            state=ReportState.DRAFT.value,
            edition=former.edition + 1,
            predecessor_id=None if predecessor is None else predecessor.id,
            author=author,
            changed_by=author,
            created_at=moment,
            changed_at=moment,
            **_written(content),
        )
    )
    append(connection, wall, EventKind.REPORT_BEGUN, study.subject, {"version": version, "by": author})
    return _kept(connection, report_id)


def save(connection: Connection, wall: Wall, report: Report, content: ReportContent, *, edition: int) -> Report:
    """Write what a draft says from now on. edition: the one the writer began from.

    What another hand wrote is kept as an edition of its own. Raises ReportChanged, IllegalTransition.
    """
    wall.guard(report.hospital)
    by = wall.user_id
    LIFECYCLE.after(report.state, ReportEvent.SAVED)
    require_edition(report, edition)
    if report.changed_by != by:
        keep_edition(connection, wall, report)
    moment = now(connection)
    changed = connection.execute(
        update(REPORT)
        .where(REPORT.c.id == report.id, REPORT.c.edition == edition, REPORT.c.state == report.state.value)
        .values(edition=edition + 1, changed_by=by, changed_at=moment, **_written(content))
    )
    assert changed.rowcount == 1, "read and written in one transaction"
    append(connection, wall, EventKind.REPORT_SAVED, report.subject, {"version": report.version, "by": by})
    return replace(report, edition=edition + 1, changed_by=by, changed_at=moment, content=content)


def require_edition(report: Report, edition: int) -> None:
    """Raises ReportChanged when the version says something else than the writer has seen."""
    if report.edition != edition:
        raise ReportChanged(report.edition, report.changed_by)


def keep_edition(connection: Connection, wall: Wall, report: Report) -> None:
    """Keep what a version says now, to be compared with later; once for each edition."""
    wall.guard(report.hospital)
    known = select(REPORT_EDITION.c.edition).where(
        REPORT_EDITION.c.report_id == report.id, REPORT_EDITION.c.edition == report.edition
    )
    if connection.execute(known).first() is not None:
        return
    text = report.content.text
    connection.execute(
        REPORT_EDITION.insert().values(
            report_id=report.id,
            edition=report.edition,
            hospital_id=report.hospital,
            by=report.changed_by,
            at=report.changed_at,
            findings_text=text.findings,
            impression_text=text.impression,
            advice_text=text.advice,
        )
    )


def editions(connection: Connection, wall: Wall, report_id: str) -> tuple[Edition, ...]:
    """The kept saves of a version, oldest first."""
    statement = (
        select(REPORT_EDITION)
        .where(within(wall, REPORT_EDITION.c.hospital_id), REPORT_EDITION.c.report_id == report_id)
        .order_by(REPORT_EDITION.c.edition)
    )
    return tuple(
        Edition(row.edition, row.by, row.at, ReportText(row.findings_text, row.impression_text, row.advice_text))
        for row in connection.execute(statement)
    )


def move(connection: Connection, wall: Wall, report: Report, event: ReportEvent, **values: object) -> Report:
    """Take a version one step along its lifecycle; values: columns that are written with it.

    Raises IllegalTransition.
    """
    wall.guard(report.hospital)
    state = LIFECYCLE.after(report.state, event)
    connection.execute(update(REPORT).where(REPORT.c.id == report.id).values(state=state.value, **values))
    detail: Detail = {"version": report.version, "by": wall.actor, "event": event.value, "state": state.value}
    append(connection, wall, _TOLD.get(state, EventKind.REPORT_MOVED), report.subject, detail)
    return _kept(connection, report.id)


def _kept(connection: Connection, report_id: str) -> Report:
    """A version as its row has it, after this transaction wrote it."""
    return _report(connection.execute(_SELECT.where(REPORT.c.id == report_id)).one())


def _written(content: ReportContent) -> dict[str, object]:
    return {
        "language": content.language.value,
        "template": content.template,
        "findings_text": content.text.findings,
        "impression_text": content.text.impression,
        "advice_text": content.text.advice,
        "key_images": _KEY_IMAGES.dump_python(content.key_images, mode="json"),
    }


def _report(row: Row[Any]) -> Report:
    return Report(
        id=row.id,
        hospital=HospitalId(row.hospital_id),
        study_id=row.study_id,
        study_instance_uid=row.study_instance_uid,
        version=row.version,
        state=ReportState(row.state),
        edition=row.edition,
        predecessor_id=row.predecessor_id,
        author=row.author,
        changed_by=row.changed_by,
        content=ReportContent(
            text=ReportText(row.findings_text, row.impression_text, row.advice_text),
            key_images=_KEY_IMAGES.validate_python(row.key_images),
            template=row.template,
            language=Language(row.language),
        ),
        created_at=row.created_at,
        changed_at=row.changed_at,
        submitted_at=row.submitted_at,
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        audited_by=row.audited_by,
        audited_at=row.audited_at,
        released_at=row.released_at,
        record=row.record,
        record_sha256=row.record_sha256,
        signature=row.signature,
        signing_key=row.signing_key,
        audit_record=row.audit_record,
        audit_signature=row.audit_signature,
        audit_signing_key=row.audit_signing_key,
        audit_changed_share=row.audit_changed_share,
        audit_due_at=row.audit_due_at,
        returned_by=row.returned_by,
        why=row.why,
    )
