"""Our own objects among the instances before they come home, and series metadata that are to be made ready."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0013"


def upgrade() -> None:
    """Add the mark of what was received, and the table of what is due; what is there was received."""
    op.add_column("instance", sa.Column("is_received", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "metadata_due",
        sa.Column("study_id", sa.Integer(), sa.ForeignKey("study.id"), primary_key=True),
        sa.Column("hospital_id", sa.String(), sa.ForeignKey("hospital.id"), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
    )
