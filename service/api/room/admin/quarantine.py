"""The quarantine over HTTP: data sets under a UID already held with other bytes, looked at and decided about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path
from fastapi.routing import APIRoute

from models.manifest import Text
from service.access.problems import WRONG_STATE, Problem, not_found
from service.access.reader_doors import ReaderDep
from service.api.room.admin.door import ADMIN, administrator
from service.api.room.admin.labels import Labels, StudyBriefView
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX, Named, Shape, moment
from service.archive import instances, quarantine, studies
from service.archive.quarantine import Held, NoSuchEntry, QuarantineFault, QuarantineState
from service.archive.store import Archive
from service.archive.study_briefs import StudyKey
from service.dicom.sop_classes import name
from service.domain.difference_words import difference_words
from service.domain.hospital import Language
from service.domain.wall import Wall
from service.domain.wording import said
from service.flow import quarantine as deciding
from service.flow.quarantine_difference import ShownDifference, shown_differences

EntryPath = Annotated[int, Path(ge=1, lt=2**63)]
_ENTRY: Final = Text(zh="隔离条目", en="quarantine entry")
_AGAIN: Final = Text(zh="新数据已启用，检查将重新分析。", en="These bytes are served now; the study is read again.")
_IN_DOUBT: Final = Text(
    zh="新数据已启用；但影像中的患者身份互相矛盾，须人工核对解除后才会重新分析。",
    en="These bytes are served now; the study is not read again before somebody resolves that its images disagree "
    "about the patient.",
)
_KEPT: Final = Text(
    zh="已丢弃，在用影像不变；相同数据再来不再隔离。",
    en="Discarded; what was served stays, and the same bytes are not held again.",
)


class HeldView(Shape):
    """One data set that waits for a decision."""

    id: int
    hospital: Named
    study_instance_uid: str
    study: StudyBriefView | None
    series_instance_uid: str
    sop_instance_uid: str
    sop_class: str
    size_bytes: int
    reason: str
    state: QuarantineState
    received_at: datetime

    @classmethod
    def of(cls, held: Held, labels: Labels) -> HeldView:
        """From a row."""
        data_set = held.data_set
        return cls(
            id=held.id,
            hospital=labels.hospital(data_set.hospital),
            study_instance_uid=data_set.study_instance_uid,
            study=labels.study(data_set.hospital, data_set.study_instance_uid),
            series_instance_uid=data_set.series_instance_uid,
            sop_instance_uid=data_set.sop_instance_uid,
            sop_class=name(data_set.sop_class_uid),
            size_bytes=data_set.size_bytes,
            reason=said(difference_words(held.reason), labels.language),
            state=held.state,
            received_at=moment(held.received_at),
        )


class QuarantineView(Shape):
    """What waits for a decision, oldest first."""

    items: tuple[HeldView, ...]


class DifferenceView(Shape):
    """One attribute that differs. served, held: values; null where they could say who the patient is."""

    path: str
    tag: str | None
    how: str
    served: str | None
    held: str | None

    @classmethod
    def of(cls, difference: ShownDifference, language: Language) -> DifferenceView:
        """In the reader's language."""
        return cls(
            path=difference.path,
            tag=difference.tag,
            how=said(difference_words(difference.how), language),
            served=difference.served,
            held=difference.held,
        )


class EntryView(HeldView):
    """An entry beside what is served. is_served: whether anything is served under its UID."""

    is_served: bool
    differences: tuple[DifferenceView, ...]


class DecidedView(Shape):
    """What follows from a decision."""

    state: QuarantineState
    text: str


@dataclass(frozen=True, slots=True)
class QuarantineEndpoints:
    """Looking at conflicting data sets, and deciding."""

    archive: Archive
    centre: RunningCentre

    def held(self, reader: ReaderDep) -> QuarantineView:
        """What waits for a decision."""
        wall = administrator(reader)
        with self.archive.read() as connection:
            found = quarantine.listed(connection, wall, [QuarantineState.HELD])
            labels = Labels.read(connection, wall, reader.language, map(_study_of, found))
        return QuarantineView(items=tuple(HeldView.of(each, labels) for each in found))

    def entry(self, reader: ReaderDep, entry: EntryPath) -> EntryView:
        """An entry and where it differs from what is served."""
        wall = administrator(reader)
        with _told(), self.archive.read() as connection:
            held = quarantine.get(connection, wall, entry)
            served = instances.by_uid(connection, wall, held.data_set.hospital, held.data_set.sop_instance_uid)
            labels = Labels.read(connection, wall, reader.language, [_study_of(held)])
        is_there = held.state is QuarantineState.HELD and served is not None
        differing = shown_differences(self.archive, served, held) if is_there and served is not None else ()
        view = HeldView.of(held, labels)
        return EntryView(
            **{field: getattr(view, field) for field in HeldView.model_fields},
            is_served=served is not None,
            differences=tuple(DifferenceView.of(each, reader.language) for each in differing),
        )

    def accept(self, reader: ReaderDep, entry: EntryPath) -> DecidedView:
        """Serve these bytes from now on; what was served goes into quarantine."""
        wall = administrator(reader)
        with _told():
            decided = deciding.accept(self.archive, wall, self.centre.bell, entry)
        words = _IN_DOUBT if self._in_doubt(wall, decided) else _AGAIN
        return DecidedView(state=QuarantineState.ACCEPTED, text=said(words, reader.language))

    def discard(self, reader: ReaderDep, entry: EntryPath) -> DecidedView:
        """Keep what is served; the hash is remembered."""
        wall = administrator(reader)
        with _told():
            deciding.discard(self.archive, wall, entry)
        return DecidedView(state=QuarantineState.DISCARDED, text=said(_KEPT, reader.language))

    def _in_doubt(self, wall: Wall, decided: Held) -> bool:
        data_set = decided.data_set
        with self.archive.read() as connection:
            study = studies.by_uid(connection, wall, data_set.hospital, data_set.study_instance_uid)
        return study is not None and study.identity_conflict


def _study_of(held: Held) -> StudyKey:
    return held.data_set.hospital, held.data_set.study_instance_uid


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except NoSuchEntry as fault:
        raise not_found(_ENTRY) from fault
    except QuarantineFault as fault:
        detail = Text(zh="此条目已处理过；请刷新列表。", en="It was decided about before; look at the list again.")
        raise Problem(WRONG_STATE, detail) from fault


def routes(archive: Archive, centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operations on the quarantine."""
    endpoints = QuarantineEndpoints(archive, centre)
    router = APIRouter(
        prefix=f"{PREFIX}{ADMIN}/quarantine", tags=["quarantine"], route_class=route_class, include_in_schema=False
    )
    router.add_api_route("", endpoints.held, methods=["GET"])
    router.add_api_route("/{entry}", endpoints.entry, methods=["GET"])
    router.add_api_route("/{entry}/acceptance", endpoints.accept, methods=["POST"])
    router.add_api_route("/{entry}/discard", endpoints.discard, methods=["POST"])
    return router
