"""How a hospital's examinations are read: modes, audit, clocks; and the outlines of findings as an object."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; hospitals that are there read as before: concurrently, without audit, by the usual clocks."""
    op.add_column("package_rule", sa.Column("reading_mode", sa.String(), nullable=False, server_default="concurrent"))
    op.add_column("hospital", sa.Column("audit_asked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("hospital", sa.Column("targets_s", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("analysis", sa.Column("contours_object", sa.String(), nullable=True))
