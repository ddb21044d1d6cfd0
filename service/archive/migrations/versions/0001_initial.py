"""The first schema."""

from alembic import op

from service.archive.tables import METADATA

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    METADATA.create_all(op.get_bind())
