"""Person names (PS3.5 6.2.1): up to three writings of one name, each of up to five components."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_PADDING = " \0"


@dataclass(frozen=True, slots=True)
class ComponentGroup:
    """One writing of a name. Components that a writer made beyond the standard's five are kept in suffix."""

    family: str = ""
    given: str = ""
    middle: str = ""
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> ComponentGroup:
        """Read family^given^middle^prefix^suffix; blanks around components mean nothing."""
        components = [component.strip(_PADDING) for component in text.split("^", 4)]
        return cls(*components)

    def __str__(self) -> str:
        return f"{self.family}^{self.given}^{self.middle}^{self.prefix}^{self.suffix}".rstrip("^")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name in its alphabetic, ideographic and phonetic writing; NFC; empty groups where there is none."""

    alphabetic: ComponentGroup = ComponentGroup()
    ideographic: ComponentGroup = ComponentGroup()
    phonetic: ComponentGroup = ComponentGroup()

    @classmethod
    def parse(cls, text: str) -> PersonName:
        """Read a decoded value; never raises. What a writer put behind a third "=" is dropped."""
        groups = unicodedata.normalize("NFC", text).split("=")[:3]
        return cls(*(ComponentGroup.parse(group) for group in groups))

    @property
    def groups(self) -> tuple[str, str, str]:
        """The three writings as DICOM writes them, for the JSON model's Alphabetic, Ideographic and Phonetic."""
        return str(self.alphabetic), str(self.ideographic), str(self.phonetic)

    def __str__(self) -> str:
        """The value as DICOM writes it, without trailing separators."""
        return "=".join(self.groups).rstrip("=")
