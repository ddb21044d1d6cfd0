"""What of the running centre the room's operations use besides its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.catalogue import Catalogue
from service.flow.bell import Bell
from service.pixels.pool import PixelPool


@dataclass(frozen=True, slots=True)
class RunningCentre:
    """Handed down by whoever composes the process.

    watermark_bytes: the room on the disk below which nothing is received. dicom_bind: where the node listens now.
    node_answers: whether the node takes connections; None where nobody knows its port.
    viewer_port: where browsers reach the full viewer; None where it is not served. makes_copies: whether images are
    copied for viewers. pixels: makes pictures of stored images.
    """

    version: str
    bell: Bell
    catalogue: Catalogue
    pixels: PixelPool
    watermark_bytes: int
    dicom_bind: Callable[[], str]
    node_answers: Callable[[], bool | None]
    viewer_port: Callable[[], int | None]
    makes_copies: bool
