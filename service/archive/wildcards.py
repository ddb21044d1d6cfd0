"""DICOM's wildcards * and ? in a query (PS3.4 C.2.2.2.4)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement


def alike(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    """That a column is like a pattern; SQL's own wildcards are plain letters in DICOM."""
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.like(escaped.replace("*", "%").replace("?", "_"), escape="\\")
