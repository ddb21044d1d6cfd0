"""Images that a page names are images of the study it shows: what is signed points at nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from models.manifest import Text
from service.access.problems import INVALID_REQUEST, Problem
from service.api.room.finding_shapes import PlaceBody
from service.api.room.report_shapes import KeyImageBody
from service.archive import instances
from service.archive.studies import Study
from service.domain.wall import Wall


def require_images(
    connection: Connection, wall: Wall, study: Study, named: Iterable[KeyImageBody | PlaceBody | None]
) -> None:
    """Raises Problem for an image that is none of the study's, and for a frame that the image does not have."""
    places = [each for each in named if each is not None]
    if not places:
        return
    stored = instances.of_study(connection, wall, study.id)
    frames = {each.sop_instance_uid: each.facts.number_of_frames or 1 for each in stored if each.is_image}
    for place in places:
        count = frames.get(place.sop_instance_uid)
        if count is None:
            detail = Text(
                zh=f"影像 {place.sop_instance_uid} 不属于本检查，请重新选择影像。",
                en=f"Image {place.sop_instance_uid} is none of this examination; choose one of its images.",
            )
            raise Problem(INVALID_REQUEST, detail)
        if place.frame is not None and place.frame > count:
            detail = Text(
                zh=f"影像 {place.sop_instance_uid} 共 {count} 帧，没有第 {place.frame} 帧。",
                en=f"Image {place.sop_instance_uid} has {count} frame(s), not number {place.frame}; choose another.",
            )
            raise Problem(INVALID_REQUEST, detail)
