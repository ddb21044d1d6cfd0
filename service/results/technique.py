"""How an examination was made, read from the headers of its images (PS3.3 C.7.6.2, C.8.2.1, C.8.3.1, C.7.6.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydicom.dataset import Dataset

from models.frames import number, text_of, value_of
from service.domain.technique import Technique
from service.results.copies import decoded
from service.results.shown_window import levels

_SCOUT = "LOCALIZER"
_NONE = frozenset({"NONE", "NO", "N", "0"})
"""What scanners write into Contrast/Bolus Agent when none was given: no agent's name, and no proof of its absence."""


def techniques_of(headers: Sequence[Dataset], peer_character_set: str | None) -> tuple[Technique, ...]:
    """One technique a modality. headers: of one image a series; scouts count only where there is nothing else."""
    images = [header for header in headers if not _is_scout(header)] or list(headers)
    by_modality: dict[str, list[Dataset]] = {}
    for header in images:
        by_modality.setdefault(text_of(header, "Modality"), []).append(header)
    return tuple(
        Technique(
            modality=modality,
            slice_thickness_mm=_numbers(of_modality, "SliceThickness"),
            tube_voltage_kvp=_numbers(of_modality, "KVP"),
            field_strength_t=_numbers(of_modality, "MagneticFieldStrength"),
            contrast_agents=tuple(dict.fromkeys(_agents(of_modality, peer_character_set))),
        )
        for modality, of_modality in by_modality.items()
        if modality
    )


def _is_scout(header: Dataset) -> bool:
    stated = value_of(header, "ImageType")
    values = [stated] if isinstance(stated, str) else stated
    return isinstance(values, Iterable) and _SCOUT in [str(each).upper() for each in values]


def _numbers(headers: Iterable[Dataset], keyword: str) -> tuple[float, ...]:
    found = (number(level, keyword) for header in headers for level in levels(header))
    return tuple(dict.fromkeys(round(value, 3) for value in found if value is not None and value > 0))


def _agents(headers: Iterable[Dataset], peer_character_set: str | None) -> Iterator[str]:
    for header in headers:
        said = decoded(header, ("ContrastBolusAgent", "ContrastBolusAgentSequence"), peer_character_set)
        coded = (text_of(item, "CodeMeaning") for item in said.get("ContrastBolusAgentSequence") or ())
        for agent in (text_of(said, "ContrastBolusAgent"), *coded):
            if agent and agent.upper() not in _NONE:
                yield agent
