"""Showing our own result objects in the centre before they come home from a PACS."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from service.archive import metadata_due, own_instances, pixel_layouts
from service.archive.quarantine import DataSet
from service.dicom.part10 import split
from service.dicom.pixel_layout import PixelLayout, pixel_layout
from service.dicom.walk import walk
from service.domain.wall import HospitalId, Wall
from service.flow.receive import Received, Source, data_set_of


@dataclass(frozen=True, slots=True)
class OwnObject:
    """An object of ours as the index sees it. layout: where its pixels lie, None where it has none."""

    data_set: DataSet
    layout: PixelLayout | None


def own_object(hospital: HospitalId, part10: bytes) -> OwnObject:
    """Read an object that was just made, by the rules for what is received. Raises StructureFault, IdentityFault."""
    meta, start = split(part10)
    content = part10[start:]
    walked = walk(content, meta.transfer_syntax_uid)
    received = Received(
        source=Source(hospital, "", None),
        sop_class_uid=meta.sop_class_uid,
        sop_instance_uid=meta.sop_instance_uid,
        transfer_syntax_uid=meta.transfer_syntax_uid,
        data_set=content,
    )
    return OwnObject(data_set_of(received, walked), pixel_layout(walked, content))


def show(connection: Connection, wall: Wall, own: OwnObject) -> None:
    """Have searches and retrievals find the object, as far as the release policy lets it be seen."""
    made = own.data_set
    study_id = own_instances.add(connection, wall, made)
    if study_id is None:
        return
    metadata_due.want(connection, wall, made.hospital, study_id)
    if own.layout is not None:
        pixel_layouts.keep(connection, wall, made.hospital, made.object_name, own.layout)
