"""What each PACS is given beside SR and SEG; several objects of one kind; nothing overtaken waits for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0024"

_RESULT = (
    *("id", "hospital_id", "analysis_id", "report_id", "kind", "sop_class_uid", "sop_instance_uid"),
    *("series_instance_uid", "transfer_syntax_uid", "sha256", "object_name", "size_bytes", "signed", "created_at"),
)

_OVERTAKEN = """
UPDATE delivery SET state = 'cancelled', due_at = NULL
WHERE state IN ('failed', 'parked') AND result_id IN (
    SELECT result.id FROM result JOIN report ON report.id = result.report_id
    WHERE result.kind <> 'KO-withdrawn' AND report.state IN ('amended', 'withdrawn')
    UNION
    SELECT result.id FROM result JOIN analysis ON analysis.id = result.analysis_id
    WHERE analysis.state = 'superseded'
)
"""


def upgrade() -> None:
    """What goes to a PACS stays as it was. Make the results' table anew with what it holds."""
    op.add_column("peer", sa.Column("companions", sa.JSON(), nullable=False, server_default='["key-images", "pdf"]'))
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
        sa.UniqueConstraint("analysis_id", "kind", "sop_instance_uid"),
    )
    old, new = (sa.table(name, *(sa.column(column) for column in _RESULT)) for name in ("result", "result_new"))
    op.execute(sa.insert(new).from_select(_RESULT, sa.select(old)))
    op.drop_table("result")
    op.rename_table("result_new", "result")
    op.create_index("result_of_report", "result", ["report_id"], unique=False)
    op.create_index("result_instance", "result", ["hospital_id", "sop_instance_uid"], unique=False)
    op.execute(_OVERTAKEN)
