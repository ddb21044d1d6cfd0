"""Result objects (SR, SEG, SC): the steps that encode them, and their bytes, written once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from service.archive.events import within
from service.archive.store import now
from service.archive.tables import ENCODE_STEP, RESULT
from service.domain.wall import HospitalId, Wall

ENCODE_LEASE_S: Final = 120.0
MAX_ENCODE_ATTEMPTS: Final = 3
WAIT_S: Final = 20.0


class Encoding(StrEnum):
    """What an encode step makes: SR and SEG of an analysis, or the one-page summary for a PACS that takes neither."""

    OBJECTS = "objects"
    SUMMARY = "summary"


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


@dataclass(frozen=True, slots=True)
class EncodeStep:
    """A claimed step."""

    id: int
    hospital: HospitalId
    analysis_id: str
    what: Encoding
    attempt: int
    token: str


@dataclass(frozen=True, slots=True)
class Result:
    """A result object whose bytes and hash are committed."""

    id: str
    hospital: HospitalId
    analysis_id: str
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


def want(connection: Connection, wall: Wall, hospital: HospitalId, analysis_id: str, what: Encoding) -> None:
    """Ask for an encoding, once."""
    wall.guard(hospital)
    statement = insert(ENCODE_STEP).values(
        hospital_id=hospital,
        analysis_id=analysis_id,
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
    return EncodeStep(row.id, HospitalId(row.hospital_id), row.analysis_id, Encoding(row.what), row.attempt, row.token)


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
    statement = (
        select(ENCODE_STEP.c.analysis_id)
        .where(within(wall, ENCODE_STEP.c.hospital_id), ENCODE_STEP.c.state == EncodeState.FAILED.value)
        .distinct()
    )
    return tuple(connection.execute(statement).scalars())


def retry_steps(connection: Connection, wall: Wall, hospital: HospitalId, analysis_id: str) -> bool:
    """A person asks for the failed encodings of an analysis once more; False when there are none."""
    wall.guard(hospital)
    changed = connection.execute(
        update(ENCODE_STEP)
        .where(ENCODE_STEP.c.analysis_id == analysis_id, ENCODE_STEP.c.state == EncodeState.FAILED.value)
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
