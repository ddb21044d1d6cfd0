"""What an object is made from and what comes out: facts of an analysis in, Part 10 bytes with their identity out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from pydicom.dataset import Dataset

from models.manifest import Manifest
from service.dicom.uids import derived_uid
from service.domain.hospital import Language

_OFFSET: Final = re.compile(r"[+-](?:0\d|1[0-4])[0-5]\d")


class EncodeFault(Exception):
    """Base, never raised itself: a result object cannot be made from what was given."""


class BadContext(EncodeFault):
    """The facts given contradict each other or are incomplete."""


class ObjectKind(StrEnum):
    """The kinds of result objects, as deliveries name them."""

    SR = "SR"
    SEG = "SEG"
    SC = "SC"


SERIES_NUMBERS: Final[dict[ObjectKind, int]] = {ObjectKind.SR: 9001, ObjectKind.SEG: 9002, ObjectKind.SC: 9003}


class CharacterSet(StrEnum):
    """How text in result objects is encoded, a setting of the hospital's PACS (AC-06)."""

    UTF_8 = "ISO_IR 192"
    GB18030 = "GB18030"


@dataclass(frozen=True, slots=True)
class Installation:
    """This centre: the secret from which UIDs derive, the serial number, the name and the full product version."""

    key: bytes = field(repr=False)
    uid: str
    name: str
    product_version: str


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the HIS asked for, as Referenced Request Sequence (0040,A370) repeats it; empty text means not given."""

    accession_number: str
    placer_order_number: str
    filler_order_number: str
    requested_procedure_id: str


@dataclass(frozen=True, slots=True)
class Moments:
    """The times that stand in the objects, all from rows and with a zone: encoding again later changes nothing.

    utc_offset: "+0800", the hospital's; the source's own Timezone Offset From UTC wins over it.
    """

    finished_at: datetime
    encoded_at: datetime
    utc_offset: str

    def __post_init__(self) -> None:
        if self.finished_at.tzinfo is None or self.encoded_at.tzinfo is None:
            raise BadContext("the times of an analysis need a zone: read them from the database as aware datetimes")
        zone(self.utc_offset)


@dataclass(frozen=True, slots=True)
class ResultContext:
    """Everything about one analysis but what the package said.

    sources: headers (read with stop_before_pixels) of the selected series in the order of its slices; of a refused or
    failed analysis one header of the study is enough; text must not have been accessed, so that its bytes are at hand.
    package_sha256: of the package's manifest in canonical JSON, which names the hash of every file.
    peer_character_set: what the operator set for the sender, for headers that are silent or wrong (AC-33).
    """

    installation: Installation
    analysis_id: str
    run: int
    package: Manifest
    package_sha256: str
    moments: Moments
    language: Language
    hospital_name: str
    order: OrderFacts | None
    sources: tuple[Dataset, ...]
    character_set: CharacterSet = CharacterSet.UTF_8
    peer_character_set: str | None = None

    def __post_init__(self) -> None:
        if not self.sources:
            raise BadContext("a result needs at least one header of the study it is about")

    def series_instance_uid(self, kind: ObjectKind) -> str:
        """The series of one kind of object of this analysis and run (AC-11)."""
        return self._uid(kind.value, "series")

    def sop_instance_uid(self, kind: ObjectKind) -> str:
        """The instance of one kind of object of this analysis and run (AC-11)."""
        return self._uid(kind.value, "instance")

    def inner_uid(self, kind: ObjectKind, role: str) -> str:
        """A further UID inside an object, such as its dimension organisation."""
        return self._uid(kind.value, role)

    def _uid(self, *parts: str) -> str:
        return derived_uid(self.installation.key, "analysis", self.analysis_id, str(self.run), *parts)


@dataclass(frozen=True, slots=True)
class EncodedObject:
    """A result object, ready to be stored. sha256: of the data set, from the first element after group 0002."""

    kind: ObjectKind
    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    transfer_syntax_uid: str
    part10: bytes = field(repr=False)
    sha256: str


def is_utc_offset(text: str) -> bool:
    """Whether a text is a Timezone Offset From UTC (0008,0201), such as +0800."""
    return _OFFSET.fullmatch(text) is not None


def zone(utc_offset: str) -> timezone:
    """The zone of a Timezone Offset From UTC. Raises BadContext."""
    if not is_utc_offset(utc_offset):
        raise BadContext(f"{utc_offset!a} is not a Timezone Offset From UTC such as +0800")
    minutes = int(utc_offset[1:3]) * 60 + int(utc_offset[3:5])
    return timezone(timedelta(minutes=-minutes if utc_offset[0] == "-" else minutes))
