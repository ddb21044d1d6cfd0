"""Every table of the archive, for whoever needs them all."""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

from service.archive import dicomweb_tables, people_tables, reading_tables, tables

METADATA: Final[MetaData] = tables.METADATA
TABLE_MODULES: Final = (tables, reading_tables, people_tables, dicomweb_tables)
