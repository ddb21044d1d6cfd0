"""Tables that only make DICOMweb fast: where pixels lie, how many studies there are up to where, what is made ready."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Float, ForeignKey, Integer, String, Table, Text

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

METADATA_DUE: Final = Table(
    "metadata_due",
    METADATA,
    Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
    Column("hospital_id", String, ForeignKey("hospital.id"), nullable=False),
    Column("since", Float, nullable=False),
)
"""Studies whose series metadata are to be made ready before somebody asks for them."""
