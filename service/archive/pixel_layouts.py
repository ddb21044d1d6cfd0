"""Where the pixels of a stored object lie, kept when it is received."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from service.archive.dicomweb_tables import PIXEL_LAYOUT
from service.dicom.pixel_layout import PixelLayout
from service.domain.wall import HospitalId, Wall

_INSERT: Final = PIXEL_LAYOUT.insert().prefix_with("OR IGNORE", dialect="sqlite").inline()


def keep(connection: Connection, wall: Wall, hospital: HospitalId, object_name: str, layout: PixelLayout) -> None:
    """Keep the layout of an object's data set; of the same object once."""
    wall.guard(hospital)
    connection.execute(
        _INSERT, {"hospital_id": hospital, "object_name": object_name, "layout": layout.to_json().decode()}
    )
