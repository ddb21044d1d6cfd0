"""The tables of the reading room: the worklist's rows, what readers did to findings, reports, returns and notices.

A person is named by the id of their user row. Nothing here is ever deleted; what is taken back is an event of its own.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from service.archive.tables import METADATA


def _hospital_id() -> Column[str]:
    return Column("hospital_id", String, ForeignKey("hospital.id"), nullable=False)


def _study_id() -> Column[int]:
    return Column("study_id", Integer, ForeignKey("study.id"), nullable=False)


_ORDER = ("class_rank", "urgency_rank", "score_rank", "waiting_since", "study_id")

EXAMINATION = Table(
    "examination",
    METADATA,
    Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
    _hospital_id(),
    Column("word", String, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("exam_class", String),
    Column("modality", String, nullable=False),
    Column("score", Float),
    Column("class_rank", Integer, nullable=False),
    Column("urgency_rank", Integer, nullable=False),
    Column("score_rank", Float, nullable=False),
    Column("waiting_since", Float, nullable=False),
    Column("urgency", String),
    Column("urgency_by", String),
    Column("urgency_at", Float),
    Column("claimed_by", String),
    Column("claimed_at", Float),
    Column("claimed_until", Float),
    Column("clock_since", Float),
    Column("clock_passed", Integer, nullable=False, server_default="0"),
    Column("clock_due_at", Float),
    Column("changed_at", Float, nullable=False),
    Index("examination_order", "is_open", *_ORDER),
    Index("examination_of_hospital", "hospital_id", "is_open", *_ORDER),
    Index("examination_word", "word", *_ORDER),
    Index("examination_of_reader", "claimed_by"),
    Index("examination_claimed", "claimed_until"),
    Index("examination_clock", "clock_due_at"),
)
"""One row a study, kept beside it by service.archive.examination_rows whenever an event tells of a change.

clock_passed: the share in per cent that the clock of clock_since passed last. clock_due_at: when the next one is.
"""

TURNED_NAME_KEY = Table(
    "turned_name_key",
    METADATA,
    Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
    Column("key", String, primary_key=True),
    _hospital_id(),
    Index("turned_name_key_search", "hospital_id", "key", "study_id"),
    sqlite_with_rowid=False,
)
"""What the worklist finds a patient by who is named from a later word on (service.dicom.name_search.turned_keys)."""

STUDY_RETURN = Table(
    "study_return",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    _study_id(),
    Column("revision", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("returned_by", String, nullable=False),
    Column("returned_at", Float, nullable=False),
    Column("reopened_at", Float),
    Index("return_of_study", "study_id"),
)

REVIEW_EVENT = Table(
    "review_event",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    _hospital_id(),
    _study_id(),
    Column("tracking_uid", String, nullable=False),
    Column("finding_id", String),
    Column("action", String, nullable=False),
    Column("reason", String),
    Column("said", JSON),
    Column("reader", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("mode", String, nullable=False),
    Column("ms_since_open", Integer),
    Column("back_to", Float),
    Index("review_of_study", "study_id", "seq"),
    sqlite_autoincrement=True,
)
"""back_to: of an amendment that was given up, when the report that stands again was signed."""

FIRST_IMPRESSION = Table(
    "first_impression",
    METADATA,
    Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
    Column("reader", String, primary_key=True),
    _hospital_id(),
    Column("at", Float, nullable=False),
    Column("after_event", Integer, nullable=False),
)
"""That a second reader has said what they see, before the package's marks are shown to them."""

STUDY_MEASURE = Table(
    "study_measure",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    _study_id(),
    Column("reader", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("sop_instance_uid", String, nullable=False),
    Column("frame_number", Integer, nullable=False),
    Column("points_px", JSON, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("removed_at", Float),
    Index("measure_of_study", "study_id"),
)
"""What readers measured beside the findings; the image may be one of an earlier study of the patient."""

HANGING_PROTOCOL = Table(
    "hanging_protocol",
    METADATA,
    Column("owner", String, primary_key=True),
    Column("modality", String, primary_key=True),
    Column("body_part", String, primary_key=True),
    Column("hung", JSON, nullable=False),
    Column("changed_at", Float, nullable=False),
)
"""How a reader wants examinations of a kind to be hung; where a kind has no row, the built-in protocol hangs it."""

REPORT = Table(
    "report",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    _study_id(),
    Column("version", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("predecessor_id", String, ForeignKey("report.id")),
    Column("author", String, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("language", String, nullable=False),
    Column("template", String, nullable=False),
    Column("findings_text", Text, nullable=False),
    Column("impression_text", Text, nullable=False),
    Column("advice_text", Text, nullable=False),
    Column("key_images", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("submitted_at", Float),
    Column("signed_by", String),
    Column("signed_at", Float),
    Column("audited_by", String),
    Column("audited_at", Float),
    Column("released_at", Float),
    Column("record", Text),
    Column("record_sha256", String),
    Column("signature", Text),
    Column("signing_key", String),
    Column("audit_record", Text),
    Column("audit_signature", Text),
    Column("audit_signing_key", String),
    Column("audit_changed_share", Float),
    Column("audit_due_at", Float),
    Column("returned_by", String),
    Column("why", Text),
    UniqueConstraint("study_id", "version"),
    Index("report_of_hospital", "hospital_id", "state"),
    Index("report_signed", "hospital_id", "signed_at"),
    Index("report_audited", "hospital_id", "audited_at"),
)
"""One row a version. edition grows with every save and is what a save has to name (If-Match).

why: what the auditor who returned it, or the physician who withdrew it, says. audit_due_at: of a version that was
released provisionally, until when it has to be audited; it stays when that is done.
"""

REPORT_EDITION = Table(
    "report_edition",
    METADATA,
    Column("report_id", String, ForeignKey("report.id"), primary_key=True),
    Column("edition", Integer, primary_key=True),
    _hospital_id(),
    Column("by", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("findings_text", Text, nullable=False),
    Column("impression_text", Text, nullable=False),
    Column("advice_text", Text, nullable=False),
)
"""What a version said at a save that a person asked for; an autosave of the same hand replaces the one before."""

REPORT_TEMPLATE = Table(
    "report_template",
    METADATA,
    Column("id", String, primary_key=True),
    Column("owner", String),
    Column("hospital_id", String, ForeignKey("hospital.id")),
    Column("kind", String, nullable=False),
    Column("language", String, nullable=False),
    Column("name", String, nullable=False),
    Column("shortcut", String, nullable=False),
    Column("modality", String, nullable=False),
    Column("body_part", String, nullable=False),
    Column("exam", String, nullable=False, server_default=""),
    Column("findings_text", Text, nullable=False),
    Column("impression_text", Text, nullable=False),
    Column("advice_text", Text, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("removed_at", Float),
    Index("template_owner", "owner"),
)
"""Templates and phrases. owner: a user's own; NULL is shared, by everybody or by a hospital's readers."""

NOTICE_RULE = Table(
    "notice_rule",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    Column("concept_value", String, nullable=False),
    Column("concept_scheme", String, nullable=False),
    Column("concept_meaning", String, nullable=False),
    Column("least_long_axis_mm", Float),
    Column("contact", String, nullable=False),
    Column("escalation_contact", String, nullable=False),
    Column("deadline_s", Float, nullable=False),
    Column("removed_at", Float),
)

NOTICE = Table(
    "notice",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    _study_id(),
    Column("tracking_uid", String, nullable=False),
    Column("rule_id", String, ForeignKey("notice_rule.id"), nullable=False),
    Column("state", String, nullable=False),
    Column("raised_by", String, nullable=False),
    Column("raised_at", Float, nullable=False),
    Column("deadline_at", Float, nullable=False),
    Column("due_at", Float),
    Column("sent_count", Integer, nullable=False),
    Column("told_at", Float),
    Column("escalated_at", Float),
    Column("acknowledged_by", String),
    Column("acknowledged_at", Float),
    Column("acknowledged_how", Text),
    Column("acknowledged_via", String),
    Column("recorded_by", String),
    Column("taken_back_at", Float),
    UniqueConstraint("study_id", "tracking_uid", "rule_id"),
    Index("notice_due", "state", "due_at"),
    Index("notice_of_hospital", "hospital_id", "state"),
    Index("notice_of_study", "study_id", "hospital_id"),
)
"""sent_count: messages entered. told_at: when one arrived. recorded_by: whose session or key the acknowledgement is."""
