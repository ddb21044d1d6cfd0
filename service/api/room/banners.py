"""What must not be overlooked before an examination is read: images, patient, and what the packages did not do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from models.manifest import Text
from service.api.room.reading_shapes import BannerView
from service.api.room.reading_words import BANNERS
from service.api.room.titles import Titles
from service.archive.analyses import Analysis
from service.archive.studies import Study
from service.archive.worklist import Examination
from service.domain.analysis import OPEN as OPEN_ANALYSES
from service.domain.examination import ExaminationWord
from service.domain.hospital import Language
from service.domain.study import StudyState
from service.domain.wording import said
from service.flow.state_words import reason_words

_ABOUT: Final = Text(zh="{package}：{why}", en="{package}: {why}")


@dataclass(frozen=True, slots=True)
class Stands:
    """How an examination stands before it is read.

    read: the analyses that stand. is_agreed: the agreement with the hospital covers a modality of the images.
    is_withdrawn: what the hospital had was withdrawn, and what is being written has not taken its place yet.
    """

    study: Study
    listed: Examination
    read: Sequence[Analysis]
    is_agreed: bool
    is_withdrawn: bool


def banners(stands: Stands, titles: Titles, language: Language) -> Iterable[BannerView]:
    """In the order in which they matter. What the packages did not do is as visible as what they did."""
    study, listed, read = stands.study, stands.listed, stands.read
    for kind in _before_reading(study, listed):
        yield _banner(kind, language)
    if not stands.is_agreed:
        yield _banner("not-agreed", language)
    if stands.is_withdrawn:
        yield _banner("withdrawn", language)
    if study.state is StudyState.RECEIVING:
        yield BannerView(kind="receiving", text=said(_coming(study), language))
    for each in read:
        why = reason_words(each)
        if why is not None:
            text = said(_ABOUT, language).format(package=titles.of(each), why=said(why, language))
            yield BannerView(kind="failed" if each.outcome is None else each.outcome.value, text=text)
    if any(each.state in OPEN_ANALYSES for each in read):
        yield _banner("underway", language)
    if not read and study.state is not StudyState.RECEIVING:
        yield _banner("not-asked", language)
    if study.revision > 1 and not listed.has_unread_images:
        yield _banner("late-images", language)


def _before_reading(study: Study, listed: Examination) -> Iterable[str]:
    """What is wrong with patient, images or the report that is out."""
    if study.identity_conflict:
        yield "identity-conflict"
    if study.state is StudyState.COMPLETE and not study.image_count:
        yield "no-images"
    if listed.word is ExaminationWord.DELIVERY_FAILED:
        yield "not-delivered"
    if listed.has_unread_images:
        yield "after-signature"


def _banner(kind: str, language: Language) -> BannerView:
    return BannerView(kind=kind, text=said(BANNERS[kind], language))


def _coming(study: Study) -> Text:
    """How far the images are that are still coming."""
    here, of = study.image_count, study.expected_count
    if of is None:
        return Text(zh=f"图像仍在接收，已到 {here} 幅。", en=f"Images are still coming; {here} are here.")
    return Text(zh=f"图像仍在接收，已到 {here} / {of} 幅。", en=f"Images are still coming; {here} of {of} are here.")
