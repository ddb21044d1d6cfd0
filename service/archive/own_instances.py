"""Our own result objects among a study's instances, from the moment their bytes are committed.

They lie in a series of their own and are seen by searches and retrievals alone, behind the release policy: nothing that
moves a study along, counts its instances or tells the HIS of them looks at what was not received. When one comes home
from the hospital's PACS it gives way to what arrived, which is an instance like others then.
"""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, exists, not_, select

from service.archive.quarantine import DataSet
from service.archive.store import now
from service.archive.tables import INSTANCE, SERIES, STUDY
from service.dicom.header import HeaderFacts
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall


def add(connection: Connection, wall: Wall, made: DataSet) -> int | None:
    """Show an object of ours; the id of its study, or None where it is held already or the study was erased."""
    wall.guard(made.hospital)
    study = connection.execute(
        select(STUDY.c.id, STUDY.c.revision).where(
            STUDY.c.hospital_id == made.hospital,
            STUDY.c.study_instance_uid == made.study_instance_uid,
            STUDY.c.state != StudyState.ERASED.value,
        )
    ).one_or_none()
    held = select(INSTANCE.c.id).where(
        INSTANCE.c.hospital_id == made.hospital, INSTANCE.c.sop_instance_uid == made.sop_instance_uid
    )
    if study is None or connection.execute(held).first() is not None:
        return None
    connection.execute(
        INSTANCE.insert().values(
            hospital_id=made.hospital,
            study_id=study.id,
            series_id=_series(connection, study.id, made),
            sop_instance_uid=made.sop_instance_uid,
            sop_class_uid=made.sop_class_uid,
            transfer_syntax_uid=made.transfer_syntax_uid,
            sha256=made.sha256,
            object_name=made.object_name,
            size_bytes=made.size_bytes,
            instance_number=made.facts.instance_number,
            facts=made.facts.to_json(),
            is_image=False,
            is_ours=True,
            is_received=False,
            revision=study.revision,
            received_at=now(connection),
        )
    )
    return int(study.id)


def give_way(connection: Connection, wall: Wall, hospital: HospitalId, sop_instance_uid: str) -> None:
    """Take out an object of ours that was not received before, since it comes home now."""
    wall.guard(hospital)
    taken = connection.execute(
        delete(INSTANCE)
        .where(
            INSTANCE.c.hospital_id == hospital,
            INSTANCE.c.sop_instance_uid == sop_instance_uid,
            INSTANCE.c.is_received.is_(False),
        )
        .returning(INSTANCE.c.series_id)
    ).scalar_one()
    drop_empty_series(connection, taken)


def drop_empty_series(connection: Connection, series_id: int) -> None:
    """Remove a series that has no instance any more."""
    connection.execute(
        delete(SERIES).where(and_(SERIES.c.id == series_id, not_(exists().where(INSTANCE.c.series_id == SERIES.c.id))))
    )


def series_of(facts: HeaderFacts) -> dict[str, object]:
    """What a series' row says of it."""
    return {
        "modality": facts.modality,
        "series_number": facts.series_number,
        "series_description": facts.series_description,
        "series_date": facts.series_date,
        "series_time": facts.series_time,
        "body_part": facts.body_part,
    }


def _series(connection: Connection, study_id: int, made: DataSet) -> int:
    known = select(SERIES.c.id).where(
        SERIES.c.study_id == study_id, SERIES.c.series_instance_uid == made.series_instance_uid
    )
    found = connection.execute(known).scalar_one_or_none()
    if found is not None:
        return int(found)
    insert = SERIES.insert().values(
        hospital_id=made.hospital,
        study_id=study_id,
        series_instance_uid=made.series_instance_uid,
        instance_count=0,
        **series_of(made.facts),
    )
    return int(connection.execute(insert.returning(SERIES.c.id)).scalar_one())
