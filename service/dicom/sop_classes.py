"""SOP Classes (PS3.4 annex B, PS3.6 annex A): which are stored, and which of those are images."""

from __future__ import annotations

from typing import Final

from pydicom.uid import UID_dictionary  # type: ignore[attr-defined]  # pydicom re-exports it without saying so

_STANDARD: Final = "1.2.840.10008."
_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."

# Storage Service Classes that PS3.6 numbers outside the storage root: hardcopy images and RT instructions, which belong
# to a study, and the objects of no patient (they come without a study and are then refused for that, A900).
_STORAGE_ELSEWHERE: Final = frozenset(
    {
        "1.2.840.10008.5.1.1.29",
        "1.2.840.10008.5.1.1.30",
        "1.2.840.10008.5.1.4.34.1",
        "1.2.840.10008.5.1.4.34.7",
        "1.2.840.10008.5.1.4.34.10",
        "1.2.840.10008.5.1.4.38.1",
        "1.2.840.10008.5.1.4.39.1",
        "1.2.840.10008.5.1.4.43.1",
        "1.2.840.10008.5.1.4.44.1",
        "1.2.840.10008.5.1.4.45.1",
    }
)
# Query, retrieve and creation services that PS3.6 numbers inside it.
_SERVICES_INSIDE: Final = frozenset(
    _STORAGE + number for number in ("200.4", "200.5", "200.6", "201.2", "201.3", "201.4", "201.5", "201.6")
)
_ENHANCED_US_VOLUME: Final = _STORAGE + "6.2"
# Newer than the dictionary at hand, or with pixel data and yet derived from images: neither opens a revision.
_DERIVED_WITH_PIXELS: Final = frozenset({_STORAGE + "66.7", _STORAGE + "66.8"})


def name(uid: str) -> str:
    """The SOP Class by name, for people; the UID itself where it has none."""
    known = UID_dictionary.get(uid)
    return str(known[0]) if known is not None and known[0] else uid


def is_storage(uid: str) -> bool:
    """Whether instances of this class are stored: every standard, retired, unknown or private storage class.

    What is left are the standard's other services (verification, query, worklist, print, media directory), which are
    refused by presentation context (AC-22).
    """
    if not uid.startswith(_STANDARD):
        return True
    return uid in _STORAGE_ELSEWHERE or (uid.startswith(_STORAGE) and uid not in _SERVICES_INSIDE)


def is_image_class(uid: str) -> bool:
    """Whether the standard calls this class an image: its instances must have a matrix of pixels.

    Segmentations, parametric maps, dose, presentation states and documents are none, though some have pixel data.
    """
    return uid == _ENHANCED_US_VOLUME or (is_storage(uid) and "Image Storage" in name(uid))


def is_image(uid: str, *, has_pixel_data: bool) -> bool:
    """Whether an instance is an image that a study is analysed by, and that opens a revision (design: own objects).

    A class the dictionary does not know, private or new, is an image when its data set has pixel data.
    """
    known = UID_dictionary.get(uid)
    if known is None and uid not in _DERIVED_WITH_PIXELS:
        return has_pixel_data
    return is_image_class(uid)


STORAGE_CLASSES: Final = tuple(
    sorted(uid for uid, entry in UID_dictionary.items() if entry[1] == "SOP Class" and is_storage(uid))
)
"""Every standard storage class the dictionary knows, retired ones too: what a node offers by name."""
