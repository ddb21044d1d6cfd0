"""Measures that outlive the page they were drawn on, and how readers want examinations to be hung."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0012"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "study_measure",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("hospital_id", sa.String(), sa.ForeignKey("hospital.id"), nullable=False),
        sa.Column("study_id", sa.Integer(), sa.ForeignKey("study.id"), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sop_instance_uid", sa.String(), nullable=False),
        sa.Column("frame_number", sa.Integer(), nullable=False),
        sa.Column("points_px", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.Column("removed_at", sa.Float(), nullable=True),
    )
    op.create_index("measure_of_study", "study_measure", ["study_id"], unique=False)
    op.create_table(
        "hanging_protocol",
        sa.Column("owner", sa.String(), primary_key=True),
        sa.Column("modality", sa.String(), primary_key=True),
        sa.Column("body_part", sa.String(), primary_key=True),
        sa.Column("hung", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
    )
