"""Copying the images of complete studies in HTJ2K, lossless: smaller on the way to a viewer."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from errno import errorcode
from typing import Final

from service.archive import copies_due, metadata_due, viewer_copies
from service.archive.copies_due import DueCopies
from service.archive.copy_files import CopyFiles, Written
from service.archive.store import Archive
from service.archive.studies import Study
from service.archive.viewer_copies import Made, Original, ViewerCopy
from service.dicom.pixel_layout import NoSuchFrame, PixelLayout
from service.domain.wall import HospitalId, Wall
from service.pixels.pool import DecodeFault, PixelPool

SPARE_BYTES: Final = 1 << 30
"""Room that is left above the watermark: copies must never be why a study is refused."""
KEPT_AT_ONCE: Final = 64
_ROOT: Final = "1.2.840.10008.1.2"
_COPIED: Final = frozenset({_ROOT, f"{_ROOT}.1", f"{_ROOT}.5"} | {f"{_ROOT}.4.{last}" for last in (57, 70, 80, 90)})
"""Native little endian and the lossless codecs: what is lossy stays as it came."""
_LOG: Final = logging.getLogger("consilium.copies")


class DiskNearlyFull(Exception):
    """A copy would take room that studies need, or did not get it; once there is room, opening the study asks again."""


@dataclass(frozen=True, slots=True)
class Copier:
    """Makes copies. watermark_bytes: the room on the disk below which nothing is received."""

    archive: Archive
    pixels: PixelPool
    watermark_bytes: int

    def make_copies(self, wall: Wall) -> bool:
        """Copy the images of the study that has waited longest; False where none waits."""
        with self.archive.read() as connection:
            due = copies_due.first(connection, wall)
            found = () if due is None else viewer_copies.missing(connection, wall, due.study_id)
        if due is None:
            return False
        try:
            kept = self._copy(wall, due, [each for each in found if each.transfer_syntax_uid in _COPIED])
        except DiskNearlyFull as fault:
            _LOG.warning("viewer copies of a study are left out: %s", fault)
        else:
            if found:
                _LOG.info("%d of %d images without a viewer copy have one now", kept, len(found))
            with self.archive.write() as connection:
                viewer_copies.looked_after(connection, wall, due.hospital, due.study_id)
        with self.archive.write() as connection:
            copies_due.done(connection, wall, due)
        return True

    def _copy(self, wall: Wall, due: DueCopies, wanted: Sequence[Original]) -> int:
        """Copy what can be copied, kept a few at a time; returns how many. Raises DiskNearlyFull."""
        kept = 0
        for at in range(0, len(wanted), KEPT_AT_ONCE):
            made = list[Made]()
            try:
                for original in wanted[at : at + KEPT_AT_ONCE]:
                    made.extend(self._made(due.hospital, original))
            finally:
                self._keep(wall, due, made)
            kept += len(made)
        return kept

    def _keep(self, wall: Wall, due: DueCopies, made: Sequence[Made]) -> None:
        """Serve copies from now on, and have the metadata say so."""
        if not made:
            return
        with self.archive.write() as connection:
            viewer_copies.keep(connection, wall, due.hospital, made)
            viewer_copies.looked_after(connection, wall, due.hospital, due.study_id)
            metadata_due.want(connection, wall, due.hospital, due.study_id)

    def _made(self, hospital: HospitalId, original: Original) -> Iterator[Made]:
        """The copy of one image; nothing where it is of a kind that is not copied. Raises DiskNearlyFull."""
        if original.layout is None:
            return
        if self.archive.free_bytes() < self.watermark_bytes + SPARE_BYTES:
            raise DiskNearlyFull("less than a GiB is left above the watermark; make room, then open the study again")
        layout = PixelLayout.from_json(original.layout)
        path = self.archive.objects.path(hospital, original.object_name)
        numbers = range(1, layout.frame_count + 1)
        codestreams = (self.pixels.copy(path, number, layout.whole_bytes(number)) for number in numbers)
        try:
            written = CopyFiles(self.archive.folder).write(hospital, original.object_name, codestreams)
        except (DecodeFault, NoSuchFrame) as fault:
            _LOG.info("an image has no viewer copy: %s", fault)
            return
        except OSError as fault:
            seen = errorcode.get(fault.errno or 0, type(fault).__name__)
            raise DiskNearlyFull(f"the disk did not take a copy ({seen}); make room") from fault
        yield Made(original.object_name, ViewerCopy(written.name, _layout(written)), written.size_bytes)


def ask_when_opened(archive: Archive, wall: Wall, study: Study) -> None:
    """Have a study copied that somebody opens and that was not: it came before the setting, or lost its copies."""
    with archive.read() as connection:
        wanting = copies_due.is_wanting(connection, wall, study.id)
    if wanting:
        with archive.write() as connection:
            copies_due.want(connection, wall, study.hospital, study.id)


def remove_dropped(archive: Archive, wall: Wall) -> bool:
    """Remove files of copies that are served no more; False where there are none."""
    with archive.read() as connection:
        files = copies_due.dropped(connection, wall)
    if not files:
        return False
    folder = CopyFiles(archive.folder)
    for hospital, name in files:
        folder.remove(hospital, name)
    with archive.write() as connection:
        copies_due.removed(connection, wall, files)
    return True


def _layout(written: Written) -> str:
    frames = written.frames
    layout = PixelLayout((0, written.size_bytes), len(frames), fragments=frames, firsts=tuple(range(len(frames))))
    return layout.to_json().decode()
