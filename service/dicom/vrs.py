"""Value representations (PS3.5 sections 6.2 and 7.1): how each writes its length, and which tags are sequences."""

from __future__ import annotations

from typing import Final

from pydicom.datadict import DicomDictionary  # type: ignore[attr-defined]  # pydicom re-exports it without saying so

SHORT_VRS: Final = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
"""Explicit VRs with a length of 16 bits."""

LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
"""Explicit VRs with two reserved bytes and a length of 32 bits."""

TEXT_VRS: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""VRs whose bytes depend on the Specific Character Set (PS3.5 6.1.2.3)."""

UNDEFINED_LENGTH: Final = 0xFFFFFFFF

SEQUENCE_TAGS: Final = frozenset(tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ")
"""Standard attributes that are sequences."""

PLAIN_TAGS: Final = frozenset(tag for tag, entry in DicomDictionary.items() if entry[0] != "SQ")
"""Standard attributes that are not."""


def is_vr_of_a_later_edition(vr: bytes) -> bool:
    """Whether two bytes are a VR this edition lacks; PS3.5 6.2 promises such a one a length of 32 bits."""
    return vr.isalpha() and vr.isupper()
