"""Instances as received: indexing one, its study and series with it, and finding the bytes again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, exists, select, update

from service.archive import (
    associations,
    name_keys,
    own_instances,
    quarantine,
    returns,
    study_description,
    viewer_copies,
)
from service.archive.events import Detail, EventKind, Subject, append, within
from service.archive.quarantine import DataSet, QuarantineFault, QuarantineState
from service.archive.reading_tables import EXAMINATION
from service.archive.store import CLOCK, now
from service.archive.tables import ASSOCIATION_STUDY, INSTANCE, RESULT, SERIES, STUDY
from service.dicom.header import HeaderFacts
from service.domain.completion import LONGEST_QUIET_S, meets_count
from service.domain.examination import ExaminationWord, is_signed_for_all
from service.domain.returning import Reopening
from service.domain.study import STUDY as STUDY_LIFECYCLE
from service.domain.study import StudyEvent, StudyState, opens_revision
from service.domain.wall import HospitalId, Wall


class Indexed(StrEnum):
    """What indexing an arrival came to."""

    NEW = "new"
    IDENTICAL = "identical instance already held"
    CONFLICTING = "another data set is held under this SOP Instance UID"
    DISCARDED = "another data set is held under this SOP Instance UID, and a person discarded this one before"
    ERASED = "the study was erased"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A data set on its way into the index, and who brought it."""

    data_set: DataSet
    calling_ae: str
    association_id: str | None


@dataclass(frozen=True, slots=True)
class Indexing:
    """What indexing came to, and the study it opened, if it was the study's first instance."""

    verdict: Indexed
    opened_study_id: int | None = None


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """An instance as served."""

    id: int
    hospital: HospitalId
    study_id: int
    series_id: int
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    sha256: str
    object_name: str
    size_bytes: int
    is_image: bool
    is_ours: bool
    revision: int
    facts: HeaderFacts


# Run for every instance that arrives, so what they say is built once and asked in one go: the writer is one for all.
_MOMENT: Final = select(CLOCK.label("moment")).subquery("clock")
_KNOWN: Final = select(
    _MOMENT.c.moment,
    INSTANCE.c.object_name.label("held_object"),
    INSTANCE.c.is_received,
    SERIES.c.id.label("series_id"),
    exists().where(RESULT.c.sop_instance_uid == bindparam("sop_instance")).label("is_ours"),
    exists()
    .where(ASSOCIATION_STUDY.c.association_id == bindparam("association"), ASSOCIATION_STUDY.c.study_id == STUDY.c.id)
    .label("is_carried"),
    EXAMINATION.c.word,
    EXAMINATION.c.is_open,
    STUDY,
).select_from(
    _MOMENT.outerjoin(
        STUDY,
        and_(STUDY.c.hospital_id == bindparam("hospital"), STUDY.c.study_instance_uid == bindparam("study")),
    )
    .outerjoin(EXAMINATION, EXAMINATION.c.study_id == STUDY.c.id)
    .outerjoin(SERIES, and_(SERIES.c.study_id == STUDY.c.id, SERIES.c.series_instance_uid == bindparam("series")))
    .outerjoin(
        INSTANCE,
        and_(INSTANCE.c.hospital_id == bindparam("hospital"), INSTANCE.c.sop_instance_uid == bindparam("sop_instance")),
    )
)
_MOVE_STUDY: Final = update(STUDY).where(STUDY.c.id == bindparam("of_study"))
_COUNT_IN_SERIES: Final = (
    update(SERIES).where(SERIES.c.id == bindparam("of_series")).values(instance_count=SERIES.c.instance_count + 1)
)
_INSERT: Final = INSTANCE.insert().inline()


def index(connection: Connection, wall: Wall, arrival: Arrival) -> Indexing:
    """Index an arrival, once: a repeated identical one changes nothing, a conflicting one goes to quarantine.

    The hospital may answer a return by sending the same again: that opens the examination, and is all it does.
    """
    wall.guard(arrival.data_set.hospital)
    known = _known(connection, arrival)
    if known.held_object is not None and not known.is_received:
        own_instances.give_way(connection, wall, arrival.data_set.hospital, arrival.data_set.sop_instance_uid)
        known = _known(connection, arrival)
    if known.held_object == arrival.data_set.object_name:
        if arrival.data_set.is_image and not known.is_ours:
            returns.reopen(connection, wall, _subject(known), Reopening.IMAGES)
        return Indexing(Indexed.IDENTICAL)
    if known.held_object is not None:
        state = quarantine.hold(connection, wall, arrival.data_set)
        return Indexing(Indexed.DISCARDED if state is QuarantineState.DISCARDED else Indexed.CONFLICTING)
    return _add(connection, wall, arrival, known)


def _known(connection: Connection, arrival: Arrival) -> Row[Any]:
    """What the rows say of an arrival, and the moment.

    The study's row (None in each column where there is none yet), the series' id, which object is held under the UID,
    whether we issued the UID, whether the association carried the study before, and how the examination stands.
    """
    return connection.execute(
        _KNOWN,
        {
            "hospital": arrival.data_set.hospital,
            "study": arrival.data_set.study_instance_uid,
            "series": arrival.data_set.series_instance_uid,
            "sop_instance": arrival.data_set.sop_instance_uid,
            "association": arrival.association_id,
        },
    ).one()


def _add(connection: Connection, wall: Wall, arrival: Arrival, known: Row[Any]) -> Indexing:
    is_image = arrival.data_set.is_image and not known.is_ours
    study = known if known.id is not None else _opened(connection, wall, arrival, known.moment)
    if study.state == StudyState.ERASED:
        return Indexing(Indexed.ERASED)
    revision = _received(
        connection, wall, study, arrival, StudyEvent.IMAGE_STORED if is_image else StudyEvent.OTHER_STORED
    )
    series_id = _series(connection, study, arrival)
    connection.execute(
        _INSERT,
        {
            "hospital_id": arrival.data_set.hospital,
            "study_id": study.id,
            "series_id": series_id,
            "sop_instance_uid": arrival.data_set.sop_instance_uid,
            "sop_class_uid": arrival.data_set.sop_class_uid,
            "transfer_syntax_uid": arrival.data_set.transfer_syntax_uid,
            "sha256": arrival.data_set.sha256,
            "object_name": arrival.data_set.object_name,
            "size_bytes": arrival.data_set.size_bytes,
            "instance_number": arrival.data_set.facts.instance_number,
            "facts": arrival.data_set.facts.to_json(),
            "is_image": is_image,
            "is_ours": known.is_ours,
            "is_received": True,
            "revision": revision,
            "received_at": known.moment,
        },
    )
    if arrival.association_id is not None and not study.is_carried:
        associations.carried(connection, arrival.association_id, study.id)
    if is_image and known.word and is_signed_for_all(ExaminationWord(known.word), is_open=known.is_open):
        append(connection, wall, EventKind.STUDY_LATE_IMAGES, _subject(study), {"revision": revision})
    return Indexing(Indexed.NEW, opened_study_id=study.id if study.instance_count == 0 else None)


def _opened(connection: Connection, wall: Wall, arrival: Arrival, moment: float) -> Row[Any]:
    """Have a row for the study of its first instance; returns what is known now."""
    connection.execute(
        STUDY.insert().values(
            hospital_id=arrival.data_set.hospital,
            study_instance_uid=arrival.data_set.study_instance_uid,
            state=StudyState.RECEIVING.value,
            revision=1,
            calling_ae=arrival.calling_ae,
            first_received_at=moment,
            quiet_since=moment,
        )
    )
    opened = _known(connection, arrival)
    append(connection, wall, EventKind.STUDY_RECEIVING, _subject(opened))
    return opened


def _subject(study: Row[Any]) -> Subject:
    return Subject(HospitalId(study.hospital_id), study_id=study.id, study_instance_uid=study.study_instance_uid)


def _received(connection: Connection, wall: Wall, study: Row[Any], arrival: Arrival, event: StudyEvent) -> int:
    """Move the study's row along for one instance; returns the revision the instance belongs to."""
    state = StudyState(study.state)
    follows = STUDY_LIFECYCLE.after(state, event)
    revision = study.revision + 1 if opens_revision(state, event) else study.revision
    image_count = study.image_count + int(event is StudyEvent.IMAGE_STORED)
    values: dict[str, object] = {
        "state": follows.value,
        "revision": revision,
        "instance_count": study.instance_count + 1,
        "image_count": image_count,
        "calling_ae": arrival.calling_ae or study.calling_ae,
    }
    if follows is StudyState.RECEIVING:
        gap_s = _gap_s(connection, study)
        counted_up = meets_count(revision, image_count, study.expected_count)
        values |= {
            "quiet_since": study.moment,
            "largest_gap_s": max(study.largest_gap_s, gap_s),
            "due_at": study.moment if study.due_at is None or counted_up else study.due_at,
            "completion_called": study.completion_called and revision == study.revision,
        }
    told: list[tuple[EventKind, Detail]] = []
    if revision != study.revision:
        told.append((EventKind.STUDY_REVISED, {"revision": revision}))
    if not _contradicts(study, arrival.data_set.facts):
        learned = study_description.learned(study, arrival.data_set.facts)
        name_keys.renew(connection, wall, study, learned)
        values |= learned
    elif not study.identity_conflict:
        values["identity_conflict"] = True
        told.append((EventKind.IDENTITY_CONFLICT, {}))
    connection.execute(_MOVE_STUDY, {"of_study": study.id, **values})
    for kind, detail in told:
        append(connection, wall, kind, _subject(study), detail)
    return int(revision)


def _gap_s(connection: Connection, study: Row[Any]) -> float:
    """How long nothing was open and nothing came; 0 inside an association, and past what quiet time could wait for."""
    gap_s: float = study.moment - study.quiet_since
    if study.is_carried or gap_s > LONGEST_QUIET_S:
        return 0.0
    return 0.0 if associations.open_count(connection, study.id, study.moment) else gap_s


def _contradicts(study: Row[Any], facts: HeaderFacts) -> bool:
    """Whether an instance names another patient than the study's other instances (AC-23)."""
    if study.instance_count == 0:
        return False
    same_id = not study.patient_id or not facts.patient_id or study.patient_id == facts.patient_id
    issuers = (study.patient_id_issuer, facts.patient_id_issuer)
    return not same_id or (all(issuers) and issuers[0] != issuers[1])


def _series(connection: Connection, study: Row[Any], arrival: Arrival) -> int:
    """Count the instance in its series, whose row is made where it is the first; returns the series' id."""
    if study.series_id is not None:
        connection.execute(_COUNT_IN_SERIES, {"of_series": study.series_id})
        return int(study.series_id)
    insert = (
        SERIES.insert()
        .values(
            hospital_id=arrival.data_set.hospital,
            study_id=study.id,
            series_instance_uid=arrival.data_set.series_instance_uid,
            instance_count=1,
            **own_instances.series_of(arrival.data_set.facts),
        )
        .returning(SERIES.c.id)
    )
    return int(connection.execute(insert).scalar_one())


def replace(connection: Connection, wall: Wall, accepted: DataSet) -> None:
    """Make accepted bytes the served ones, in the study and series that they name.

    What was served goes into quarantine, and its study is read again; a study whose images all name another patient now
    is that one's. Raises QuarantineFault.
    """
    former = by_uid(connection, wall, accepted.hospital, accepted.sop_instance_uid)
    if former is None:
        raise QuarantineFault("nothing is served under this SOP Instance UID any more; its study was erased")
    quarantine.keep_former(connection, wall, _data_set(former))
    _take_out(connection, former)
    viewer_copies.drop(connection, wall, former.hospital, former.object_name)
    _revise(connection, wall, former.study_id)
    arrival = Arrival(accepted, "", None)
    known = _known(connection, arrival)
    if _add(connection, wall, arrival, known).verdict is Indexed.ERASED:
        raise QuarantineFault("the study that this data set belongs to was erased")
    if known.id == former.study_id:
        study_description.drop_unsaid(connection, wall, former.study_id, accepted.facts)


def _take_out(connection: Connection, stored: StoredInstance) -> None:
    """Remove an instance's row; a series that has no other goes with it."""
    connection.execute(delete(INSTANCE).where(INSTANCE.c.id == stored.id))
    for table, key in ((SERIES, stored.series_id), (STUDY, stored.study_id)):
        connection.execute(update(table).where(table.c.id == key).values(instance_count=table.c.instance_count - 1))
    own_instances.drop_empty_series(connection, stored.series_id)
    connection.execute(
        update(STUDY)
        .where(STUDY.c.id == stored.study_id)
        .values(image_count=STUDY.c.image_count - int(stored.is_image))
    )


def _revise(connection: Connection, wall: Wall, study_id: int) -> None:
    """Open a revision by a person's decision: a complete study needs no quiet time for it, a receiving one does."""
    study = connection.execute(select(STUDY).where(STUDY.c.id == study_id)).one()
    state, moment = StudyState(study.state), now(connection)
    connection.execute(
        update(STUDY)
        .where(STUDY.c.id == study_id)
        .values(
            state=STUDY_LIFECYCLE.after(state, StudyEvent.IMAGE_STORED).value,
            revision=study.revision + 1,
            quiet_since=moment,
            due_at=moment,
            completion_called=study.completion_called or state is StudyState.COMPLETE,
        )
    )
    append(connection, wall, EventKind.STUDY_REVISED, _subject(study), {"revision": study.revision + 1})


def _data_set(stored: StoredInstance) -> DataSet:
    return DataSet(**{each.name: getattr(stored, each.name) for each in fields(DataSet)})


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[StoredInstance, ...]:
    """All instances of a study, by series and instance number."""
    return _instances(connection, wall, INSTANCE.c.study_id == study_id)


def of_series(connection: Connection, wall: Wall, series_id: int) -> tuple[StoredInstance, ...]:
    """All instances of a series, by instance number."""
    return _instances(connection, wall, INSTANCE.c.series_id == series_id)


def by_uid(connection: Connection, wall: Wall, hospital: HospitalId, sop_instance_uid: str) -> StoredInstance | None:
    """One instance of a hospital."""
    found = _instances(
        connection, wall, (INSTANCE.c.hospital_id == hospital) & (INSTANCE.c.sop_instance_uid == sop_instance_uid)
    )
    return found[0] if found else None


def _instances(connection: Connection, wall: Wall, condition: ColumnElement[bool]) -> tuple[StoredInstance, ...]:
    statement = (
        select(INSTANCE, STUDY.c.study_instance_uid, SERIES.c.series_instance_uid)
        .join(STUDY, STUDY.c.id == INSTANCE.c.study_id)
        .join(SERIES, SERIES.c.id == INSTANCE.c.series_id)
        .where(
            within(wall, INSTANCE.c.hospital_id),
            STUDY.c.state != StudyState.ERASED.value,
            INSTANCE.c.is_received,
            condition,
        )
        .order_by(INSTANCE.c.series_id, INSTANCE.c.instance_number, INSTANCE.c.sop_instance_uid)
    )
    return tuple(_stored(row) for row in connection.execute(statement))


def _stored(row: Row[Any]) -> StoredInstance:
    return StoredInstance(
        id=row.id,
        hospital=HospitalId(row.hospital_id),
        study_id=row.study_id,
        series_id=row.series_id,
        study_instance_uid=row.study_instance_uid,
        series_instance_uid=row.series_instance_uid,
        sop_instance_uid=row.sop_instance_uid,
        sop_class_uid=row.sop_class_uid,
        transfer_syntax_uid=row.transfer_syntax_uid,
        sha256=row.sha256,
        object_name=row.object_name,
        size_bytes=row.size_bytes,
        is_image=row.is_image,
        is_ours=row.is_ours,
        revision=row.revision,
        facts=HeaderFacts.from_json(row.facts),
    )
