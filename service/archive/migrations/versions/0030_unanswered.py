"""Which deliveries a peer may have without having answered."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0026"


def upgrade() -> None:
    """Add the column; of what was tried before nobody knows any more how it ended, so the peer may have it."""
    op.add_column("delivery", sa.Column("was_unanswered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE delivery SET was_unanswered = 1 WHERE attempt > 0 AND delivered_at IS NULL")
