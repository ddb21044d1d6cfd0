"""What became of urgent findings, and one-time links that open a study from the hospital's own systems."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns, the index and the table."""
    for name in ("told_at", "escalated_at", "taken_back_at"):
        op.add_column("notice", sa.Column(name, sa.Float(), nullable=True))
    for name in ("acknowledged_via", "recorded_by"):
        op.add_column("notice", sa.Column(name, sa.String(), nullable=True))
    op.create_index("notice_of_hospital", "notice", ["hospital_id", "state"], unique=False)
    op.create_table(
        "open_link",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("hospital_id", sa.String(), sa.ForeignKey("hospital.id"), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False, unique=True),
        sa.Column("accession_number", sa.String(), nullable=True),
        sa.Column("study_instance_uid", sa.String(), nullable=True),
        sa.Column("login", sa.String(), nullable=True),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("issued_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("used_at", sa.Float(), nullable=True),
        sa.Column("used_by", sa.String(), nullable=True),
    )
    op.create_index("open_link_expires", "open_link", ["expires_at"], unique=False)
