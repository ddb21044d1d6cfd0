"""Result objects of analyses and reports: the steps that encode them, and their bytes, written once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, and_, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from service.archive.events import within
from service.archive.store import now
from service.archive.tables import ENCODE_STEP, RESULT
from service.domain.wall import HospitalId, Wall

ENCODE_LEASE_S: Final = 120.0
MAX_ENCODE_ATTEMPTS: Final = 3
WAIT_S: Final = 20.0


class Encoding(StrEnum):
    """What an encode step makes.

    Of an analysis: SR and SEG, or the one-page summary for a PACS that takes neither. Of a report: its final SR, SEG,
    PDF and key images, the same before its audit where it is released provisionally, or the note that it was withdrawn.
    """

    OBJECTS = "objects"
    SUMMARY = "summary"
    PROVISIONAL = "provisional"
    REPORT = "report"
    WITHDRAWAL = "withdrawal"


OF_REPORT: Final = frozenset({Encoding.PROVISIONAL, Encoding.REPORT, Encoding.WITHDRAWAL})
"""Encodings that are about a version of a report; the others are about an analysis."""


class EncodeState(StrEnum):
    """Where an encode step stands."""

    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ResultKind(StrEnum):
    """The kinds of result objects."""

    SR = "SR"
    SEG = "SEG"
    SC = "SC"
    PDF = "PDF"
    KEY_IMAGES = "KO"
    WITHDRAWAL = "KO-withdrawn"
    PRESENTATION = "PR"


@dataclass(frozen=True, slots=True)
class EncodeStep:
    """A claimed step. about: the id of the analysis or the report, as the encoding says."""

    id: int
    hospital: HospitalId
    about: str
    what: Encoding
    attempt: int
    token: str


@dataclass(frozen=True, slots=True)
class Result:
    """A result object whose bytes and hash are committed: of an analysis or of a report, the other id is None.

    is_provisional: a document of a report before its audit, whose place another one takes then. seal: the centre's own
    (service.archive.document_seals), None for what no report is about.
    """

    id: str
    hospital: HospitalId
    analysis_id: str | None
    report_id: str | None
    kind: ResultKind
    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    transfer_syntax_uid: str
    sha256: str
    object_name: str
    size_bytes: int
    signed: bool
    created_at: float
    is_provisional: bool = False
    seal: str | None = None


def want(connection: Connection, wall: Wall, hospital: HospitalId, about: str, what: Encoding) -> None:
    """Ask for an encoding of the analysis or the report with this id, once."""
    wall.guard(hospital)
    statement = insert(ENCODE_STEP).values(
        hospital_id=hospital,
        analysis_id=None if what in OF_REPORT else about,
        report_id=about if what in OF_REPORT else None,
        what=what.value,
        state=EncodeState.DUE.value,
        attempt=0,
        due_at=now(connection),
    )
    connection.execute(statement.on_conflict_do_nothing())


def claim_step(connection: Connection, wall: Wall) -> EncodeStep | None:
    """Take a step that is due, or one whose worker was lost."""
    wall.guard_all()
    moment = now(connection)
    ready = or_(
        and_(ENCODE_STEP.c.state == EncodeState.DUE.value, ENCODE_STEP.c.due_at <= moment),
        and_(ENCODE_STEP.c.state == EncodeState.RUNNING.value, ENCODE_STEP.c.lease_until < moment),
    )
    candidate = select(ENCODE_STEP.c.id).where(ready).order_by(ENCODE_STEP.c.id).limit(1).scalar_subquery()
    row = connection.execute(
        update(ENCODE_STEP)
        .where(ENCODE_STEP.c.id == candidate, ready)
        .values(
            state=EncodeState.RUNNING.value,
            token=secrets.token_hex(8),
            attempt=ENCODE_STEP.c.attempt + 1,
            lease_until=moment + ENCODE_LEASE_S,
        )
        .returning(ENCODE_STEP)
    ).one_or_none()
    if row is None:
        return None
    about = row.analysis_id or row.report_id
    return EncodeStep(row.id, HospitalId(row.hospital_id), about, Encoding(row.what), row.attempt, row.token)


def step_done(connection: Connection, wall: Wall, step: EncodeStep) -> bool:
    """Mark a step as done; False when somebody else has it now."""
    wall.guard(step.hospital)
    return _move(connection, step, state=EncodeState.DONE.value, due_at=None, detail=None)


def step_failed(connection: Connection, wall: Wall, step: EncodeStep, detail: str) -> EncodeState:
    """Note a failed encoding: due again a little later, or failed for a person to see after the last attempt."""
    wall.guard(step.hospital)
    last = step.attempt >= MAX_ENCODE_ATTEMPTS
    state = EncodeState.FAILED if last else EncodeState.DUE
    due_at = None if last else now(connection) + 5.0 * step.attempt
    _move(connection, step, state=state.value, due_at=due_at, detail=detail)
    return state


def step_waits(connection: Connection, wall: Wall, step: EncodeStep, detail: str) -> None:
    """It was not this result's fault (no room, no database): due again in a while, and the attempt does not count."""
    wall.guard(step.hospital)
    due_at = now(connection) + WAIT_S
    _move(connection, step, state=EncodeState.DUE.value, due_at=due_at, detail=detail, attempt=step.attempt - 1)


def failed_steps(connection: Connection, wall: Wall) -> tuple[str, ...]:
    """The analyses whose results could not be encoded, which waits for a person; each once."""
    return _failed(connection, wall, ENCODE_STEP.c.analysis_id)


def failed_reports(connection: Connection, wall: Wall) -> tuple[str, ...]:
    """The versions of reports that could not be encoded, which waits for a person; each once."""
    return _failed(connection, wall, ENCODE_STEP.c.report_id)


def _failed(connection: Connection, wall: Wall, about: Column[str]) -> tuple[str, ...]:
    statement = (
        select(about)
        .where(
            within(wall, ENCODE_STEP.c.hospital_id),
            ENCODE_STEP.c.state == EncodeState.FAILED.value,
            about.is_not(None),
        )
        .distinct()
    )
    return tuple(connection.execute(statement).scalars())


def retry_steps(connection: Connection, wall: Wall, hospital: HospitalId, about: str) -> bool:
    """A person asks for the failed encodings of an analysis or a report once more; False when there are none."""
    wall.guard(hospital)
    changed = connection.execute(
        update(ENCODE_STEP)
        .where(
            or_(ENCODE_STEP.c.analysis_id == about, ENCODE_STEP.c.report_id == about),
            ENCODE_STEP.c.state == EncodeState.FAILED.value,
        )
        .values(state=EncodeState.DUE.value, attempt=0, due_at=now(connection), detail=None)
    )
    return changed.rowcount > 0


def _move(connection: Connection, step: EncodeStep, **values: str | float | None) -> bool:
    changed = connection.execute(
        update(ENCODE_STEP)
        .where(ENCODE_STEP.c.id == step.id, ENCODE_STEP.c.token == step.token)
        .values(token=None, lease_until=None, **values)
    )
    return changed.rowcount == 1


def add(connection: Connection, wall: Wall, result: Result) -> None:
    """Commit a result's hash; a result that exists stays as it is: bytes are written once."""
    wall.guard(result.hospital)
    values = {name: getattr(result, name) for name in result.__dataclass_fields__ if name != "hospital"}
    values["kind"] = result.kind.value
    connection.execute(insert(RESULT).values(hospital_id=result.hospital, **values).on_conflict_do_nothing())


def of_analysis(connection: Connection, wall: Wall, analysis_id: str) -> tuple[Result, ...]:
    """The result objects of an analysis."""
    statement = (
        select(RESULT)
        .where(within(wall, RESULT.c.hospital_id), RESULT.c.analysis_id == analysis_id)
        .order_by(RESULT.c.kind)
    )
    return tuple(_result(row) for row in connection.execute(statement))


def of_report(connection: Connection, wall: Wall, report_id: str) -> tuple[Result, ...]:
    """The result objects of a version of a report."""
    statement = (
        select(RESULT)
        .where(within(wall, RESULT.c.hospital_id), RESULT.c.report_id == report_id)
        .order_by(RESULT.c.kind, RESULT.c.sop_instance_uid)
    )
    return tuple(_result(row) for row in connection.execute(statement))


def get(connection: Connection, wall: Wall, result_id: str) -> Result | None:
    """One result object."""
    row = connection.execute(
        select(RESULT).where(within(wall, RESULT.c.hospital_id), RESULT.c.id == result_id)
    ).one_or_none()
    return None if row is None else _result(row)


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """When the next step is due or its lease runs out."""
    wall.guard_all()
    found: float | None = connection.execute(
        select(func.min(func.coalesce(ENCODE_STEP.c.lease_until, ENCODE_STEP.c.due_at))).where(
            ENCODE_STEP.c.state.in_([EncodeState.DUE.value, EncodeState.RUNNING.value])
        )
    ).scalar_one()
    return found


def _result(row: Row[Any]) -> Result:
    values = row._asdict()
    return Result(
        hospital=HospitalId(row.hospital_id),
        kind=ResultKind(row.kind),
        **{name: values[name] for name in values if name not in {"hospital_id", "kind"}},
    )
