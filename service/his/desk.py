"""What every endpoint of this edge works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.catalogue import Catalogue
from models.manifest import Manifest, Text
from service.access.auditing import EVERY_STUDY, record_read
from service.access.doors import Caller
from service.archive import manifests
from service.archive.store import Archive
from service.flow.bell import Bell, Step

STUDY: Final = Text(zh="检查", en="study")
ORDER: Final = Text(zh="申请", en="order")
ANALYSIS: Final = Text(zh="分析", en="analysis")
REPORT: Final = Text(zh="报告", en="report")
NOTICE: Final = Text(zh="危急值通知", en="notice")
RESULT: Final = Text(zh="结果对象", en="result object")
_PURPOSE: Final = "his"


@dataclass(frozen=True, slots=True)
class Desk:
    """The archive, the bell and the packages."""

    archive: Archive
    bell: Bell
    catalogue: Catalogue

    def ring(self) -> None:
        """Say that a study may be complete or wants to be looked at again."""
        self.bell.ring(Step.COMPLETE)

    def read_study(self, caller: Caller, study_instance_uid: str) -> None:
        """Put on record that a study is about to be shown."""
        record_read(self.archive, caller.wall, caller.hospital_id, subject=study_instance_uid, purpose=_PURPOSE)

    def read_list(self, caller: Caller) -> None:
        """Put on record that a list of patients is about to be shown."""
        record_read(self.archive, caller.wall, caller.hospital_id, subject=EVERY_STUDY, purpose=_PURPOSE)

    def manifest(self, caller: Caller, digest: str) -> Manifest | None:
        """The manifest of a package version that was asked, also when the centre has another one by now."""
        entry = self.catalogue.by_digest(digest)
        if entry is not None:
            return entry.manifest
        with self.archive.read() as connection:
            return manifests.get(connection, caller.wall, digest)
