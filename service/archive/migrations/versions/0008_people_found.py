"""Where a session was opened, and the audit found by person, by subject and by hospital."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column and the indexes; sessions that are there keep no address."""
    op.add_column("session", sa.Column("address", sa.String(), nullable=True))
    op.create_index("audit_at", "audit", ["at"], unique=False)
    op.create_index("audit_of_actor", "audit", ["actor", "at"], unique=False)
    op.create_index("audit_of_subject", "audit", ["subject", "at"], unique=False)
    op.create_index("audit_of_hospital", "audit", ["hospital_id", "at"], unique=False)
