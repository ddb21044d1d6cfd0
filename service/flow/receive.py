"""Taking one instance in: walked, durable, indexed, and only then answered (AC-22 to AC-24)."""

from __future__ import annotations

import errno
import hashlib
import logging
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from sqlalchemy import Connection

from service.archive import instances, orders, pixel_layouts, quarantine, studies
from service.archive.instances import Indexed
from service.archive.objects import Part, object_name
from service.archive.store import Archive, ArchiveUnavailable
from service.dicom import hanzi
from service.dicom.faults import StructureFault
from service.dicom.header import header_facts
from service.dicom.part10 import file_header
from service.dicom.pixel_layout import PixelLayout, pixel_layout
from service.dicom.sop_classes import is_image
from service.dicom.uids import IdentityFault
from service.dicom.walk import Walked, identity, walk
from service.dicom.walker import Buffer
from service.domain.wall import HospitalId, Wall
from service.flow.group_commit import GroupCommit

DEFAULT_WATERMARK_BYTES: Final = 1 << 30
_LOG: Final = logging.getLogger("consilium.receive")
_WALL: Final = Wall.system("receive")


class StoreStatus(IntEnum):
    """C-STORE response statuses (PS3.4 B.2.3 and AC-22); the C11x are ours and listed in the conformance statement."""

    SUCCESS = 0x0000
    OUT_OF_RESOURCES = 0xA700
    DOES_NOT_MATCH = 0xA900
    CANNOT_UNDERSTAND = 0xC000
    TRUNCATED = 0xC001
    CONFLICT_QUARANTINED = 0xC111
    STUDY_ERASED = 0xC112
    PROCESSING_FAILURE = 0x0110


@dataclass(frozen=True, slots=True)
class Source:
    """Who sent an instance, and over which association (None when it came another way)."""

    hospital: HospitalId
    calling_ae: str
    association_id: str | None


@dataclass(frozen=True, slots=True)
class Received:
    """One instance as it came over the wire; the UIDs and the syntax are the command's and the context's.

    study_instance_uid: the study it must belong to, where the sender named one beside the data set (STOW-RS).
    """

    source: Source
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: Buffer
    study_instance_uid: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender is told; comment is ASCII, 64 characters at most (0000,0902). stored: where a success is kept."""

    status: StoreStatus
    comment: str = ""
    stored: quarantine.DataSet | None = None


class Receiver:
    """The one way in. Success means: bytes and row are on the disk."""

    def __init__(self, archive: Archive, commits: GroupCommit, watermark_bytes: int = DEFAULT_WATERMARK_BYTES) -> None:
        self._archive = archive
        self._commits = commits
        self._watermark_bytes = watermark_bytes
        hanzi.load()  # now, not in the transaction that indexes the first name

    def receive(self, received: Received) -> Receipt:
        """Take one instance in, or say why not; whatever happens, nothing half-received is left."""
        try:
            return self._receive(received)
        except StructureFault as fault:
            return Receipt(StoreStatus(fault.status), str(fault))
        except IdentityFault as fault:
            return Receipt(StoreStatus.DOES_NOT_MATCH, str(fault)[:64])
        except ArchiveUnavailable:
            return Receipt(StoreStatus.OUT_OF_RESOURCES, "database not available, send again later")
        except OSError as fault:
            if fault.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}:
                raise
            return Receipt(StoreStatus.OUT_OF_RESOURCES, "storage not available, send again later")

    def _receive(self, received: Received) -> Receipt:
        if self._archive.free_bytes() < self._watermark_bytes + len(received.data_set):
            return Receipt(StoreStatus.OUT_OF_RESOURCES, "disk nearly full, send again later")
        walked = walk(received.data_set, received.transfer_syntax_uid)
        data_set = data_set_of(received, walked)
        header = file_header(
            sop_class_uid=data_set.sop_class_uid,
            sop_instance_uid=data_set.sop_instance_uid,
            transfer_syntax_uid=received.transfer_syntax_uid,
            source_ae_title=received.source.calling_ae,
        )
        part = self._archive.objects.receive(header, received.data_set)
        try:
            return self._index(received, data_set, part, pixel_layout(walked, received.data_set))
        finally:
            self._archive.objects.drop(part)

    def _index(
        self, received: Received, data_set: quarantine.DataSet, part: Part, layout: PixelLayout | None
    ) -> Receipt:
        hospital = received.source.hospital
        self._archive.objects.name(part, hospital, data_set.object_name)
        arrival = instances.Arrival(data_set, received.source.calling_ae, received.source.association_id)
        indexed = self._commits.submit(lambda connection: _index(connection, arrival, layout))
        if indexed is Indexed.CONFLICTING:
            return Receipt(StoreStatus.CONFLICT_QUARANTINED, "other data set held under this UID; kept in quarantine")
        if indexed is Indexed.DISCARDED:
            self._archive.objects.unlink(hospital, data_set.object_name)
            return Receipt(
                StoreStatus.CONFLICT_QUARANTINED, "other data set held under this UID; this one was discarded"
            )
        if indexed is Indexed.ERASED:
            self._archive.objects.unlink(hospital, data_set.object_name)
            return Receipt(StoreStatus.STUDY_ERASED, "study was erased; an operator has to lift that first")
        return Receipt(StoreStatus.SUCCESS, stored=data_set)


def _index(connection: Connection, arrival: instances.Arrival, layout: PixelLayout | None) -> Indexed:
    """Index an arrival; an order that waits for a new study joins it in the same transaction."""
    indexing = instances.index(connection, _WALL, arrival)
    if layout is not None and indexing.verdict in {Indexed.NEW, Indexed.CONFLICTING}:
        pixel_layouts.keep(connection, _WALL, arrival.data_set.hospital, arrival.data_set.object_name, layout)
    if indexing.opened_study_id is not None:
        study = studies.get(connection, _WALL, indexing.opened_study_id)
        if study is not None:
            orders.join_arrived(connection, _WALL, study)
    return indexing.verdict


def data_set_of(received: Received, walked: Walked) -> quarantine.DataSet:
    """What the index keeps of an instance. Raises IdentityFault."""
    uids = identity(walked, received.sop_class_uid, received.sop_instance_uid)
    if received.study_instance_uid not in {None, uids.study_instance_uid}:
        raise IdentityFault("Study Instance UID differs from the one that was named")
    sha256 = hashlib.sha256(received.data_set).hexdigest()
    return quarantine.DataSet(
        hospital=received.source.hospital,
        study_instance_uid=uids.study_instance_uid,
        series_instance_uid=uids.series_instance_uid,
        sop_instance_uid=uids.sop_instance_uid,
        sop_class_uid=uids.sop_class_uid,
        transfer_syntax_uid=received.transfer_syntax_uid,
        sha256=sha256,
        object_name=object_name(sha256, received.transfer_syntax_uid),
        size_bytes=len(received.data_set),
        is_image=is_image(uids.sop_class_uid, has_pixel_data=walked.has_pixel_data),
        facts=header_facts(walked),
    )


def drop_left_parts(archive: Archive) -> int:
    """At start: drop what an earlier node left in incoming/; none of it was acknowledged, or its row exists.

    A part may have its name already without a row, since the row comes last: that object then has no owner and is
    overwritten by nothing, so a later arrival of the same bytes simply finds it there.
    """
    count = 0
    for part in archive.objects.left_parts():
        archive.objects.drop(part)
        count += 1
    if count:
        _LOG.info("dropped %d unacknowledged parts of an earlier run", count)
    return count
