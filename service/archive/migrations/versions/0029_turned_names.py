"""Patients are found from any word of their name on, and by numbers in any case: keys for what is held, and indexes."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.dicom.name_search import turned_keys

revision = "0029"
down_revision = "0025"

_STUDIES_AT_ONCE = 1000


def upgrade() -> None:
    """Make the table, fill it, and make the indexes."""
    table = op.create_table(
        "turned_name_key",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"]),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("study_id", "key"),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    for studies in _studies(connection):
        rows = [
            {"study_id": study.id, "key": key, "hospital_id": study.hospital_id}
            for study in studies
            for key in turned_keys(study.patient_name)
        ]
        if rows:
            connection.execute(table.insert(), rows)
    op.create_index("turned_name_key_search", "turned_name_key", ["hospital_id", "key", "study_id"])
    op.create_index("study_accession_folded", "study", ["hospital_id", sa.text("lower(accession_number)")])
    op.create_index("study_patient_folded", "study", ["hospital_id", sa.text("lower(patient_id)")])


def _studies(connection: sa.Connection) -> Iterator[Sequence[sa.Row[Any]]]:
    """The studies held, some at once."""
    study = sa.table("study", sa.column("id"), sa.column("hospital_id"), sa.column("patient_name"))
    last = 0
    while True:
        statement = sa.select(study).where(study.c.id > last).order_by(study.c.id).limit(_STUDIES_AT_ONCE)
        found = connection.execute(statement).all()
        if not found:
            return
        yield found
        last = found[-1].id
