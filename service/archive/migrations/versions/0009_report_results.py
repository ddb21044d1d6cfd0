"""Versions of reports become result objects too: encode steps and results are about an analysis or about a report."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_STEP = ("id", "hospital_id", "analysis_id", "what", "state", "attempt", "token", "lease_until", "due_at", "detail")
_RESULT = (
    *("id", "hospital_id", "analysis_id", "kind", "sop_class_uid", "sop_instance_uid", "series_instance_uid"),
    *("transfer_syntax_uid", "sha256", "object_name", "size_bytes", "signed", "created_at"),
)


def upgrade() -> None:
    """Make both tables anew with what they hold."""
    op.create_table(
        "encode_step_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("analysis_id", sa.String(), nullable=True),
        sa.Column("report_id", sa.String(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("due_at", sa.Float(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.CheckConstraint("(analysis_id IS NULL) <> (report_id IS NULL)"),
        sa.ForeignKeyConstraint(["analysis_id"], ["analysis.id"]),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"]),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("analysis_id", "what"),
        sa.UniqueConstraint("report_id", "what"),
    )
    _replace("encode_step", _STEP)
    op.create_index("encode_due", "encode_step", ["state", "due_at"], unique=False)
    op.create_table(
        "result_new",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("analysis_id", sa.String(), nullable=True),
        sa.Column("report_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sop_class_uid", sa.String(), nullable=False),
        sa.Column("sop_instance_uid", sa.String(), nullable=False),
        sa.Column("series_instance_uid", sa.String(), nullable=False),
        sa.Column("transfer_syntax_uid", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("object_name", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.CheckConstraint("(analysis_id IS NULL) <> (report_id IS NULL)"),
        sa.ForeignKeyConstraint(["analysis_id"], ["analysis.id"]),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"]),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("analysis_id", "kind"),
    )
    _replace("result", _RESULT)
    op.create_index("result_of_report", "result", ["report_id"], unique=False)
    op.create_index("result_instance", "result", ["hospital_id", "sop_instance_uid"], unique=False)


def _replace(table: str, columns: tuple[str, ...]) -> None:
    """Put the new table with the rows of the old one in its place; other tables go on referring to it by its name."""
    old, new = (sa.table(name, *(sa.column(column) for column in columns)) for name in (table, f"{table}_new"))
    op.execute(sa.insert(new).from_select(columns, sa.select(old)))
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)
