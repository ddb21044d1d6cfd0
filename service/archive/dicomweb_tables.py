"""Tables that only make DICOMweb fast: where pixels lie, counts of studies, what is made ready, what was copied."""

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

VIEWER_COPY: Final = Table(
    "viewer_copy",
    METADATA,
    Column("hospital_id", String, ForeignKey("hospital.id"), primary_key=True),
    Column("object_name", String, primary_key=True),
    Column("copy_name", String, nullable=False),
    Column("layout", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Of an object's bytes the copy in HTJ2K: the file that holds it, and where each frame lies in that."""

COPY_DROPPED: Final = Table(
    "copy_dropped",
    METADATA,
    Column("hospital_id", String, ForeignKey("hospital.id"), primary_key=True),
    Column("copy_name", String, primary_key=True),
    sqlite_with_rowid=False,
)
"""Files of copies that no row names any more and that are still to be removed."""

COPIES_DUE: Final = Table(
    "copies_due",
    METADATA,
    Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
    Column("hospital_id", String, ForeignKey("hospital.id"), nullable=False),
    Column("since", Float, nullable=False),
)
"""Studies whose images are to be copied."""

STUDY_COPIED: Final = Table(
    "study_copied",
    METADATA,
    Column("study_id", Integer, ForeignKey("study.id"), primary_key=True),
    Column("hospital_id", String, ForeignKey("hospital.id"), nullable=False),
    Column("copied_at", Float, nullable=False),
)
"""Studies whose images were copied, and when that last changed; none where copies were removed."""
