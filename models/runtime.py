"""The one door to a package: instances in, what it says of them out. Packages stay loaded under a memory budget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from models.contract import Outcome, RefusalReason, Refused, SeriesFile, SeriesReading, Volume
from models.geometry import tilt_degrees
from models.heads import Head, load_head
from models.manifest import Manifest, manifest_digest, read_manifest, verify_files
from models.pixels import read_volume
from models.selection import SeriesFacts, series_geometry, unfit

DEFAULT_BUDGET_MB: Final = 8192
_VOLUME_SHARE: Final = 0.1
"""Share of the progress that reading the voxels takes, roughly."""


class HeadFailed(Exception):
    """A package's own code raised. It is given voxels and header facts, never a name, so its words may be shown."""


@dataclass(frozen=True, slots=True)
class LoadedPackage:
    """A package whose files are the manifest's own, its networks in memory."""

    manifest: Manifest
    head: Head

    def read(self, files: Sequence[SeriesFile], progress: Callable[[float], None]) -> Outcome:
        """Read one series. progress: the share done, rising from 0 to 1. Raises HeadFailed when the package breaks."""
        volume = read_volume(files)
        if isinstance(volume, Refused):
            return volume
        objection = unfit(self.manifest, _facts(volume, files)) or self._tilted(volume)
        if objection is not None:
            return objection
        progress(_VOLUME_SHARE)
        try:
            reading = self.head.read(volume, lambda share: progress(_VOLUME_SHARE + (1 - _VOLUME_SHARE) * share))
        except (OSError, MemoryError):
            raise
        except Exception as fault:
            raise HeadFailed(f"{type(fault).__name__}: {fault}") from fault
        if isinstance(reading, Refused):
            return reading
        return SeriesReading(
            reading, volume.series_instance_uid, volume.frame_of_reference_uid, volume.grid, volume.sources
        )

    def _tilted(self, volume: Volume) -> Refused | None:
        most_deg, seen_deg = self.manifest.intended_use.max_gantry_tilt_deg, tilt_degrees(volume.grid)
        if seen_deg <= most_deg:
            return None
        detail = f"the gantry was tilted by {seen_deg:.1f} degrees; the package asks for at most {most_deg:g}"
        return Refused(RefusalReason.GANTRY_TILT, detail)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A package folder as it looked: the digest of its manifest, and of each file its size and time of change."""

    folder: Path
    digest: str
    stamps: tuple[tuple[str, int, int], ...]

    @classmethod
    def of(cls, folder: Path, manifest: Manifest) -> _Seen:
        there = [(name, (folder / name).stat()) for name in sorted(manifest.files) if (folder / name).is_file()]
        stamps = tuple((name, status.st_size, status.st_mtime_ns) for name, status in there)
        return cls(folder, manifest_digest(folder), stamps)


class Runtime:
    """Loaded packages, the least recently used of which make room. memory_budget_mb: by what manifests declare."""

    def __init__(self, memory_budget_mb: int = DEFAULT_BUDGET_MB) -> None:
        self._budget_mb = memory_budget_mb
        self._loaded: OrderedDict[_Seen, LoadedPackage] = OrderedDict()

    def load(self, package_folder: Path) -> LoadedPackage:
        """The package of a folder, warm when it was loaded before and lies there untouched. Raises PackageFault.

        Every file is compared with its hash in the manifest before any of them is used.
        """
        manifest = read_manifest(package_folder)
        seen = _Seen.of(package_folder, manifest)
        known = self._loaded.get(seen)
        if known is not None:
            self._loaded.move_to_end(seen)
            return known
        verify_files(package_folder, manifest)
        self._make_room(package_folder, manifest.runtime.memory_mb)
        loaded = LoadedPackage(manifest, load_head(manifest, package_folder))
        self._loaded[seen] = loaded
        return loaded

    def read(self, package_folder: Path, files: Sequence[SeriesFile], progress: Callable[[float], None]) -> Outcome:
        """Read one series with a package. Raises PackageFault, HeadFailed."""
        return self.load(package_folder).read(files, progress)

    def _make_room(self, package_folder: Path, wanted_mb: int) -> None:
        """Let go what the folder held before, then packages until the new one fits or none is left: one always runs."""
        for seen in [seen for seen in self._loaded if seen.folder == package_folder]:
            del self._loaded[seen]
        while self._loaded and self._held_mb() + wanted_mb > self._budget_mb:
            self._loaded.popitem(last=False)

    def _held_mb(self) -> int:
        return sum(package.manifest.runtime.memory_mb for package in self._loaded.values())


def read(package_folder: Path, files: Sequence[SeriesFile], progress: Callable[[float], None]) -> Outcome:
    """Read one series with a package that stays warm in this process: for evaluation, replay and notebooks."""
    return _shared().read(package_folder, files, progress)


@lru_cache(maxsize=1)
def _shared() -> Runtime:
    return Runtime()


def _facts(volume: Volume, files: Sequence[SeriesFile]) -> SeriesFacts:
    """What the gate looks at, now from the voxels' own grid; image types were judged when the series was chosen."""
    grid, acquisition = volume.grid, volume.acquisition
    levels = np.zeros((grid.shape[0], 3))
    levels[:, 0] = np.arange(grid.shape[0])
    along_row, along_column = (
        np.asarray(step) / length
        for step, length in ((grid.column_step_mm, grid.spacing_mm[2]), (grid.row_step_mm, grid.spacing_mm[1]))
    )
    spacing_mm, extent_mm, orientation = series_geometry(grid.lps_mm(levels).tolist(), [*along_row, *along_column])
    return SeriesFacts(
        series_instance_uid=volume.series_instance_uid,
        modality=acquisition.modality,
        sop_class_uids=frozenset(source.sop_class_uid for source in volume.sources),
        image_types=frozenset(),
        slice_thickness_mm=acquisition.slice_thickness_mm,
        slice_spacing_mm=spacing_mm,
        kernel=acquisition.kernel,
        orientation=orientation,
        instance_count=len(files),
        image_count=grid.shape[0],
        extent_mm=extent_mm,
        patient_age_years=acquisition.patient_age_years,
        patient_sex=acquisition.patient_sex,
        body_part=acquisition.body_part or "",
        lossy=acquisition.lossy,
        description="",
    )
