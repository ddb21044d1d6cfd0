"""In which window a CT is shown whose header names none: by what was examined, not by the values it happens to hold.

Source: PS3.3 C.11.2.1.2 for what a window does; centres and widths as radiology departments set them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models.body_parts import regions


@dataclass(frozen=True, slots=True)
class Window:
    """Centre and width in Hounsfield units."""

    centre_hu: float
    width_hu: float


class Preset(StrEnum):
    """Windows by name; the reading page's buttons are called the same."""

    LUNG = "lung"
    MEDIASTINUM = "mediastinum"
    BONE = "bone"
    BRAIN = "brain"
    ABDOMEN = "abdomen"


PRESETS: Final[Mapping[Preset, Window]] = MappingProxyType(
    {
        Preset.LUNG: Window(-600, 1500),
        Preset.MEDIASTINUM: Window(40, 400),
        Preset.BONE: Window(400, 1800),
        Preset.BRAIN: Window(40, 80),
        Preset.ABDOMEN: Window(50, 350),
    }
)
SOFT_TISSUE: Final = Preset.MEDIASTINUM
"""Where nothing better is known."""
_SAID_OF_SERIES: Final = (
    (Preset.BONE, ("BONE", "骨")),
    (Preset.MEDIASTINUM, ("MEDIAST", "SOFT", "纵隔", "软组织")),
    (Preset.LUNG, ("LUNG", "肺")),
)
"""What the name of a series says of the tissue it was reconstructed for."""
_BONY: Final = ("SINUS", "TEMPORAL", "IAC", "MANDIBLE", "MAXILLA", "TEETH", "TOOTH", "DENTAL", "鼻窦", "颞骨", "牙")
"""Parts of the head of which the bone is looked at."""


def preset_for(body_part: str, series_description: str, study_description: str) -> Preset:
    """The window for a CT: what its series is named for, else its body part, else what the descriptions tell."""
    named = series_description.upper()
    for preset, words in _SAID_OF_SERIES:
        if any(word in named for word in words):
            return preset
    for text in (body_part, series_description, study_description):
        if regions(text):
            return _of_regions(regions(text), text.upper())
    return SOFT_TISSUE


def _of_regions(seen: frozenset[str], words: str) -> Preset:
    if seen == {"head"}:
        return Preset.BONE if any(word in words for word in _BONY) else Preset.BRAIN
    if seen == {"chest"}:
        return Preset.LUNG
    if seen <= {"spine", "limbs"}:
        return Preset.BONE
    if seen <= {"abdomen", "pelvis"}:
        return Preset.ABDOMEN
    return SOFT_TISSUE
