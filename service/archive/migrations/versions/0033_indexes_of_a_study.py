"""What belongs to one study is found by the study, also behind a wall around one hospital.

SQLite keeps no statistics of ours: where an index of the hospital alone met as many conditions as the study's, it took
that one, and looked through all that the hospital has.
"""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Make the indexes."""
    for name, table, columns in (
        ("series_uid", "series", ["series_instance_uid"]),
        ("order_joined", "imaging_order", ["study_id", "hospital_id"]),
    ):
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=False)
    for name, table, columns in (
        ("study_arrival", "study", ["hospital_id", "first_received_at", "id"]),
        ("notice_of_study", "notice", ["study_id", "hospital_id"]),
        ("delivery_of_result", "delivery", ["result_id"]),
        ("delivery_of_study", "delivery", ["study_id"]),
    ):
        op.create_index(name, table, columns, unique=False)
