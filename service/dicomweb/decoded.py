"""Whole instances decoded to Explicit VR Little Endian for whoever names that syntax (PS3.18 8.7.3.5).

Nothing is held but what stands around the pixels and one frame, however many frames there are; headers are rewritten
and frames decoded in a child process. A series is tried before its answer begins: what stands around the pixels of the
first object of each syntax, and its first frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicom.pixel_layout import FramesUnclear, NoSuchFrame, PixelLayout
from service.dicom.syntaxes import EXPLICIT_VR_LITTLE_ENDIAN, transfer_syntax
from service.dicomweb.frame_bytes import FrameReader
from service.dicomweb.frame_choice import Given
from service.dicomweb.stored_bytes import layout_of, path_of
from service.pixels.around import AroundPixels
from service.pixels.pool import DecodeFault, PixelPool


@dataclass(frozen=True, slots=True)
class DecodedFile:
    """A compressed object as it goes out decoded. layout: None where it has no pixels."""

    stored: StoredFile
    layout: PixelLayout | None
    around: AroundPixels


def can_be_decoded(stored: StoredFile) -> bool:
    """Whether it is one of the syntaxes that are decoded, or needs no decoding."""
    syntax = transfer_syntax(stored.transfer_syntax_uid)
    return syntax.uid == EXPLICIT_VR_LITTLE_ENDIAN or (syntax.encapsulated and syntax.decodable)


@dataclass(frozen=True, slots=True)
class InstanceDecoder:
    """Decodes stored objects; waits for the disk and for the children that decode."""

    archive: Archive
    pool: PixelPool

    def require(self, files: Sequence[StoredFile]) -> None:
        """Try what is to be decoded, as far as that takes no longer than the answer. Raises DecodeFault."""
        firsts = {each.transfer_syntax_uid: each for each in reversed(files)}
        for uid, stored in firsts.items():
            if uid != EXPLICIT_VR_LITTLE_ENDIAN:
                next(self._frames(self.begun(stored)), None)

    def begun(self, stored: StoredFile) -> DecodedFile:
        """An object whose length is known. Raises DecodeFault, ObjectMissing."""
        layout = layout_of(self.archive, stored)
        around = self.pool.around_pixels(path_of(self.archive, stored), None if layout is None else layout.value)
        return DecodedFile(stored, layout, around)

    def pieces(self, file: DecodedFile) -> Iterator[bytes]:
        """The file, a frame a piece. Raises DecodeFault, ObjectMissing."""
        yield file.around.before
        yield from self._frames(file)
        yield file.around.behind

    def _frames(self, file: DecodedFile) -> Iterator[bytes]:
        if file.layout is None:
            return
        reader = FrameReader(self.archive, self.pool)
        for number in range(1, file.around.frames + 1):
            try:
                made = reader.frame(file.stored, file.layout, number, Given.DECODED)
            except (NoSuchFrame, FramesUnclear) as fault:
                raise DecodeFault(f"frame {number} is not there, or its bytes cannot be told apart") from fault
            if len(made) != file.around.frame_bytes:
                raise DecodeFault(f"frame {number} has {len(made)} bytes, not {file.around.frame_bytes}")
            yield made
