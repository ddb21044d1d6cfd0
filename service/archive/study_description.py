"""What a study's row says of patient and study: learned from its instances, and said anew when they are others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from service.archive import name_keys
from service.archive.tables import INSTANCE, STUDY
from service.dicom.header import HeaderFacts
from service.domain.wall import Wall


def described(facts: HeaderFacts) -> dict[str, str]:
    """The columns as an instance has them."""
    return {
        "patient_id": facts.patient_id,
        "patient_id_issuer": facts.patient_id_issuer,
        "patient_name": facts.patient_name,
        "patient_birth_date": facts.patient_birth_date,
        "patient_sex": facts.patient_sex,
        "accession_number": facts.accession_number,
        "study_date": facts.study_date,
        "study_time": facts.study_time,
        "study_description": facts.study_description,
        "study_identifier": facts.study_id,
        "referring_physician_name": facts.referring_physician_name,
    }


def learned(study: Row[Any], facts: HeaderFacts) -> dict[str, str]:
    """What an instance adds to the study's description: the first gives all of it, later ones what was empty."""
    said = described(facts)
    if study.instance_count == 0:
        return said
    return {name: value for name, value in said.items() if value and not getattr(study, name)}


def say_anew(connection: Connection, wall: Wall, study_id: int, facts: HeaderFacts) -> None:
    """Describe a study by one of its instances, which counts more than what came before it."""
    said = described(facts)
    _write(connection, wall, _row(connection, study_id), {name: value for name, value in said.items() if value})


def drop_unsaid(connection: Connection, wall: Wall, study_id: int, facts: HeaderFacts) -> None:
    """Take from a study's description what none of its instances says any more. facts: of what took their place."""
    study = _row(connection, study_id)
    others = {name: value for name, value in described(facts).items() if getattr(study, name) not in {"", value}}
    unsaid = {name: value for name, value in others.items() if not _is_said(connection, study, name)}
    _write(connection, wall, study, unsaid)


def _row(connection: Connection, study_id: int) -> Row[Any]:
    return connection.execute(select(STUDY).where(STUDY.c.id == study_id)).one()


def _is_said(connection: Connection, study: Row[Any], name: str) -> bool:
    fact = "study_id" if name == "study_identifier" else name
    statement = select(INSTANCE.c.id).where(
        INSTANCE.c.study_id == study.id,
        INSTANCE.c.is_received,
        INSTANCE.c.is_ours.is_(False),
        func.json_extract(INSTANCE.c.facts, f"$.{fact}") == getattr(study, name),
    )
    return connection.execute(statement.limit(1)).first() is not None


def _write(connection: Connection, wall: Wall, study: Row[Any], changed: Mapping[str, str]) -> None:
    wall.guard(study.hospital_id)
    if changed:
        name_keys.renew(connection, wall, study, changed)
        connection.execute(update(STUDY).where(STUDY.c.id == study.id).values(**changed))
