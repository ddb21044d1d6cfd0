"""Templates and phrases people wrote: a person's own, a hospital's readers', or everybody's."""

from __future__ import annotations

import secrets
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update

from service.archive import audit
from service.archive.events import within
from service.archive.reading_tables import REPORT_TEMPLATE
from service.archive.store import now
from service.domain.hospital import Language
from service.domain.report import ReportText
from service.domain.template import Purpose, Template, TemplateKind, Wording
from service.domain.wall import HospitalId, Wall

_T: Final = REPORT_TEMPLATE.c


def visible(connection: Connection, wall: Wall) -> tuple[Template, ...]:
    """What a person can use: their own, those of the hospitals they read for, and everybody's."""
    statement = select(REPORT_TEMPLATE).where(_T.removed_at.is_(None), _seen(wall)).order_by(_T.name, _T.id)
    return tuple(_template(row) for row in connection.execute(statement))


def get(connection: Connection, wall: Wall, template_id: str) -> Template | None:
    """One of those, by id."""
    statement = select(REPORT_TEMPLATE).where(_T.id == template_id, _T.removed_at.is_(None), _seen(wall))
    row = connection.execute(statement).one_or_none()
    return None if row is None else _template(row)


def add_own(connection: Connection, wall: Wall, wording: Wording) -> Template:
    """Keep a template of the person who acts."""
    return _add(connection, wall, wording, owner=wall.user_id, hospital=None)


def add_shared(connection: Connection, wall: Wall, wording: Wording, hospital: HospitalId | None) -> Template:
    """Keep one for a hospital's readers; hospital None: for everybody, by somebody who reads for every hospital.

    Raises BehindTheWall.
    """
    if hospital is None:
        wall.guard_all()
    else:
        wall.guard(hospital)
    return _add(connection, wall, wording, owner=None, hospital=hospital)


def change(connection: Connection, wall: Wall, template: Template, wording: Wording) -> Template:
    """Let a template say something else from now on; reports that were begun with it stay as they are."""
    _guard(wall, template)
    connection.execute(
        update(REPORT_TEMPLATE).where(_T.id == template.id).values(changed_at=now(connection), **_written(wording))
    )
    _record(connection, wall, template, "template.change")
    return Template(template.id, wording, template.owner, template.hospital)


def remove(connection: Connection, wall: Wall, template: Template) -> None:
    """Offer a template to nobody any more."""
    _guard(wall, template)
    connection.execute(update(REPORT_TEMPLATE).where(_T.id == template.id).values(removed_at=now(connection)))
    _record(connection, wall, template, "template.remove")


def _seen(wall: Wall) -> ColumnElement[bool]:
    shared = and_(_T.owner.is_(None), or_(_T.hospital_id.is_(None), within(wall, _T.hospital_id)))
    return or_(_T.owner == wall.user_id, shared)


def _guard(wall: Wall, template: Template) -> None:
    if template.owner is None and template.hospital is None:
        wall.guard_all()
    elif template.hospital is not None:
        wall.guard(template.hospital)


def _add(
    connection: Connection, wall: Wall, wording: Wording, *, owner: str | None, hospital: HospitalId | None
) -> Template:
    template = Template(secrets.token_hex(16), wording, owner, hospital)
    connection.execute(
        REPORT_TEMPLATE.insert().values(
            id=template.id, owner=owner, hospital_id=hospital, changed_at=now(connection), **_written(wording)
        )
    )
    _record(connection, wall, template, "template.add")
    return template


def _record(connection: Connection, wall: Wall, template: Template, action: str) -> None:
    audit.act(connection, wall, hospital=template.hospital, action=action, subject=template.id)


def _written(wording: Wording) -> dict[str, object]:
    return {
        "kind": wording.kind.value,
        "language": wording.language.value,
        "name": wording.name.strip(),
        "shortcut": wording.shortcut,
        "modality": wording.purpose.modality,
        "body_part": wording.purpose.body_part,
        "exam": wording.purpose.exam,
        "findings_text": wording.text.findings,
        "impression_text": wording.text.impression,
        "advice_text": wording.text.advice,
    }


def _template(row: Row[Any]) -> Template:
    wording = Wording(
        kind=TemplateKind(row.kind),
        language=Language(row.language),
        name=row.name,
        shortcut=row.shortcut,
        purpose=Purpose(row.modality, row.body_part, row.exam),
        text=ReportText(row.findings_text, row.impression_text, row.advice_text),
    )
    hospital = None if row.hospital_id is None else HospitalId(row.hospital_id)
    return Template(row.id, wording, row.owner, hospital)
