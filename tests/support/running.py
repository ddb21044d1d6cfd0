"""A centre as the room's operations know it, in a test's own process."""

from __future__ import annotations

from models.catalogue import Catalogue
from service.api.room.running import RunningCentre
from service.flow.bell import Bell, SilentBell
from service.pixels.pool import PixelPool


def running_centre(
    *,
    bell: Bell | None = None,
    catalogue: Catalogue | None = None,
    pixels: PixelPool | None = None,
    dicom_bind: str = "127.0.0.1",
    viewer_port: int | None = None,
    makes_copies: bool = False,
) -> RunningCentre:
    """Without packages and with nobody who hears the bell, unless said otherwise."""
    return RunningCentre(
        version="0.1.0",
        bell=bell or SilentBell(),
        catalogue=catalogue or Catalogue.of(()),
        pixels=pixels or PixelPool(),
        watermark_bytes=0,
        dicom_bind=lambda: dicom_bind,
        node_answers=lambda: None,
        viewer_port=lambda: viewer_port,
        makes_copies=makes_copies,
    )
