"""How much of a signed report its auditor changed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0017"


def upgrade() -> None:
    """Add the column: nobody could change a report in its audit before."""
    op.add_column("report", sa.Column("audit_changed_share", sa.Float(), nullable=True))
    op.execute("UPDATE report SET audit_changed_share = 0 WHERE audited_at IS NOT NULL")
