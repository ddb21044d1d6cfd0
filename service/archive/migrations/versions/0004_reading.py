"""The reading room: the worklist's rows, reviews, reports, returns and notices."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables; the rows of studies that are held already are made by the workers."""
    op.create_table(
        "notice_rule",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("concept_value", sa.String(), nullable=False),
        sa.Column("concept_scheme", sa.String(), nullable=False),
        sa.Column("concept_meaning", sa.String(), nullable=False),
        sa.Column("least_long_axis_mm", sa.Float(), nullable=True),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("escalation_contact", sa.String(), nullable=False),
        sa.Column("deadline_s", sa.Float(), nullable=False),
        sa.Column("removed_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "report_template",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("hospital_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("shortcut", sa.String(), nullable=False),
        sa.Column("modality", sa.String(), nullable=False),
        sa.Column("body_part", sa.String(), nullable=False),
        sa.Column("findings_text", sa.Text(), nullable=False),
        sa.Column("impression_text", sa.Text(), nullable=False),
        sa.Column("advice_text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.Column("removed_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("template_owner", "report_template", ["owner"], unique=False)
    op.create_table(
        "examination",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("exam_class", sa.String(), nullable=True),
        sa.Column("modality", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("class_rank", sa.Integer(), nullable=False),
        sa.Column("urgency_rank", sa.Integer(), nullable=False),
        sa.Column("score_rank", sa.Float(), nullable=False),
        sa.Column("waiting_since", sa.Float(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=True),
        sa.Column("urgency_by", sa.String(), nullable=True),
        sa.Column("urgency_at", sa.Float(), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.Float(), nullable=True),
        sa.Column("claimed_until", sa.Float(), nullable=True),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
        ),
        sa.PrimaryKeyConstraint("study_id"),
    )
    op.create_index(
        "examination_of_hospital",
        "examination",
        ["hospital_id", "is_open", "class_rank", "urgency_rank", "score_rank", "waiting_since", "study_id"],
        unique=False,
    )
    op.create_index("examination_of_reader", "examination", ["claimed_by"], unique=False)
    op.create_index("examination_claimed", "examination", ["claimed_until"], unique=False)
    op.create_index(
        "examination_order",
        "examination",
        ["is_open", "class_rank", "urgency_rank", "score_rank", "waiting_since", "study_id"],
        unique=False,
    )
    op.create_index(
        "examination_word",
        "examination",
        ["word", "class_rank", "urgency_rank", "score_rank", "waiting_since", "study_id"],
        unique=False,
    )
    op.create_table(
        "first_impression",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("after_event", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
        ),
        sa.PrimaryKeyConstraint("study_id", "reader"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("tracking_uid", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("raised_by", sa.String(), nullable=False),
        sa.Column("raised_at", sa.Float(), nullable=False),
        sa.Column("deadline_at", sa.Float(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=True),
        sa.Column("sent_count", sa.Integer(), nullable=False),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("acknowledged_at", sa.Float(), nullable=True),
        sa.Column("acknowledged_how", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["notice_rule.id"],
        ),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("study_id", "tracking_uid", "rule_id"),
    )
    op.create_index("notice_due", "notice", ["state", "due_at"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("predecessor_id", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("findings_text", sa.Text(), nullable=False),
        sa.Column("impression_text", sa.Text(), nullable=False),
        sa.Column("advice_text", sa.Text(), nullable=False),
        sa.Column("key_images", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.Column("submitted_at", sa.Float(), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("signed_at", sa.Float(), nullable=True),
        sa.Column("audited_by", sa.String(), nullable=True),
        sa.Column("audited_at", sa.Float(), nullable=True),
        sa.Column("released_at", sa.Float(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("record_sha256", sa.String(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("signing_key", sa.String(), nullable=True),
        sa.Column("audit_record", sa.Text(), nullable=True),
        sa.Column("audit_signature", sa.Text(), nullable=True),
        sa.Column("audit_signing_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.ForeignKeyConstraint(
            ["predecessor_id"],
            ["report.id"],
        ),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("study_id", "version"),
    )
    op.create_index("report_of_hospital", "report", ["hospital_id", "state"], unique=False)
    op.create_table(
        "review_event",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("tracking_uid", sa.String(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=True),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("ms_since_open", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("review_of_study", "review_event", ["study_id", "seq"], unique=False)
    op.create_table(
        "study_return",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("returned_by", sa.String(), nullable=False),
        sa.Column("returned_at", sa.Float(), nullable=False),
        sa.Column("reopened_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("return_of_study", "study_return", ["study_id"], unique=False)
    op.create_table(
        "report_edition",
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("hospital_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("findings_text", sa.Text(), nullable=False),
        sa.Column("impression_text", sa.Text(), nullable=False),
        sa.Column("advice_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["report.id"],
        ),
        sa.PrimaryKeyConstraint("report_id", "edition"),
    )
