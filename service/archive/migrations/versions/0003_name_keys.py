"""Names are found by any of their writings: a table of keys, filled for the studies that are held already."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.dicom.name_search import keys

revision = "0003"
down_revision = "0002"

_NAMES = {0x00100010: "patient_name", 0x00080090: "referring_physician_name"}
_STUDIES_AT_ONCE = 1000


def upgrade() -> None:
    """Make the table and fill it."""
    table = op.create_table(
        "name_key",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("attribute", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("undivided", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.PrimaryKeyConstraint("study_id", "attribute", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "name_key_search", "name_key", ["hospital_id", "attribute", "key", "study_id", "undivided"], unique=False
    )
    connection = op.get_bind()
    for studies in _studies(connection):
        rows = [row for study in studies for row in _rows(study)]
        if rows:
            connection.execute(table.insert(), rows)


def _studies(connection: sa.Connection) -> Iterator[Sequence[sa.Row[Any]]]:
    """The studies held, some at once."""
    study = sa.table("study", *(sa.column(name) for name in ("id", "hospital_id", *_NAMES.values())))
    last = 0
    while True:
        statement = sa.select(study).where(study.c.id > last).order_by(study.c.id).limit(_STUDIES_AT_ONCE)
        found = connection.execute(statement).all()
        if not found:
            return
        yield found
        last = found[-1].id


def _rows(study: sa.Row[Any]) -> Iterator[dict[str, object]]:
    for attribute, column in _NAMES.items():
        for key in keys(getattr(study, column)):
            yield {
                "study_id": study.id,
                "attribute": attribute,
                "key": key.text,
                "hospital_id": study.hospital_id,
                "undivided": key.undivided,
            }
