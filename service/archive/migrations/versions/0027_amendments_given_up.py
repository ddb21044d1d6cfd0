"""To which signature a finding goes back when the amendment in which it was judged is given up."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0029"


def upgrade() -> None:
    """Add the column."""
    op.add_column("review_event", sa.Column("back_to", sa.Float(), nullable=True))
