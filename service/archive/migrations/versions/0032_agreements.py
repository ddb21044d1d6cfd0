"""What was agreed with a hospital, and of an order the modality and what the examination is for.

Nothing changes for the hospitals that are there: both services, every modality, nothing excluded.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("hospital", sa.Column("agreement", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("hospital", sa.Column("data_returned", sa.String(), nullable=True))
    op.add_column("imaging_order", sa.Column("modality", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "imaging_order", sa.Column("examination_kind", sa.String(), nullable=False, server_default="diagnostic")
    )
