"""Who finalises the reports of a hospital, and what is kept of a report that is released before its audit."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Turn the question whether an audit is asked for into the answer who finalises; add the columns."""
    op.add_column("hospital", sa.Column("finalising", sa.String(), nullable=False, server_default="signature"))
    op.execute("UPDATE hospital SET finalising = 'audit' WHERE audit_asked")
    op.drop_column("hospital", "audit_asked")
    op.add_column("report", sa.Column("audit_due_at", sa.Float(), nullable=True))
    op.add_column("report", sa.Column("returned_by", sa.String(), nullable=True))
    op.add_column("result", sa.Column("is_provisional", sa.Boolean(), nullable=False, server_default=sa.false()))
