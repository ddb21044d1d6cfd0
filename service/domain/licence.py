"""Practice certificates: what one lets a physician sign, where, and until when."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from service.domain.wall import HospitalId

IMAGING: Final = frozenset(
    {"CR", "DX", "DR", "RG", "RF", "XA", "MG", "CT", "MR", "US", "IVUS", "NM", "PT", "IO", "PX", "BMD"}
)
"""Modalities that a radiologist reads (PS3.3 C.7.3.1.1.1; DR is not of the standard, but some devices write it)."""
_WHOLE: Final = IMAGING | {"OT", ""}
_DENTAL: Final = frozenset({"IO", "PX"})
SCOPES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "医学影像和放射治疗专业": _WHOLE,
        "医学影像与放射治疗专业": _WHOLE,
        "医学影像和放射治疗": _WHOLE,
        "口腔专业": _DENTAL,
        "radiology": _WHOLE,
        "diagnostic radiology": _WHOLE,
        "dental radiology": _DENTAL,
        "ultrasound": frozenset({"US", "IVUS"}),
    }
)
"""Registered scopes (执业范围) and the modalities of each.

Source of the scopes: 关于医师执业注册中执业范围的暂行规定 (卫医发〔2001〕169号); the modalities of each are ours.
A scope that is not here covers nothing by itself: the centre names the modalities then, as the certificate has them.
"""
_SENIOR_TITLES: Final = frozenset(
    {
        *("主治医师", "主治医生", "副主任医师", "主任医师", "副主任医生", "主任医生"),
        *("attending", "attending physician", "consultant", "consultant radiologist", "associate chief physician"),
        *("deputy chief physician", "chief physician", "specialist", "specialist physician"),
    }
)
"""Titles by which a report may be final without another's name; any other, and none, is a beginner's."""


class Withheld(StrEnum):
    """Why somebody's certificate does not let them sign."""

    NO_CERTIFICATE = "no-certificate"
    EXPIRED = "expired"
    OUT_OF_SCOPE = "out-of-scope"
    OTHER_SITE = "other-site"


@dataclass(frozen=True, slots=True)
class Examined:
    """What is to be signed, as far as a certificate is about it. modalities: of all series with images."""

    hospital: HospitalId
    modalities: frozenset[str]

    @property
    def needed(self) -> frozenset[str]:
        """The modalities a signer has to be licensed for: what lies beside radiological images asks for none."""
        return self.modalities & IMAGING or self.modalities


@dataclass(frozen=True, slots=True)
class Licence:
    """A physician's practice certificate.

    until: the last day it counts; None where it has no end. modalities: those the centre named in place of the scope's;
    None: as the scope says. sites: the hospitals whose examinations it counts for; None: every hospital of the centre.
    """

    number: str
    scope: str
    title: str
    until: date | None
    modalities: frozenset[str] | None = None
    sites: frozenset[HospitalId] | None = None

    @property
    def covers(self) -> frozenset[str]:
        """The modalities it lets its holder sign."""
        return scope_modalities(self.scope) if self.modalities is None else self.modalities

    def holds(self, on: date) -> bool:
        """Whether it counts on this day (local time)."""
        return bool(self.number) and (self.until is None or on <= self.until)

    def withheld(self, on: date, examined: Examined) -> Withheld | None:
        """Why it does not let its holder sign this examination on this day; None where it does."""
        if not self.number:
            return Withheld.NO_CERTIFICATE
        if not self.holds(on):
            return Withheld.EXPIRED
        if self.sites is not None and examined.hospital not in self.sites:
            return Withheld.OTHER_SITE
        return None if examined.needed <= self.covers else Withheld.OUT_OF_SCOPE

    @property
    def is_junior(self) -> bool:
        """Whether the title is a beginner's (初级): they write and sign, and a senior physician has to confirm it."""
        return self.title.strip().casefold() not in _SENIOR_TITLES


def same_certificate(one: str, other: str) -> bool:
    """Whether two numbers, as they were typed, are one certificate's: width, case and blanks do not matter."""
    return _bare(one) == _bare(other)


def _bare(number: str) -> str:
    return "".join(unicodedata.normalize("NFKC", number).casefold().split())


def scope_modalities(scope: str) -> frozenset[str]:
    """What a registered scope covers by itself; nothing where it is not one of SCOPES. Width and case do not matter."""
    return SCOPES.get(unicodedata.normalize("NFKC", scope).strip().casefold(), frozenset())


def modality_names(typed: Collection[str]) -> frozenset[str]:
    """Modalities as somebody typed them, in capitals and without what is empty."""
    return frozenset(each.strip().upper() for each in typed) - {""}


def practice_day(moment: float) -> date:
    """The day of a moment (seconds of the epoch) by the centre's own clock: a certificate ends at its midnight."""
    return datetime.fromtimestamp(moment, UTC).astimezone().date()
