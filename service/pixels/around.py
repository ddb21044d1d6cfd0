"""What stands around the pixels of an object that is decoded, as the child that read it hands it over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AroundPixels:
    """What stands around the pixels of a file, and how long these are.

    before: from the preamble to the header of Pixel Data. behind: from the padding byte of odd pixels on. frames: 0
    where there are no pixels.
    """

    before: bytes
    behind: bytes
    frames: int
    frame_bytes: int

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""
        return len(self.before) + self.frames * self.frame_bytes + len(self.behind)
