"""How an examination was made, in the words of a report: what the images say, and that they do not say it (AC-79)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.manifest import Text
from service.domain.hospital import Language
from service.domain.wording import figures, said

_MODALITIES: Final[Mapping[str, Text]] = {
    "CT": Text(zh="CT", en="CT"),
    "MR": Text(zh="磁共振（MR）", en="MR"),
    "CR": Text(zh="X 线摄影（CR）", en="radiography (CR)"),
    "DX": Text(zh="数字 X 线摄影（DX）", en="digital radiography (DX)"),
    "MG": Text(zh="乳腺 X 线摄影（MG）", en="mammography (MG)"),
    "RF": Text(zh="X 线透视（RF）", en="fluoroscopy (RF)"),
    "XA": Text(zh="血管造影（XA）", en="angiography (XA)"),
    "US": Text(zh="超声（US）", en="ultrasound (US)"),
    "NM": Text(zh="核医学（NM）", en="nuclear medicine (NM)"),
    "PT": Text(zh="PET", en="PET"),
}
_THICKNESS: Final = Text(zh="层厚", en="slice thickness")
_VOLTAGE: Final = Text(zh="管电压", en="tube voltage")
_FIELD: Final = Text(zh="场强", en="field strength")
_CONTRAST: Final = Text(zh="对比剂", en="contrast agent")
_NOT_STATED: Final = Text(zh="未注明", en="not stated")
_BETWEEN: Final = Text(zh="；", en="; ")
_AND: Final = Text(zh="、", en=", ")


@dataclass(frozen=True, slots=True)
class Technique:
    """What the images of one modality say of how they were made, each value once; nothing: no image says it.

    slice_thickness_mm: Slice Thickness (0018,0050). tube_voltage_kvp: KVP (0018,0060). field_strength_t: Magnetic Field
    Strength (0018,0087). contrast_agents: Contrast/Bolus Agent (0018,0010), as written there.
    """

    modality: str
    slice_thickness_mm: tuple[float, ...]
    tube_voltage_kvp: tuple[float, ...]
    field_strength_t: tuple[float, ...]
    contrast_agents: tuple[str, ...]


_Fact = Callable[[Technique, Language], str]


def technique_words(technique: Technique, language: Language) -> str:
    """One modality in one line: only what applies to it, and "not stated" where its images are silent."""
    name = said(_MODALITIES.get(technique.modality, Text(zh=technique.modality, en=technique.modality)), language)
    facts = (fact(technique, language) for fact in _FACTS.get(technique.modality, ()))
    return said(_BETWEEN, language).join((name, *facts))


def technique_lines(techniques: Sequence[Technique], language: Language) -> Iterator[str]:
    """A line a modality, in the order of their names."""
    for each in sorted(techniques, key=lambda technique: technique.modality):
        yield technique_words(each, language)


def _slice_thickness(technique: Technique, language: Language) -> str:
    return _stated(_THICKNESS, _numbers(technique.slice_thickness_mm, "mm", language), language)


def _tube_voltage(technique: Technique, language: Language) -> str:
    return _stated(_VOLTAGE, _numbers(technique.tube_voltage_kvp, "kVp", language), language)


def _field_strength(technique: Technique, language: Language) -> str:
    return _stated(_FIELD, _numbers(technique.field_strength_t, "T", language), language)


def _contrast(technique: Technique, language: Language) -> str:
    return _stated(_CONTRAST, said(_AND, language).join(technique.contrast_agents), language)


def _numbers(values: Sequence[float], unit: str, language: Language) -> str:
    return said(_AND, language).join(f"{figures(value)} {unit}" for value in sorted(values))


def _stated(label: Text, words: str, language: Language) -> str:
    """Chinese sets a blank between a word and a number or Latin letters only."""
    words = words or said(_NOT_STATED, language)
    is_joined = language is Language.ZH_CN and not words[0].isascii()
    return f"{said(label, language)}{'' if is_joined else ' '}{words}"


_FACTS: Final[Mapping[str, tuple[_Fact, ...]]] = {
    "CT": (_slice_thickness, _tube_voltage, _contrast),
    "MR": (_slice_thickness, _field_strength, _contrast),
    "PT": (_slice_thickness,),
    "CR": (_tube_voltage,),
    "DX": (_tube_voltage,),
    "MG": (_tube_voltage,),
    "RF": (_tube_voltage, _contrast),
    "XA": (_tube_voltage, _contrast),
}
"""What a modality's report tells of its technique; of one that is not here its name alone."""
