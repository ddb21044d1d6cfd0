"""Indexes for what is looked for by a span of time: signed and audited reports of a hospital, deliveries by age."""

from alembic import op

revision = "0025"
down_revision = "0018"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("report_signed", "report", ["hospital_id", "signed_at"])
    op.create_index("report_audited", "report", ["hospital_id", "audited_at"])
    op.create_index("delivery_page", "delivery", ["created_at", "id"])
