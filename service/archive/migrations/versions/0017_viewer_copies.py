"""Copies of images in HTJ2K for viewers: which there are, which are due, which files are to be removed."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"


def upgrade() -> None:
    """Make the tables; nothing is copied yet."""
    op.create_table(
        "viewer_copy",
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("object_name", sa.String(), nullable=False),
        sa.Column("copy_name", sa.String(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("hospital_id", "object_name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "copy_dropped",
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("copy_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("hospital_id", "copy_name"),
        sqlite_with_rowid=False,
    )
    for name, moment in (("copies_due", "since"), ("study_copied", "copied_at")):
        op.create_table(
            name,
            sa.Column("study_id", sa.Integer(), sa.ForeignKey("study.id"), primary_key=True),
            sa.Column("hospital_id", sa.String(), sa.ForeignKey("hospital.id"), nullable=False),
            sa.Column(moment, sa.Float(), nullable=False),
        )
