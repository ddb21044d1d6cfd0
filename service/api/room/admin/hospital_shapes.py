"""What goes to and fro about hospitals: settings, senders, packages, where results go, keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from models.manifest import Text
from service.access.field_faults import WrongValue
from service.access.hospital_peers import PacsAddress, pacs_address
from service.api.room.shape import Shape, Worded, moment, moment_or_none
from service.archive.hospitals import ApiKey, Peer
from service.domain.agreement import Agreement, AtEnd, ExaminationKind, Service, SignedBy
from service.domain.clock import DEFAULT_TARGETS_S
from service.domain.companions import Companion
from service.domain.examination_words import CLASS_TEXTS
from service.domain.hospital import (
    Channel,
    Finalising,
    Hospital,
    Language,
    MalformedSetting,
    PackageRule,
    ReadingMode,
    ReleasePolicy,
    Sender,
    ae_title,
    network,
    sender_networks,
)
from service.domain.order import ExamClass
from service.domain.web_address import MAX_URL_LENGTH, origin
from service.domain.wording import said

_AE: Final = Text(
    zh="AE 为 1 至 16 个可打印 ASCII 字符，不含反斜杠",
    en="must be an AE title: 1 to 16 printable ASCII characters without backslash",
)
_NETWORK: Final = Text(
    zh="应为 CIDR 网段，例如 10.20.0.0/16", en="must be a network in CIDR notation, for example 10.20.0.0/16"
)
_URL: Final = Text(
    zh="应为 http:// 或 https:// 地址，不含用户名与锚点",
    en="must be an http:// or https:// address without user name and fragment",
)
_HOST: Final = Text(zh="应为主机名或 IP 地址", en="must be a host name or an IP address")


def _checked(parse: Callable[[str], object], words: Text) -> Callable[[str], str]:
    """The text as it was sent, where it can be parsed."""

    def check(text: str) -> str:
        try:
            parse(text)
        except MalformedSetting as fault:
            raise WrongValue(words) from fault
        return text

    return check


def _host(text: str) -> str:
    """A host as it is called: without spaces around it or brackets, lower case."""
    bare = text.strip().removeprefix("[").removesuffix("]")
    try:
        return pacs_address(f"[{bare}]:104:AE" if ":" in bare else f"{bare}:104:AE").host
    except MalformedSetting as fault:
        raise WrongValue(_HOST) from fault


AeText = Annotated[str, Field(max_length=16), AfterValidator(_checked(ae_title, _AE))]
NetworkText = Annotated[str, Field(max_length=64), AfterValidator(_checked(network, _NETWORK))]
PackageText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,63}$")]
UrlText = Annotated[str, Field(max_length=MAX_URL_LENGTH), AfterValidator(_checked(origin, _URL))]
HostText = Annotated[str, Field(max_length=253), AfterValidator(_host)]
ModalityText = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,16}$")]


class ReleaseShape(Shape):
    """What a hospital may see of unsigned results, by channel."""

    pacs: ReleasePolicy
    his: ReleasePolicy


class SenderShape(Shape):
    """By what a hospital's sending system is known. networks: in CIDR; none: this machine, where the node listens."""

    calling_ae: AeText
    called_ae: AeText
    networks: tuple[NetworkText, ...] = Field(default=(), max_length=64)

    def sender(self, dicom_bind: str) -> Sender:
        """As the domain has it. Raises NetworkMissing."""
        return Sender(ae_title(self.calling_ae), ae_title(self.called_ae), sender_networks(self.networks, dicom_bind))


class PackageShape(Shape):
    """A package a hospital asks for. modalities: none for every study. mode: how its readers work with it."""

    package: PackageText
    modalities: tuple[ModalityText, ...] = Field(default=(), max_length=16)
    mode: ReadingMode = ReadingMode.CONCURRENT

    @property
    def rule(self) -> PackageRule:
        """As the domain has it."""
        return PackageRule(self.package, self.modalities, self.mode)


class PackageView(PackageShape):
    """is_here: whether the centre has the package now."""

    is_here: bool


class TargetView(Shape):
    """Seconds from complete images to the signature. own_s: null where the centre's default counts."""

    exam_class: Worded
    own_s: float | None
    default_s: float


class AgreementShape(Shape):
    """What was agreed with a hospital. modalities: none for every one. keep_years: at least."""

    services: tuple[Service, ...] = Field(max_length=len(Service))
    modalities: tuple[ModalityText, ...] = Field(max_length=64)
    excluded: tuple[ExaminationKind, ...] = Field(max_length=len(ExaminationKind))
    signed_by: SignedBy
    keep_years: int = Field(ge=0, le=1000)
    at_end: AtEnd

    @classmethod
    def of(cls, agreement: Agreement) -> AgreementShape:
        """As pages show it."""
        return cls(
            services=tuple(sorted(agreement.services)),
            modalities=tuple(sorted(agreement.modalities)),
            excluded=tuple(sorted(agreement.excluded)),
            signed_by=agreement.signed_by,
            keep_years=agreement.keep_years,
            at_end=agreement.at_end,
        )

    @property
    def agreement(self) -> Agreement:
        """As the domain has it."""
        return Agreement(
            frozenset(self.services),
            frozenset(self.modalities),
            frozenset(self.excluded),
            self.signed_by,
            self.keep_years,
            self.at_end,
        )


class PeerView(Shape):
    """Where results go: a PACS (host, port, titles) or a webhook (url).

    companions: what a PACS is given beside SR and SEG; empty for a webhook.
    """

    id: str
    channel: Channel
    host: str | None
    port: int | None
    ae_title: str | None
    calling_ae: str | None
    url: str | None
    companions: tuple[Companion, ...]

    @classmethod
    def of(cls, peer: Peer) -> PeerView:
        """From a row; the secret never leaves."""
        return cls(
            id=peer.id,
            channel=peer.channel,
            host=peer.host,
            port=peer.port,
            ae_title=peer.ae_title,
            calling_ae=peer.calling_ae,
            url=peer.url,
            companions=tuple(sorted(peer.companions)) if peer.channel is Channel.PACS else (),
        )


class KeyView(Shape):
    """An API key as kept: never the key itself."""

    id: str
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> KeyView:
        """From a row."""
        return cls(id=key.id, created_at=moment(key.created_at), revoked_at=moment_or_none(key.revoked_at))


class HospitalView(Shape):
    """A hospital, whole. edition: to be named by who changes it. quiet_s: null where it is learned."""

    id: str
    edition: str
    name: str
    language: Language
    release: ReleaseShape
    quiet_s: float | None
    finalising: Finalising
    agreement: AgreementShape
    targets: tuple[TargetView, ...]
    senders: tuple[SenderShape, ...]
    packages: tuple[PackageView, ...]
    peers: tuple[PeerView, ...]
    keys: tuple[KeyView, ...]


class HospitalsView(Shape):
    """Every hospital, and the packages they can ask for."""

    hospitals: tuple[HospitalView, ...]
    packages: tuple[str, ...]


class PacsBody(Shape):
    """A PACS. calling_ae: as whom we call it; null: by the title the hospital calls us.

    companions: what it is given beside SR and SEG; null: as it was, or the usual ones.
    """

    channel: Literal["pacs"]
    host: HostText
    port: int = Field(ge=1, le=65535)
    ae_title: AeText
    calling_ae: AeText | None = None
    companions: tuple[Companion, ...] | None = Field(default=None, max_length=len(Companion))

    @property
    def address(self) -> PacsAddress:
        """As the room of access has it."""
        calling_ae = None if self.calling_ae is None else ae_title(self.calling_ae)
        companions = None if self.companions is None else frozenset(self.companions)
        return PacsAddress(self.host, self.port, ae_title(self.ae_title), calling_ae, companions)


class WebhookBody(Shape):
    """A webhook of the HIS."""

    channel: Literal["his"]
    url: UrlText


PeerBody = Annotated[PacsBody | WebhookBody, Field(discriminator="channel")]


class NewHospitalBody(Shape):
    """A hospital to let in. release: for both channels; change it afterwards where they differ."""

    name: str = Field(max_length=256)
    language: Language = Language.ZH_CN
    sender: SenderShape
    packages: tuple[PackageShape, ...] = Field(default=(), max_length=64)
    release: ReleasePolicy = ReleasePolicy.NEVER
    quiet_s: float | None = None
    pacs: PacsBody | None = None
    webhook: WebhookBody | None = None


class HospitalBody(Shape):
    """What is to change; what is not named stays. quiet_s: null for a learned one. targets_s: whole, by exam class.

    edition: of what was shown to who changes it.
    """

    edition: str = Field(max_length=64)
    name: str | None = Field(default=None, max_length=256)
    language: Language | None = None
    release: ReleaseShape | None = None
    quiet_s: float | None = None
    finalising: Finalising | None = None
    agreement: AgreementShape | None = None
    targets_s: dict[ExamClass, float] | None = Field(default=None, max_length=16)
    senders: tuple[SenderShape, ...] | None = Field(default=None, max_length=64)
    packages: tuple[PackageShape, ...] | None = Field(default=None, max_length=64)


class RemovalBody(Shape):
    """name: the hospital's, typed to confirm."""

    name: str = Field(max_length=256)


class AddedHospital(Shape):
    """api_key, webhook_secret: shown this once."""

    hospital: HospitalView
    api_key: str
    webhook_secret: str | None


class AddedPeer(Shape):
    """webhook_secret: shown this once; null for a PACS."""

    peer: PeerView
    webhook_secret: str | None


class NewSecret(Shape):
    """Shown this once; the former one counts no more."""

    webhook_secret: str


class AddedKey(Shape):
    """api_key: shown this once."""

    key: KeyView
    api_key: str


def targets(own_s: Mapping[str, float], language: Language) -> tuple[TargetView, ...]:
    """The clocks of a hospital, by exam class."""
    return tuple(
        TargetView(
            exam_class=Worded(word=each.value, text=said(CLASS_TEXTS[each], language)),
            own_s=own_s.get(each.value),
            default_s=default_s,
        )
        for each, default_s in DEFAULT_TARGETS_S.items()
    )


def senders(hospital: Hospital) -> tuple[SenderShape, ...]:
    """The senders of a hospital."""
    return tuple(
        SenderShape(
            calling_ae=each.calling_ae,
            called_ae=each.called_ae,
            networks=tuple(str(network) for network in each.networks),
        )
        for each in hospital.senders
    )
