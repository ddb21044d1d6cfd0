"""Documents of reports carry the centre's seal, and the making of signing keys is on record.

What is held already is sealed and put on record as it is found: nothing says any more whether it was changed before.
"""

import hashlib

import sqlalchemy as sa
from alembic import op

from service.archive.document_seals import document_seal
from service.archive.store import now

revision = "0031"
down_revision = "0030"

_RESULT = sa.table(
    "result",
    *map(sa.column, ("id", "hospital_id", "report_id", "kind", "sop_instance_uid", "sha256", "is_provisional", "seal")),
)
_KEY = sa.table("signing_key", *map(sa.column, ("id", "user_id", "public_key")))
_AUDIT = sa.table(
    "audit",
    *map(sa.column, ("at", "actor", "hospital_id", "action", "subject")),
    sa.column("detail", sa.JSON()),
)


def upgrade() -> None:
    """Add the column; seal the documents and record the keys that are there."""
    op.add_column("result", sa.Column("seal", sa.String(), nullable=True))
    connection, config = op.get_bind(), op.get_context().config
    assert config is not None, "the archive hands it over"
    for found in connection.execute(sa.select(_RESULT).where(_RESULT.c.report_id.is_not(None))).all():
        seal = document_seal(
            config.attributes["installation_key"],
            hospital=found.hospital_id,
            report_id=found.report_id,
            kind=found.kind,
            sop_instance_uid=found.sop_instance_uid,
            sha256=found.sha256,
            is_provisional=bool(found.is_provisional),
        )
        connection.execute(sa.update(_RESULT).where(_RESULT.c.id == found.id).values(seal=seal))
    for key in connection.execute(sa.select(_KEY)).all():
        connection.execute(
            _AUDIT.insert().values(
                at=now(connection),
                actor="system:upgrade",
                hospital_id=None,
                action="signing-key.make",
                subject=key.user_id,
                detail={"key": key.id, "public_key": hashlib.sha256(key.public_key).hexdigest()},
            )
        )
