"""What goes to and fro about packages: those the centre has, and what would become of stored studies."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from models.catalogue import Entry
from models.contract import RefusalReason
from models.refusals import words
from models.selection import SeriesFacts
from service.api.room.admin.hospital_shapes import PackageShape
from service.api.room.admin.places import MAX_LENGTH
from service.api.room.shape import Named, Shape, Worded, moment
from service.archive.analyses import Analysis, Asked
from service.domain.hospital import Language
from service.domain.routing import Routed
from service.domain.seen_words import seen_in
from service.domain.study import StudyState
from service.domain.wording import route_reason_words, said
from service.flow.dry_run import Tried
from service.flow.state_words import ANALYSIS_WORDS, STUDY_WORDS


class InstalledPackage(Shape):
    """One version of a package the centre has. is_newest: the one that is asked. asked_by: hospitals whose rules do."""

    name: str
    version: str
    title: str
    is_newest: bool
    use_status: Worded
    intended_use: str
    exclusions: tuple[str, ...]
    not_validated_for: tuple[str, ...]
    modality: str
    digest: str
    asked_by: tuple[Named, ...]

    @classmethod
    def of(cls, entry: Entry, language: Language, *, is_newest: bool, asked_by: tuple[Named, ...]) -> InstalledPackage:
        """From the catalogue."""
        manifest = entry.manifest
        return cls(
            name=manifest.name,
            version=manifest.version,
            title=said(manifest.title, language),
            is_newest=is_newest,
            use_status=Worded(word=manifest.use_status.kind.value, text=said(manifest.use_status.words, language)),
            intended_use=said(manifest.intended_use.text, language),
            exclusions=tuple(said(each, language) for each in manifest.intended_use.exclusions),
            not_validated_for=tuple(said(each, language) for each in manifest.not_validated_for),
            modality=manifest.intended_use.modality,
            digest=entry.digest,
            asked_by=asked_by,
        )


class BrokenFolder(Shape):
    """A folder with a manifest that cannot be used. fault: as the manifest's reader says it, in English."""

    folder: str
    fault: str


class PackagesView(Shape):
    """Everything in the folders that hold packages."""

    packages: tuple[InstalledPackage, ...]
    broken: tuple[BrokenFolder, ...]


class DryRunBody(Shape):
    """packages: the rules to try; null: those the hospital has. The newest stored studies come first."""

    packages: tuple[PackageShape, ...] | None = Field(default=None, max_length=64)
    after: str | None = Field(default=None, max_length=MAX_LENGTH)
    limit: int = Field(default=20, ge=1, le=50)


class TriedSeries(Shape):
    """A series of images, as selection sees it."""

    series_instance_uid: str
    number: int | None
    modality: str
    description: str
    images: int

    @classmethod
    def of(cls, facts: SeriesFacts) -> TriedSeries:
        """From header facts."""
        return cls(
            series_instance_uid=facts.series_instance_uid,
            number=facts.series_number,
            modality=facts.modality,
            description=facts.description,
            images=facts.image_count,
        )


class TriedPackage(Shape):
    """What would become of one package. outcome: not-asked, refused (by the headers), reads, or stands (is done).

    route: why it is asked or not. refusal, detail: why it would refuse. selection: why each series is read or not.
    standing: how the analysis stands that was made of these very images.
    """

    package: str
    version: str | None
    outcome: str
    route: Worded
    series_instance_uid: str | None
    refusal: Worded | None
    detail: str | None
    selection: tuple[str, ...]
    standing: Worded | None

    @classmethod
    def of(cls, routed: Routed, tried: Tried, language: Language) -> TriedPackage:
        """From what dispatch would do."""
        asked = tried.plan.asked.get(routed.package)
        standing = tried.standing.get(routed.package)
        return cls(
            package=routed.package,
            version=None if asked is None else asked.package_version,
            outcome=_outcome(asked, standing),
            route=Worded(
                word=routed.reason.value, text=said(route_reason_words(routed.reason, routed.modalities), language)
            ),
            series_instance_uid=None if asked is None else asked.series_instance_uid,
            refusal=None if asked is None or asked.reason is None else _refusal(asked.reason, language),
            detail=None if asked is None or asked.detail is None else seen_in(asked.detail, language),
            selection=() if asked is None else _reasons(asked, language),
            standing=None
            if standing is None
            else Worded(word=standing.state.value, text=said(ANALYSIS_WORDS[standing.state], language)),
        )


class TriedStudy(Shape):
    """A stored study without its patient. waits: why dispatch does not look at it yet; null where it does."""

    study_instance_uid: str
    revision: int
    images: int
    received_at: datetime
    waits: str | None
    series: tuple[TriedSeries, ...]
    packages: tuple[TriedPackage, ...]

    @classmethod
    def of(cls, tried: Tried, language: Language) -> TriedStudy:
        """From what dispatch would do."""
        study = tried.study
        return cls(
            study_instance_uid=study.study_instance_uid,
            revision=study.revision,
            images=study.image_count,
            received_at=moment(study.first_received_at),
            waits=_waits(tried, language),
            series=tuple(TriedSeries.of(facts) for facts in tried.case.series),
            packages=tuple(TriedPackage.of(routed, tried, language) for routed in tried.plan.routed),
        )


class DryRunPage(Shape):
    """What would happen to a page of stored studies; nothing was written. next: the cursor of the page behind it."""

    items: tuple[TriedStudy, ...]
    next: str | None


def _outcome(asked: Asked | None, standing: Analysis | None) -> str:
    if asked is None:
        return "not-asked"
    if standing is not None:
        return "stands"
    return "reads" if asked.reason is None else "refused"


def _refusal(reason: str, language: Language) -> Worded:
    return Worded(word=reason, text=said(words(RefusalReason(reason)), language))


def _reasons(asked: Asked, language: Language) -> tuple[str, ...]:
    return tuple(text for each in asked.selection if (text := seen_in(each, language)) is not None)


def _waits(tried: Tried, language: Language) -> str | None:
    if tried.study.identity_conflict:
        chinese = language is Language.ZH_CN
        return "影像中的患者身份互相矛盾，等待人工处理" if chinese else "its images disagree about who the patient is"
    if tried.study.state is not StudyState.COMPLETE:
        return said(STUDY_WORDS[tried.study.state], language)
    return None
