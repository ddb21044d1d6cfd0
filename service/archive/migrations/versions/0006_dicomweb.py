"""Where pixels lie in an object; counts of studies by blocks of ids, so that any page of a search costs the same."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ADD = """INSERT INTO study_block (hospital_id, block, study_count) VALUES ({row}.hospital_id, {row}.id / 1024, {by})
ON CONFLICT (hospital_id, block) DO UPDATE SET study_count = study_count + {by};"""
_COUNT_HELD = """INSERT INTO study_block (hospital_id, block, study_count)
SELECT hospital_id, id / 1024, count(*) FROM study WHERE state != 'erased' GROUP BY 1, 2"""
_TRIGGERS = (
    ("study_counted AFTER INSERT ON study WHEN NEW.state != 'erased'", "NEW", "1"),
    (
        "study_moved AFTER UPDATE OF state ON study WHEN (OLD.state = 'erased') != (NEW.state = 'erased')",
        "NEW",
        "CASE NEW.state WHEN 'erased' THEN -1 ELSE 1 END",
    ),
    ("study_gone AFTER DELETE ON study WHEN OLD.state != 'erased'", "OLD", "-1"),
)


def upgrade() -> None:
    """Make the tables, count the studies that are held, and keep the counts."""
    op.create_table(
        "pixel_layout",
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("object_name", sa.String(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("hospital_id", "object_name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "study_block",
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("study_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"]),
        sa.PrimaryKeyConstraint("hospital_id", "block"),
        sqlite_with_rowid=False,
    )
    op.create_index("study_of_hospital", "study", ["hospital_id", "id", "state"], unique=False)
    op.execute(_COUNT_HELD)
    for when, row, by in _TRIGGERS:
        op.execute(f"CREATE TRIGGER {when} BEGIN {_ADD.format(row=row, by=by)} END")
