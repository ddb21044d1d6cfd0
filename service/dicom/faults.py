"""What can be wrong with the structure of a data set, and how the sender is told (AC-22)."""

from __future__ import annotations

from typing import ClassVar

MAX_COMMENT_LENGTH = 64


def tag_text(tag: int) -> str:
    """A tag as people write it: (7FE0,0010)."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


class StructureFault(Exception):
    """Base, never raised itself: the bytes are not a data set that can be stored.

    As text it is the response's Error Comment (0000,0902): ASCII, at most 64 characters. offset: of the element in the
    data set (the inflated one where it is deflated). tag: of the element, None where there is none.
    status: the C-STORE response (PS3.4 B.2.3).
    """

    status: ClassVar[int] = 0xC000

    def __init__(self, sentence: str, offset: int = 0, tag: int | None = None) -> None:
        super().__init__(sentence, offset, tag)
        self.sentence = sentence
        self.offset = offset
        self.tag = tag

    def __str__(self) -> str:
        place = f"at {self.offset}" if self.tag is None else f"{tag_text(self.tag)} at {self.offset}"
        return f"{place}: {self.sentence}"[:MAX_COMMENT_LENGTH]


class TruncatedFault(StructureFault):
    """A length runs past the end of its parent or of the data set, or the data set ends before it is whole."""

    status = 0xC001


class UnparsableFault(StructureFault):
    """The bytes cannot be read as data elements under their transfer syntax."""


class TooDeepFault(StructureFault):
    """Sequences are nested deeper than any real object: readers behind us would fall over it."""


class TooLargeFault(StructureFault):
    """More elements, or more inflated bytes, than any real object: a bomb."""
