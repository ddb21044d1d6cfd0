"""Which study a folder holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from service.demo.centre import DemoFault


def main_study(folder: Path) -> str:
    """The Study Instance UID that most files below a folder carry. Raises DemoFault when no file names one."""
    if not folder.exists():
        raise DemoFault(f"{folder} does not exist")
    if not folder.is_dir():
        raise DemoFault(f"{folder} is no folder")
    counted: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        try:
            header = dcmread(path, stop_before_pixels=True, specific_tags=["StudyInstanceUID"])
        except (InvalidDicomError, OSError, ValueError, EOFError, RecursionError, MemoryError):
            continue
        uid = str(header.get("StudyInstanceUID", ""))
        if uid:
            counted[uid] += 1
    if not counted:
        raise DemoFault(f"{folder} holds no DICOM file that names a study")
    return counted.most_common(1)[0][0]
