"""Which study a folder holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from service.demo.centre import DemoFault


@dataclass(frozen=True, slots=True)
class StudyOfFolder:
    """The study with the most files below a folder."""

    study_instance_uid: str
    files: int


def main_study(folder: Path) -> StudyOfFolder:
    """Raises DemoFault when no file names a study."""
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
    uid, files = counted.most_common(1)[0]
    return StudyOfFolder(uid, files)
