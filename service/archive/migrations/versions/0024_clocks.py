"""When an examination's clock passes the next share of its target, and an index on the clocks that stopped."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0015"


def upgrade() -> None:
    """Add the columns; the clocks of what is open are looked at as soon as a worker runs."""
    op.add_column("examination", sa.Column("clock_since", sa.Float(), nullable=True))
    op.add_column("examination", sa.Column("clock_passed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("examination", sa.Column("clock_due_at", sa.Float(), nullable=True))
    op.create_index("examination_clock", "examination", ["clock_due_at"])
    op.create_index("event_clock_stopped", "event", ["at"], sqlite_where=sa.text("kind = 'study.clock_stopped'"))
    op.execute(
        "UPDATE examination SET clock_due_at = waiting_since"
        " WHERE is_open AND study_id IN (SELECT id FROM study WHERE completed_at IS NOT NULL)"
    )
