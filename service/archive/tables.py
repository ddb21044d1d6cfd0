"""The tables. Moments are seconds since the epoch by the database's clock; a DICOM identity is (hospital, UID)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

METADATA: Final = MetaData()


def _hospital_id() -> Column[str]:
    return Column("hospital_id", String, ForeignKey("hospital.id"), nullable=False)


def _of_one() -> CheckConstraint:
    """That a row is about an analysis or about a version of a report."""
    return CheckConstraint("(analysis_id IS NULL) <> (report_id IS NULL)")


def _study_id() -> Column[int]:
    return Column("study_id", Integer, ForeignKey("study.id"), nullable=False)


INSTALLATION = Table(
    "installation",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("uid", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
)

HOSPITAL = Table(
    "hospital",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("language", String, nullable=False),
    Column("release_pacs", String, nullable=False),
    Column("release_his", String, nullable=False),
    Column("quiet_s", Float),
    Column("finalising", String, nullable=False, server_default="signature"),
    Column("targets_s", JSON, nullable=False, server_default="{}"),
    Column("agreement", JSON, nullable=False, server_default="{}"),
    Column("data_returned", String),
    Column("created_at", Float, nullable=False),
    Column("removed_at", Float),
)

SENDER = Table(
    "sender",
    METADATA,
    Column("id", Integer, primary_key=True),
    _hospital_id(),
    Column("calling_ae", String, nullable=False),
    Column("called_ae", String, nullable=False),
    Column("networks", JSON, nullable=False),
)

PACKAGE_RULE = Table(
    "package_rule",
    METADATA,
    Column("id", Integer, primary_key=True),
    _hospital_id(),
    Column("package", String, nullable=False),
    Column("modalities", JSON, nullable=False),
    Column("reading_mode", String, nullable=False, server_default="concurrent"),
    UniqueConstraint("hospital_id", "package"),
)

PEER = Table(
    "peer",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    Column("channel", String, nullable=False),
    Column("host", String),
    Column("port", Integer),
    Column("ae_title", String),
    Column("calling_ae", String),
    Column("url", String),
    Column("sealed_secret", LargeBinary),
    Column("removed_at", Float),
    Column("companions", JSON, nullable=False, server_default='["key-images", "pdf"]'),
)

API_KEY = Table(
    "api_key",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    Column("digest", String, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)

STUDY = Table(
    "study",
    METADATA,
    Column("id", Integer, primary_key=True),
    _hospital_id(),
    Column("study_instance_uid", String, nullable=False),
    Column("state", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("dispatched_revision", Integer, nullable=False, default=0),
    Column("patient_id", String, nullable=False, default=""),
    Column("patient_id_issuer", String, nullable=False, default=""),
    Column("patient_name", String, nullable=False, default=""),
    Column("patient_birth_date", String, nullable=False, default=""),
    Column("patient_sex", String, nullable=False, default=""),
    Column("accession_number", String, nullable=False, default=""),
    Column("study_date", String, nullable=False, default=""),
    Column("study_time", String, nullable=False, default=""),
    Column("study_description", String, nullable=False, default=""),
    Column("study_identifier", String, nullable=False, default=""),
    Column("referring_physician_name", String, nullable=False, default=""),
    Column("identity_conflict", Boolean, nullable=False, default=False),
    Column("instance_count", Integer, nullable=False, default=0),
    Column("image_count", Integer, nullable=False, default=0),
    Column("expected_count", Integer),
    Column("calling_ae", String, nullable=False, default=""),
    Column("first_received_at", Float, nullable=False),
    Column("quiet_since", Float, nullable=False),
    Column("largest_gap_s", Float, nullable=False, default=0.0),
    Column("completion_called", Boolean, nullable=False, default=False),
    Column("due_at", Float),
    Column("completed_at", Float),
    Column("completed_by", String),
    UniqueConstraint("hospital_id", "study_instance_uid"),
    Index("study_of_hospital", "hospital_id", "id", "state"),
    Index("study_due", "state", "due_at"),
    Index("study_arrival", "hospital_id", "first_received_at", "id"),
    Index("study_accession", "hospital_id", "accession_number"),
    Index("study_patient", "hospital_id", "patient_id"),
    Index("study_accession_folded", "hospital_id", text("lower(accession_number)")),
    Index("study_patient_folded", "hospital_id", text("lower(patient_id)")),
)

NAME_KEY = Table(
    "name_key",
    METADATA,
    Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
    Column("attribute", Integer, primary_key=True),
    Column("key", String, primary_key=True),
    _hospital_id(),
    Column("undivided", Boolean, nullable=False),
    Index("name_key_search", "hospital_id", "attribute", "key", "study_id", "undivided"),
    sqlite_with_rowid=False,
)
"""What the names of a study are found by (service.dicom.name_search). attribute: the tag the name stands in."""

SERIES = Table(
    "series",
    METADATA,
    Column("id", Integer, primary_key=True),
    _hospital_id(),
    _study_id(),
    Column("series_instance_uid", String, nullable=False),
    Column("modality", String, nullable=False, default=""),
    Column("series_number", Integer),
    Column("series_description", String, nullable=False, default=""),
    Column("series_date", String, nullable=False, default=""),
    Column("series_time", String, nullable=False, default=""),
    Column("body_part", String, nullable=False, default=""),
    Column("instance_count", Integer, nullable=False, default=0),
    UniqueConstraint("study_id", "series_instance_uid"),
    Index("series_uid", "series_instance_uid"),
)

INSTANCE = Table(
    "instance",
    METADATA,
    Column("id", Integer, primary_key=True),
    _hospital_id(),
    _study_id(),
    Column("series_id", Integer, ForeignKey("series.id"), nullable=False),
    Column("sop_instance_uid", String, nullable=False),
    Column("sop_class_uid", String, nullable=False),
    Column("transfer_syntax_uid", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("object_name", String, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("instance_number", Integer),
    Column("facts", Text, nullable=False),
    Column("is_image", Boolean, nullable=False),
    Column("is_ours", Boolean, nullable=False),
    Column("is_received", Boolean, nullable=False, server_default=true()),
    Column("revision", Integer, nullable=False),
    Column("received_at", Float, nullable=False),
    UniqueConstraint("hospital_id", "sop_instance_uid"),
    Index("instance_study", "study_id"),
    Index("instance_series", "series_id", "instance_number"),
)

QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("id", Integer, primary_key=True),
    _hospital_id(),
    Column("study_instance_uid", String, nullable=False),
    Column("series_instance_uid", String, nullable=False),
    Column("sop_instance_uid", String, nullable=False),
    Column("sop_class_uid", String, nullable=False),
    Column("transfer_syntax_uid", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("object_name", String, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("facts", Text, nullable=False),
    Column("is_image", Boolean, nullable=False),
    Column("reason", String, nullable=False),
    Column("state", String, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("decided_at", Float),
    UniqueConstraint("hospital_id", "sop_instance_uid", "object_name"),
)

ASSOCIATION = Table(
    "association",
    METADATA,
    Column("id", String, primary_key=True),
    Column("node_id", String, nullable=False),
    _hospital_id(),
    Column("calling_ae", String, nullable=False),
    Column("opened_at", Float, nullable=False),
    Column("alive_until", Float, nullable=False),
    Column("closed_at", Float),
    Index("association_open", "closed_at", "alive_until"),
)

ASSOCIATION_STUDY = Table(
    "association_study",
    METADATA,
    Column("association_id", String, ForeignKey("association.id"), primary_key=True),
    Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
    Index("association_of_study", "study_id"),
)

SENDER_GAP = Table(
    "sender_gap",
    METADATA,
    Column("id", Integer, primary_key=True),
    _hospital_id(),
    Column("calling_ae", String, nullable=False),
    _study_id(),
    Column("gap_s", Float, nullable=False),
    UniqueConstraint("study_id"),
    Index("gap_of_sender", "hospital_id", "calling_ae", "id"),
)

IMAGING_ORDER = Table(
    "imaging_order",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    Column("study_id", Integer, ForeignKey("study.id")),
    Column("state", String, nullable=False),
    Column("accession_number", String, nullable=False, default=""),
    Column("study_instance_uid", String, nullable=False, default=""),
    Column("patient_id", String, nullable=False, default=""),
    Column("exam_class", String, nullable=False),
    Column("priority", String, nullable=False),
    Column("modality", String, nullable=False, server_default=""),
    Column("examination_kind", String, nullable=False, server_default="diagnostic"),
    Column("request", JSON, nullable=False),
    Column("packages", JSON, nullable=False),
    Column("expected_count", Integer),
    Column("callback_url", String),
    Column("match", String, nullable=False),
    Column("match_reason", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Index("order_accession", "hospital_id", "accession_number"),
    Index("order_study", "hospital_id", "study_instance_uid"),
    Index("order_patient", "hospital_id", "patient_id"),
    Index("order_joined", "study_id", "hospital_id"),
)

ANALYSIS = Table(
    "analysis",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    _study_id(),
    Column("revision", Integer, nullable=False),
    Column("package", String, nullable=False),
    Column("package_version", String, nullable=False),
    Column("package_digest", String, nullable=False),
    Column("series_instance_uid", String),
    Column("fingerprint", String, nullable=False),
    Column("run", Integer, nullable=False),
    Column("urgency", Integer, nullable=False, default=1),
    Column("state", String, nullable=False),
    Column("outcome", String),
    Column("reason", String),
    Column("detail", Text),
    Column("selection", JSON, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("progress", Float, nullable=False, default=0.0),
    Column("token", String),
    Column("lease_until", Float),
    Column("due_at", Float),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("reading_object", String),
    Column("contours_object", String),
    Column("forward_s", Float),
    Column("total_s", Float),
    UniqueConstraint("hospital_id", "study_id", "package", "package_version", "fingerprint", "run"),
    Index("analysis_due", "state", "due_at"),
    Index("analysis_study", "study_id"),
)

PACKAGE_MANIFEST = Table(
    "package_manifest",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("content", Text, nullable=False),
)

FINDING = Table(
    "finding",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    Column("analysis_id", String, ForeignKey("analysis.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("code_value", String, nullable=False),
    Column("code_scheme", String, nullable=False),
    Column("code_meaning", String, nullable=False),
    Column("site_value", String, nullable=False),
    Column("site_scheme", String, nullable=False),
    Column("site_meaning", String, nullable=False),
    Column("laterality_value", String),
    Column("laterality_scheme", String),
    Column("laterality_meaning", String),
    Column("presence", String, nullable=False),
    Column("probability", Float, nullable=False),
    Column("center_x_mm", Float),
    Column("center_y_mm", Float),
    Column("center_z_mm", Float),
    Column("long_axis_mm", Float),
    Column("short_axis_mm", Float),
    Column("volume_mm3", Float),
    Column("mean_hu", Float),
    Column("sop_instance_uid", String),
    Column("frame_number", Integer),
    Column("tracking_uid", String, nullable=False),
    UniqueConstraint("analysis_id", "number"),
)

ENCODE_STEP = Table(
    "encode_step",
    METADATA,
    Column("id", Integer, primary_key=True),
    _hospital_id(),
    Column("analysis_id", String, ForeignKey("analysis.id")),
    Column("report_id", String, ForeignKey("report.id")),
    Column("what", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("token", String),
    Column("lease_until", Float),
    Column("due_at", Float),
    Column("detail", Text),
    UniqueConstraint("analysis_id", "what"),
    UniqueConstraint("report_id", "what"),
    _of_one(),
    Index("encode_due", "state", "due_at"),
)

RESULT = Table(
    "result",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    Column("analysis_id", String, ForeignKey("analysis.id")),
    Column("report_id", String, ForeignKey("report.id")),
    Column("kind", String, nullable=False),
    Column("sop_class_uid", String, nullable=False),
    Column("sop_instance_uid", String, nullable=False),
    Column("series_instance_uid", String, nullable=False),
    Column("transfer_syntax_uid", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("object_name", String, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("signed", Boolean, nullable=False),
    Column("is_provisional", Boolean, nullable=False, server_default=false()),
    Column("created_at", Float, nullable=False),
    Column("seal", String),
    UniqueConstraint("analysis_id", "kind", "sop_instance_uid"),
    _of_one(),
    Index("result_of_report", "report_id"),
    Index("result_instance", "hospital_id", "sop_instance_uid"),
)

DELIVERY = Table(
    "delivery",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    Column("peer_id", String, ForeignKey("peer.id"), nullable=False),
    Column("channel", String, nullable=False),
    Column("result_id", String, ForeignKey("result.id")),
    Column("study_id", Integer, ForeignKey("study.id")),
    Column("identity", String, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("url", String),
    Column("body", Text),
    Column("state", String, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("token", String),
    Column("lease_until", Float),
    Column("due_at", Float),
    Column("last_error", Text),
    Column("note", Text),
    Column("created_at", Float, nullable=False),
    Column("delivered_at", Float),
    Column("was_unanswered", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("peer_id", "identity"),
    Index("delivery_due", "state", "due_at"),
    Index("delivery_page", "created_at", "id"),
    Index("delivery_of_result", "result_id"),
    Index("delivery_of_study", "study_id"),
)

PROBE = Table(
    "probe",
    METADATA,
    Column("id", String, primary_key=True),
    _hospital_id(),
    Column("state", String, nullable=False),
    Column("token", String),
    Column("lease_until", Float),
    Column("due_at", Float),
    Column("requested_at", Float, nullable=False),
    Column("report", JSON),
)

EVENT = Table(
    "event",
    METADATA,
    Column("seq", Integer, primary_key=True),
    _hospital_id(),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("study_id", Integer),
    Column("study_instance_uid", String),
    Column("analysis_id", String),
    Column("order_id", String),
    Column("detail", JSON, nullable=False),
    Index("event_hospital", "hospital_id", "seq"),
    Index("event_study", "study_id", "seq"),
    Index("event_clock_stopped", "at", sqlite_where=text("kind = 'study.clock_stopped'")),
    sqlite_autoincrement=True,
)

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    _hospital_id(),
    Column("key", String, nullable=False),
    Column("request_digest", String, nullable=False),
    Column("status", Integer),
    Column("body", Text),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("hospital_id", "key"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("actor", String, nullable=False),
    Column("hospital_id", String),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("audit_repeat", "actor", "action", "subject", "at"),
    Index("audit_at", "at"),
    Index("audit_of_actor", "actor", "at"),
    Index("audit_of_subject", "subject", "at"),
    Index("audit_of_hospital", "hospital_id", "at"),
)
