"""How an examination is hung when it is opened: which series in how many places, a prior beside, scrolled together.

A protocol is kept for a kind of examination; the built-in ones hold where a reader has none of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models.body_parts import regions
from models.windows import PRESETS, Preset, Window, preset_for
from service.domain.template import X_RAY

PRIOR_WITHIN_YEARS: Final = 2
"""An older examination is found by key, it does not hang by itself."""


class HangingFault(Exception):
    """Base, never raised itself: a protocol cannot be kept as asked; nothing was changed."""


class PlacesMismatch(HangingFault):
    """A layout has as many places as its name says, and something hangs in one of them at least."""


class HungLayout(StrEnum):
    """Places side by side, columns by rows as the page writes them."""

    ONE = "1x1"
    TWO = "1x2"
    FOUR = "2x2"


PLACES: Final[Mapping[HungLayout, int]] = MappingProxyType({HungLayout.ONE: 1, HungLayout.TWO: 2, HungLayout.FOUR: 4})


@dataclass(frozen=True, slots=True)
class ExamKind:
    """What one protocol is for. region: as models.body_parts names them; empty where it is unknown or are several."""

    modality: str
    region: str

    @classmethod
    def of(cls, modality: str, body_part: str, description: str) -> ExamKind:
        """From what images and order say; one kind for both modalities of a radiograph."""
        named = regions(body_part) or regions(description)
        return cls("DX" if modality in X_RAY else modality, next(iter(named)) if len(named) == 1 else "")


@dataclass(frozen=True, slots=True)
class HungPlace:
    """What hangs in a place. series_description: of the series that is wanted, empty for the one that fits best.

    window: None leaves it to the images.
    """

    is_prior: bool
    series_description: str = ""
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Hung:
    """A protocol: its places one after the other, None for an empty one."""

    layout: HungLayout
    is_linked: bool
    places: tuple[HungPlace | None, ...]

    def __post_init__(self) -> None:
        if len(self.places) != PLACES[self.layout] or not any(self.places):
            raise PlacesMismatch(f"a layout {self.layout} has {PLACES[self.layout]} places, and one of them is filled")

    def without_prior(self) -> Hung:
        """The same where there is no earlier examination: no more places than are needed."""
        own = tuple(each for each in self.places if each is not None and not each.is_prior) or (
            HungPlace(is_prior=False),
        )
        layout = next(each for each, count in PLACES.items() if count >= len(own))
        return Hung(layout, self.is_linked, own + (None,) * (PLACES[layout] - len(own)))


@dataclass(frozen=True, slots=True)
class HangableSeries:
    """A series with images."""

    uid: str
    modality: str
    description: str
    body_part: str
    image_count: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier examination of the patient. study_date: YYYYMMDD, empty where the images do not say."""

    uid: str
    study_date: str
    description: str
    series: tuple[HangableSeries, ...]


@dataclass(frozen=True, slots=True)
class Hanging:
    """A series in its place, with the window it opens in; None: that of its images."""

    series: HangableSeries
    is_prior: bool
    window: Window | None


_WINDOW_OF_REGION: Final = MappingProxyType({"chest": Preset.LUNG, "head": Preset.BRAIN})


def built_in(kind: ExamKind) -> Hung:
    """Chest CT beside its prior in the lung window, head CT in the brain window, everything else as it comes."""
    if kind.modality != "CT" or kind.region not in _WINDOW_OF_REGION:
        return Hung(HungLayout.ONE, is_linked=True, places=(HungPlace(is_prior=False),))
    window = PRESETS[_WINDOW_OF_REGION[kind.region]]
    own, beside = HungPlace(is_prior=False, window=window), HungPlace(is_prior=True, window=window)
    if kind.region == "chest":
        return Hung(HungLayout.TWO, is_linked=True, places=(own, beside))
    return Hung(HungLayout.ONE, is_linked=True, places=(own,))


def prior_of(kind: ExamKind, study_date: str, earlier: Sequence[Earlier]) -> Earlier | None:
    """The newest examination of the same kind of the last two years; None where there is none, or no date."""
    now = _day(study_date)
    if now is None:
        return None
    fitting = [
        (then, each)
        for each in earlier
        if (then := _day(each.study_date)) is not None and _oldest(now) <= then < now
        if any(ExamKind.of(of.modality, of.body_part, each.description) == kind for of in each.series)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def hang(hung: Hung, own: Sequence[HangableSeries], prior: Sequence[HangableSeries]) -> tuple[Hanging | None, ...]:
    """Series in the places of a protocol, none twice; of a prior the series that is most like what hangs beside it."""
    laid: list[Hanging | None] = []
    for place in hung.places:
        offered = prior if place is not None and place.is_prior else own
        free = [each for each in offered if not any(of is not None and of.series.uid == each.uid for of in laid)]
        if place is None or not free:
            laid.append(None)
            continue
        first = next((each.series for each in laid if each is not None), None)
        laid.append(Hanging(_best(place, free, first), place.is_prior, place.window))
    return tuple(laid)


def _best(place: HungPlace, free: Sequence[HangableSeries], first: HangableSeries | None) -> HangableSeries:
    wanted = place.series_description or (first.description if place.is_prior and first is not None else "")
    named = [each for each in free if wanted and each.description.casefold() == wanted.casefold()]
    return max(named or free, key=lambda each: (_suits(each, place.window), each.image_count))


def _suits(series: HangableSeries, window: Window | None) -> bool:
    """Whether the series was reconstructed for the window it shall be shown in."""
    return window is None or PRESETS[preset_for(series.body_part, series.description, "")] == window


def _oldest(now: date) -> date:
    """The same day of the year before the last; of a 29 February the day before it."""
    year = now.year - PRIOR_WITHIN_YEARS
    return now.replace(year=year, day=28) if (now.month, now.day) == (2, 29) else now.replace(year=year)


def _day(dicom_date: str) -> date | None:
    try:
        return date.fromisoformat(dicom_date) if len(dicom_date) == 8 else None
    except ValueError:
        return None
