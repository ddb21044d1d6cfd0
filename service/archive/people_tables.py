"""The tables of people: who signs in, sessions, failed attempts, the keys they sign with, the links that bring them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from service.archive.tables import METADATA

USER = Table(
    "user",
    METADATA,
    Column("id", String, primary_key=True),
    Column("login", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("hospitals", JSON),
    Column("language", String, nullable=False),
    Column("licence_number", String),
    Column("licence_scope", String),
    Column("licence_title", String),
    Column("licence_until", String),
    Column("licence_modalities", JSON(none_as_null=True)),
    Column("licence_sites", JSON(none_as_null=True)),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("sealed_totp", LargeBinary),
    Column("totp_confirmed_at", Float),
    Column("totp_step", Integer),
    Column("is_demo", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("disabled_at", Float),
)

SESSION = Table(
    "session",
    METADATA,
    Column("id", String, primary_key=True),
    Column("token_digest", String, nullable=False, unique=True),
    Column("csrf", String, nullable=False),
    Column("user_id", String, ForeignKey("user.id"), nullable=False),
    Column("address", String),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("active_at", Float, nullable=False),
    Column("locked_at", Float),
    Column("ended_at", Float),
    Column("sealed_signing_key", LargeBinary),
    Column("pin_failures", Integer, nullable=False),
    Index("session_of_user", "user_id", "ended_at"),
)

SIGN_IN_ATTEMPT = Table(
    "sign_in_attempt",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subject", String, nullable=False),
    Column("at", Float, nullable=False),
    Index("attempt_of_subject", "subject", "at"),
)
"""Failed attempts, and those under way. subject: digests of the login name, the source address, a session."""

SIGNING_KEY = Table(
    "signing_key",
    METADATA,
    Column("id", String, primary_key=True),
    Column("user_id", String, ForeignKey("user.id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sealed_private_key", LargeBinary),
    Column("created_at", Float, nullable=False),
    Column("retired_at", Float),
    Index("signing_key_of_user", "user_id", "retired_at"),
)
"""A retired key loses its private half and goes on verifying what it signed."""

OPEN_LINK = Table(
    "open_link",
    METADATA,
    Column("id", String, primary_key=True),
    Column("hospital_id", String, ForeignKey("hospital.id"), nullable=False),
    Column("token_digest", String, nullable=False, unique=True),
    Column("accession_number", String),
    Column("study_instance_uid", String),
    Column("login", String),
    Column("issued_by", String, nullable=False),
    Column("issued_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_at", Float),
    Column("used_by", String),
    Index("open_link_expires", "expires_at"),
)
"""One-time links to a study. login: who alone may use it, where the hospital's system said so."""
