"""The short lists a reader chooses from when a finding is added or corrected: types and places of a body region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from models.body_parts import regions
from models.contract import LEFT, LOWER_LOBE, LUNG, MASS, MIDDLE_LOBE, NODULE, RIGHT, UPPER_LOBE, Code
from service.domain.codes import (
    ABDOMEN,
    ANEURYSM,
    BRAIN,
    CYST,
    GROUND_GLASS_OPACITY,
    HEMORRHAGE,
    INTRACRANIAL_HEMORRHAGE,
    KIDNEY,
    LESION,
    LIVER,
    LYMPHADENOPATHY,
    MEDIASTINUM,
    PANCREAS,
    PLEURA,
    PLEURAL_EFFUSION,
    PNEUMOTHORAX,
    RIB,
    SKULL,
    SPINE,
    SPLEEN,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A site with its side; laterality None where the site has none or lies in the middle."""

    site: Code
    laterality: Code | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What can be chosen, the most usual first."""

    types: tuple[Code, ...]
    places: tuple[Place, ...]


def _both(site: Code) -> tuple[Place, Place]:
    return Place(site, RIGHT), Place(site, LEFT)


_OF_REGION: Final[Mapping[str, Vocabulary]] = {
    "chest": Vocabulary(
        (NODULE, MASS, GROUND_GLASS_OPACITY, PLEURAL_EFFUSION, PNEUMOTHORAX, LYMPHADENOPATHY, CYST, LESION),
        (
            Place(UPPER_LOBE, RIGHT),
            Place(MIDDLE_LOBE, RIGHT),
            Place(LOWER_LOBE, RIGHT),
            Place(UPPER_LOBE, LEFT),
            Place(LOWER_LOBE, LEFT),
            *_both(LUNG),
            *_both(PLEURA),
            Place(MEDIASTINUM),
            *_both(RIB),
            Place(SPINE),
        ),
    ),
    "head": Vocabulary(
        (INTRACRANIAL_HEMORRHAGE, MASS, ANEURYSM, CYST, LESION), (*_both(BRAIN), Place(BRAIN), Place(SKULL))
    ),
    "abdomen": Vocabulary(
        (LESION, MASS, CYST, NODULE, HEMORRHAGE, LYMPHADENOPATHY, ANEURYSM),
        (Place(LIVER), *_both(KIDNEY), Place(SPLEEN), Place(PANCREAS), Place(ABDOMEN), Place(SPINE)),
    ),
}


def vocabulary(body_parts: Iterable[str]) -> Vocabulary:
    """What can be chosen for images of these Body Parts Examined; all of it where they name no region of the table."""
    named = frozenset[str]().union(*(regions(each) for each in body_parts))
    chosen = [of_region for region, of_region in _OF_REGION.items() if region in named] or list(_OF_REGION.values())
    return Vocabulary(
        tuple(dict.fromkeys(code for each in chosen for code in each.types)),
        tuple(dict.fromkeys(place for each in chosen for place in each.places)),
    )
