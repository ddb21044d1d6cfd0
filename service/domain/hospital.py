"""A hospital, the senders it is known by, and which of two senders would be mistaken for each other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, NewType, TypeAlias

from service.domain.agreement import Agreement
from service.domain.wall import HospitalId

AeTitle = NewType("AeTitle", str)
Network: TypeAlias = IPv4Network | IPv6Network
LOOPBACK: Final[tuple[Network, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_AE_TITLE: Final = re.compile(r"[\x20-\x5b\x5d-\x7e]{1,16}")


class HospitalFault(Exception):
    """Base, never raised itself: a hospital cannot be set up as asked."""


class MalformedSetting(HospitalFault):
    """A title, network, address or name is not well formed."""


class NetworkMissing(MalformedSetting):
    """The node can be reached from other machines, and nobody said from which network the hospital calls."""


class SendersOverlap(HospitalFault):
    """Two hospitals' senders could not be told apart. hospital: the name of the one that has the sender already."""

    def __init__(self, words: str, hospital: str) -> None:
        super().__init__(words, hospital)
        self.hospital = hospital

    def __str__(self) -> str:
        return str(self.args[0])


class UnknownPackage(HospitalFault):
    """A package that the centre does not have."""

    def __init__(self, words: str, package: str) -> None:
        super().__init__(words, package)
        self.package = package

    def __str__(self) -> str:
        return str(self.args[0])


class Channel(StrEnum):
    """By which way results reach a hospital."""

    PACS = "pacs"
    HIS = "his"


class ReleasePolicy(StrEnum):
    """What a hospital may see of unsigned results on one channel."""

    NEVER = "never"
    AFTER_SIGNATURE = "after-signature"
    AT_ONCE = "at-once"


class Finalising(StrEnum):
    """By whose act a report is final, as the contract with the hospital says (AC-72).

    BY_SIGNATURE: whoever signs releases. BY_AUDIT: a second, senior physician audits (审核), then it is released.
    BY_AUDIT_EMERGENCIES_FIRST: the same, but an emergency is released provisionally with the signature, and audited
    within service.domain.report.AUDIT_WITHIN_S.
    """

    BY_SIGNATURE = "signature"
    BY_AUDIT = "audit"
    BY_AUDIT_EMERGENCIES_FIRST = "audit-emergencies-first"

    @property
    def asks_for_audit(self) -> bool:
        """Whether a second physician has to confirm every report."""
        return self is not Finalising.BY_SIGNATURE


class ReadingMode(StrEnum):
    """How a reader and a package work together; set for a hospital and a package, stored with every read."""

    CONCURRENT = "concurrent"
    SECOND_READER = "second-reader"
    TRIAGE_ONLY = "triage-only"


class Language(StrEnum):
    """The language of texts for a hospital."""

    ZH_CN = "zh-CN"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Sender:
    """By what a hospital's sending system is known: the called and calling AE titles and the networks it calls from."""

    calling_ae: AeTitle
    called_ae: AeTitle
    networks: tuple[Network, ...]

    def admits(self, *, calling_ae: str, called_ae: str, address: str) -> bool:
        """Whether an association with these titles from this address is this sender's."""
        return self.calling_ae == calling_ae and self.called_ae == called_ae and self.admits_address(address)

    def admits_address(self, address: str) -> bool:
        """Whether the address lies in one of the sender's networks."""
        source = ip_address(address)
        mapped = getattr(source, "ipv4_mapped", None) or source
        return any(mapped in network for network in self.networks)

    def overlaps(self, other: Sender) -> bool:
        """Whether one association could be both senders'."""
        same_titles = self.calling_ae == other.calling_ae and self.called_ae == other.called_ae
        return same_titles and any(
            mine.version == theirs.version and mine.overlaps(theirs)
            for mine in self.networks
            for theirs in other.networks
        )


@dataclass(frozen=True, slots=True)
class PackageRule:
    """That a hospital asks for a package: for every study, or for the named modalities only.

    mode: how its readers and the package work together, as the package's intended use wants it.
    """

    package: str
    modalities: tuple[str, ...]
    mode: ReadingMode = ReadingMode.CONCURRENT


@dataclass(frozen=True, slots=True)
class Hospital:
    """A customer of the centre. quiet_s: a fixed quiet time; None means it is learned from the sender's gaps.

    finalising: by whose act its reports are final. targets_s: its own clocks, by exam class. agreement: what else was
    agreed with it.
    """

    id: HospitalId
    name: str
    language: Language
    release_pacs: ReleasePolicy
    release_his: ReleasePolicy
    quiet_s: float | None
    senders: tuple[Sender, ...]
    packages: tuple[PackageRule, ...]
    finalising: Finalising = Finalising.BY_SIGNATURE
    targets_s: Mapping[str, float] = field(default_factory=dict)
    agreement: Agreement = field(default_factory=Agreement)

    def policy(self, channel: Channel) -> ReleasePolicy:
        """The release policy of a channel."""
        return self.release_pacs if channel is Channel.PACS else self.release_his


def ae_title(text: str) -> AeTitle:
    """An AE title (PS3.5 table 6.2-1). Raises MalformedSetting."""
    trimmed = text.strip(" ")
    if _AE_TITLE.fullmatch(trimmed) is None:
        raise MalformedSetting(f"AE title {text!a} is not 1 to 16 printable ASCII characters without backslash")
    return AeTitle(trimmed)


def network(text: str) -> Network:
    """A network in CIDR notation. Raises MalformedSetting."""
    try:
        return ip_network(text.strip(), strict=True)
    except ValueError as fault:
        raise MalformedSetting(
            f"network {text!a} is not in CIDR notation, for example 10.20.0.0/16 ({fault})"
        ) from fault


def is_loopback(bind: str) -> bool:
    """Whether only this machine reaches what listens on an address."""
    try:
        return bind == "localhost" or ip_address(bind).is_loopback
    except ValueError:
        return False


def sender_networks(typed: Sequence[str], dicom_bind: str) -> tuple[Network, ...]:
    """The networks a hospital calls from: those typed, else loopback where the node listens on loopback only.

    Raises MalformedSetting: beyond loopback they must be named.
    """
    if typed:
        return tuple(network(each) for each in typed)
    if is_loopback(dicom_bind):
        return LOOPBACK
    raise NetworkMissing(
        f"the DICOM node listens on {dicom_bind}: say from which network this hospital calls, for example "
        "--network 10.20.0.0/16"
    )


def package_rule(text: str) -> PackageRule:
    """A rule as typed: NAME, or NAME:CT,MR for some modalities only. Raises MalformedSetting."""
    name, _, modalities = text.partition(":")
    codes = tuple(code.strip().upper() for code in modalities.split(",") if code.strip())
    if re.fullmatch(r"[a-z][a-z0-9_]{2,63}", name) is None or not all(
        re.fullmatch(r"[A-Z0-9]{2,16}", c) for c in codes
    ):
        raise MalformedSetting(f"package {text!a} is not NAME or NAME:MODALITY,MODALITY")
    return PackageRule(name, codes)


def refuse_unknown(packages: Iterable[str], known: Collection[str]) -> None:
    """Raises UnknownPackage for the first package that a centre with the known ones does not have."""
    for package in packages:
        if package not in known:
            raise UnknownPackage(
                f"there is no package {package!r} in this centre, only: {', '.join(sorted(known)) or 'none'}; mend the "
                "name, or put its folder where CONSILIUM_PACKAGES points, for the centre and for this command",
                package,
            )


def refuse_overlap(newcomer: Sender, known: tuple[tuple[str, Sender], ...]) -> None:
    """Raises SendersOverlap when the newcomer could be mistaken for a known sender; known: (hospital, sender)."""
    for name, sender in known:
        if newcomer.overlaps(sender):
            raise SendersOverlap(
                f"calling AE {newcomer.calling_ae} to called AE {newcomer.called_ae} from these networks is already "
                f"hospital {name!r}; give this one another calling AE, called AE or network",
                name,
            )
