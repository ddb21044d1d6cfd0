"""The images a disagreement is about, with what both sides drew, for somebody who must not learn whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson

from models.contract import Point
from models.windows import PRESETS, SOFT_TISSUE, Preset
from service.archive import instances
from service.archive.disagreements import Disagreement
from service.archive.instances import StoredInstance
from service.archive.store import Archive
from service.domain.wall import Wall
from service.pixels.pool import PixelPool, Polygon

_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
_WITHOUT_TEXT: Final = frozenset(_STORAGE + number for number in ("2", "2.1", "4", "4.1", "128", "130"))
"""CT, MR and PET, also enhanced: slices that the scanner reconstructs. Others often have a name burned in."""
_OF_SCREENS: Final = frozenset({"SCREEN SAVE", "LOCALIZER"})


class NotShown(Exception):
    """The image is not shown to somebody who must not learn whose it is."""


class Window(StrEnum):
    """By which values a picture is made; OWN: as the image says."""

    LUNG = "lung"
    SOFT = "soft"
    BONE = "bone"
    OWN = "own"


_PRESETS: Final = {Window.LUNG: Preset.LUNG, Window.SOFT: SOFT_TISSUE, Window.BONE: Preset.BONE}


@dataclass(frozen=True, slots=True)
class Place:
    """An image. frame_number: 1-based, None for a single-frame instance."""

    sop_instance_uid: str
    frame_number: int | None


def places(found: Disagreement) -> tuple[Place, ...]:
    """Where the package saw the finding best, then where the reader drew it; one place where that is the same."""
    said = [each for each in (found.proposed, found.event.said) if each is not None]
    seen = [Place(each.sop_instance_uid, each.frame_number) for each in said if each.sop_instance_uid is not None]
    return tuple(dict.fromkeys(seen))


@dataclass(frozen=True, slots=True)
class Pictures:
    """Makes them from the archive's objects in a pool of child processes."""

    archive: Archive
    pixels: PixelPool

    def of(self, wall: Wall, found: Disagreement, place: Place, window: Window) -> bytes:
        """A PNG of one of its places, with the package's outline there and the reader's axes there; no text on it.

        Raises NotShown, DecodeFault.
        """
        with self.archive.read() as connection:
            stored = instances.by_uid(connection, wall, found.hospital, place.sop_instance_uid)
        if stored is None or stored.study_instance_uid != found.study_instance_uid:
            raise NotShown("the image is not held any more")
        if not _is_without_text(stored):
            raise NotShown("images of this kind can carry the patient's name in their pixels")
        path = self.archive.objects.path(stored.hospital, stored.object_name)
        outlines, axes_mm = _outlines(self.archive, found, place), _axes(found, place)
        window_hu = _window_hu(window) if stored.facts.modality == "CT" else None
        return self.pixels.mark(path, place.frame_number or 1, outlines, axes_mm, window_hu)


def _window_hu(window: Window) -> tuple[float, float] | None:
    """Centre and width, as on the reading page; None: as the image says."""
    if window is Window.OWN:
        return None
    preset = PRESETS[_PRESETS[window]]
    return preset.centre_hu, preset.width_hu


def _is_without_text(stored: StoredInstance) -> bool:
    facts = stored.facts
    kinds = {each.upper() for each in facts.image_type}
    return (
        stored.sop_class_uid in _WITHOUT_TEXT
        and facts.burned_in_annotation.upper() != "YES"
        and not kinds & _OF_SCREENS
    )


def _outlines(archive: Archive, found: Disagreement, place: Place) -> tuple[Polygon, ...]:
    """Of the package's segment on this image; none where it has no outline."""
    if found.contours_object is None or found.proposed is None:
        return ()
    outlined = orjson.loads(archive.objects.load(found.hospital, found.contours_object))
    return tuple(
        tuple((column, row) for column, row in polygon)
        for each in outlined.get(found.proposed.tracking_uid, ())
        if Place(each["sop_instance_uid"], each["frame"]) == place
        for polygon in each["polygons"]
    )


def _axes(found: Disagreement, place: Place) -> tuple[tuple[Point, Point], ...]:
    """The reader's diameters, on the image they were drawn on."""
    said = found.event.said
    if said is None or said.sop_instance_uid is None or Place(said.sop_instance_uid, said.frame_number) != place:
        return ()
    return tuple((each.start_mm, each.end_mm) for each in (said.long_axis, said.short_axis) if each is not None)
