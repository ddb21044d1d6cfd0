"""What an object is made from and what comes out: facts of an analysis in, Part 10 bytes with their identity out."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from pydicom.dataset import Dataset

from models.manifest import Manifest
from service.dicom.uids import derived_uid
from service.domain.hospital import Language
from service.domain.wording import said

PRODUCT: Final = "Consilium"
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
    PDF = "PDF"
    KEY_IMAGES = "KO"
    WITHDRAWAL = "KO-withdrawn"
    PRESENTATION = "PR"


SERIES_NUMBERS: Final[dict[ObjectKind, int]] = {
    ObjectKind.SR: 9001,
    ObjectKind.SEG: 9002,
    ObjectKind.SC: 9003,
    ObjectKind.PDF: 9004,
    ObjectKind.KEY_IMAGES: 9005,
    ObjectKind.WITHDRAWAL: 9006,
    ObjectKind.PRESENTATION: 9007,
}


class CharacterSet(StrEnum):
    """How text in result objects is encoded, a setting of the hospital's PACS (AC-06)."""

    UTF_8 = "ISO_IR 192"
    GB18030 = "GB18030"


@dataclass(frozen=True, slots=True)
class Installation:
    """This centre: the secret from which UIDs derive, the serial number, the name and the full product version.

    licence_number: of its practice licence (医疗机构执业许可证登记号), which reports have to name; empty: not set.
    """

    key: bytes = field(repr=False)
    uid: str
    name: str
    product_version: str
    licence_number: str = ""


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
class Equipment:
    """What made an object (PS3.3 C.7.5.1). device_uid: None for what no package made."""

    manufacturer: str
    model_name: str
    software_versions: tuple[str, ...]
    device_uid: str | None
    contribution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyContext(ABC):
    """What every object of ours says beside its content: whose it is, of which study, when and in which language.

    sources: headers (read with stop_before_pixels) of images of the study, the first of which is repeated; text must
    not have been accessed, so that its bytes are at hand.
    peer_character_set: what the operator set for the sender, for headers that are silent or wrong (AC-33).
    """

    installation: Installation
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

    @property
    @abstractmethod
    def identity(self) -> tuple[str, ...]:
        """What the UIDs of the objects derive from, beside the installation (AC-11)."""

    @property
    @abstractmethod
    def equipment(self) -> Equipment:
        """What made the objects."""

    @property
    @abstractmethod
    def content_creator(self) -> str:
        """The person who made the content; empty where none did."""

    @abstractmethod
    def series_description(self, kind: ObjectKind) -> str:
        """What a list of series shows of an object."""

    @property
    def named_patient(self) -> Mapping[str, str]:
        """Whom the object names where it is not the first source that says so: values by keyword."""
        return {}

    def series_instance_uid(self, kind: ObjectKind) -> str:
        """The series of one kind of object (AC-11)."""
        return self._uid(kind.value, "series")

    def sop_instance_uid(self, kind: ObjectKind) -> str:
        """The instance of one kind of object (AC-11)."""
        return self._uid(kind.value, "instance")

    def inner_uid(self, kind: ObjectKind, role: str) -> str:
        """A further UID inside an object, such as its dimension organisation."""
        return self._uid(kind.value, role)

    def _uid(self, *parts: str) -> str:
        return derived_uid(self.installation.key, *self.identity, *parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultContext(StudyContext):
    """Everything about one analysis but what the package said.

    sources: of the selected series in the order of its slices; of a refused or failed analysis one header is enough.
    package_sha256: of the package's manifest in canonical JSON, which names the hash of every file.
    """

    analysis_id: str
    run: int
    package: Manifest
    package_sha256: str

    @property
    def identity(self) -> tuple[str, ...]:
        """The analysis and its run."""
        return ("analysis", self.analysis_id, str(self.run))

    @property
    def equipment(self) -> Equipment:
        """The package's version as a device."""
        return Equipment(
            manufacturer=self.package.manufacturer,
            model_name=self.package.name,
            software_versions=(
                f"{PRODUCT} {self.installation.product_version}",
                f"{self.package.name} {self.package.version}",
            ),
            device_uid=self.package.device_uid,
            contribution="Automatic analysis of the source images",
        )

    @property
    def content_creator(self) -> str:
        """Nobody."""
        return ""

    def series_description(self, kind: ObjectKind) -> str:
        """The package's title, marked as what it is."""
        return f"AI {said(self.package.title, self.language)} {kind.value}"


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
