"""Which series hold images: their instances' SOP Classes say so (service.dicom.sop_classes), a modality does not."""

from __future__ import annotations

from typing import Final

from sqlalchemy import exists

from service.archive.tables import INSTANCE, SERIES

HAS_IMAGES: Final = exists().where(INSTANCE.c.series_id == SERIES.c.id, INSTANCE.c.is_image, INSTANCE.c.is_received)
"""That a series holds an image that was received."""
