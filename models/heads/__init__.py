"""From a package's networks to its Reading: one head a kind of task.

A head is made once from a package folder, kept warm, and reads one volume at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from models.contract import Reading, Refused, Volume
from models.manifest import Manifest


class Head(Protocol):
    """What turns a volume into a reading."""

    def read(self, volume: Volume, progress: Callable[[float], None]) -> Reading | Refused:
        """Read one volume. progress: called with the share done, rising from 0 to 1, from the caller's own thread."""
        ...


def load_head(manifest: Manifest, package_folder: Path) -> Head:
    """The head the manifest names, with its networks loaded.

    Raises PackageFault when the networks or weights of the folder cannot be used. File hashes are the caller's to
    check (`models.manifest.verify_files`). Each head is imported only when a package asks for it.
    """
    if manifest.runtime.head == "threshold":
        from models.heads.threshold import ThresholdHead  # noqa: PLC0415 - only packages that name it pay for it

        return ThresholdHead(manifest)
    from models.heads.nodule_detection import NoduleDetectionHead  # noqa: PLC0415 - imports torch

    return NoduleDetectionHead.load(manifest, package_folder)
