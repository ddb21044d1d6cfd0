"""Why a report was returned or withdrawn, and for which examinations a template is meant."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns; what was returned before says nothing."""
    op.add_column("report", sa.Column("why", sa.Text(), nullable=True))
    op.add_column("report_template", sa.Column("exam", sa.String(), nullable=False, server_default=""))
