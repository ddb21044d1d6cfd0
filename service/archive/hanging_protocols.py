"""How readers want kinds of examinations to be hung: a reader's own, at whatever workstation they sit."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, select

from service.archive.reading_tables import HANGING_PROTOCOL
from service.archive.store import now
from service.domain.hanging import ExamKind, Hung
from service.domain.wall import Wall

_T: Final = HANGING_PROTOCOL.c
_HUNG: Final = TypeAdapter(Hung)


def own(connection: Connection, wall: Wall, kind: ExamKind) -> Hung | None:
    """The protocol of the reader who acts; None: the built-in one holds."""
    statement = select(_T.hung).where(_T.owner == wall.user_id, *_is(kind))
    kept = connection.execute(statement).scalar_one_or_none()
    return None if kept is None else _HUNG.validate_python(kept)


def keep(connection: Connection, wall: Wall, kind: ExamKind, hung: Hung) -> None:
    """Hang examinations of the kind so from now on, for the reader who acts."""
    forget(connection, wall, kind)
    connection.execute(
        HANGING_PROTOCOL.insert().values(
            owner=wall.user_id,
            modality=kind.modality,
            body_part=kind.region,
            hung=_HUNG.dump_python(hung, mode="json"),
            changed_at=now(connection),
        )
    )


def forget(connection: Connection, wall: Wall, kind: ExamKind) -> None:
    """Return to the built-in protocol."""
    connection.execute(delete(HANGING_PROTOCOL).where(_T.owner == wall.user_id, *_is(kind)))


def _is(kind: ExamKind) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _T.modality == kind.modality, _T.body_part == kind.region
