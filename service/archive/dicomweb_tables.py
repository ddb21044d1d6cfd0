"""Tables that only make DICOMweb fast: where pixels lie, and how many studies a hospital has up to where."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from service.archive.tables import METADATA

PIXEL_LAYOUT: Final = Table(
    "pixel_layout",
    METADATA,
    Column("hospital_id", String, ForeignKey("hospital.id"), primary_key=True),
    Column("object_name", String, primary_key=True),
    Column("layout", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Of an object's bytes, so it stays true whichever instance they are served as; objects without pixels have none."""

STUDY_BLOCK: Final = Table(
    "study_block",
    METADATA,
    Column("hospital_id", String, ForeignKey("hospital.id"), primary_key=True),
    Column("block", Integer, primary_key=True),
    Column("study_count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How many studies that are not erased have an id of this block (id // 1024); kept by triggers on the study's row."""
