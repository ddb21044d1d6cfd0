"""What a practice certificate lets its holder sign, and where.

Whoever could sign before signs on: where the scope that was typed is none that covers modalities by itself, all of them
are named at the certificate, so that the security administrator sees and narrows them.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0016"

_KNOWN = (
    *("医学影像和放射治疗专业", "医学影像与放射治疗专业", "医学影像和放射治疗", "口腔专业"),
    *("radiology", "diagnostic radiology", "dental radiology", "ultrasound"),
)
_EVERY = (*("BMD", "CR", "CT", "DR", "DX", "IO", "IVUS", "MG", "MR", "NM", "OT", "PT", "PX", "RF", "RG", "US", "XA"),)


def upgrade() -> None:
    """Add the columns, and name what could be signed where the scope does not say it."""
    op.add_column("user", sa.Column("licence_modalities", sa.JSON(), nullable=True))
    op.add_column("user", sa.Column("licence_sites", sa.JSON(), nullable=True))
    connection = op.get_bind()
    people = connection.execute(sa.text("SELECT id, licence_scope FROM user WHERE licence_number IS NOT NULL")).all()
    for person_id, scope in people:
        if (scope or "").strip().casefold() not in _KNOWN:
            connection.execute(
                sa.text("UPDATE user SET licence_modalities = :every WHERE id = :id"),
                {"every": json.dumps(_EVERY), "id": person_id},
            )
