"""What is said of the queue: analyses that wait, run or failed, and results that are not encoded yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from models.manifest import Text
from service.api.room.admin.labels import Labels, StudyBriefView
from service.api.room.shape import Named, Shape, Worded, moment, moment_or_none
from service.archive.queue import Queued, WaitingStep
from service.archive.results import EncodeState, Encoding
from service.domain.hospital import Language
from service.domain.wording import said
from service.flow.state_words import ANALYSIS_WORDS, reason_words

ENCODE_WORDS: Final[Mapping[EncodeState, Text]] = {
    EncodeState.DUE: Text(zh="待编码", en="to be encoded"),
    EncodeState.RUNNING: Text(zh="编码中", en="being encoded"),
    EncodeState.DONE: Text(zh="已编码", en="encoded"),
    EncodeState.FAILED: Text(
        zh="编码失败：请查看中心日志后重试", en="could not be encoded: look into the centre's log, then retry"
    ),
}
ENCODING_WORDS: Final[Mapping[Encoding, Text]] = {
    Encoding.OBJECTS: Text(zh="AI 结果（SR、SEG）", en="AI result (SR, SEG)"),
    Encoding.SUMMARY: Text(zh="摘要页", en="summary page"),
    Encoding.PROVISIONAL: Text(zh="临时报告（SR、PDF）", en="provisional report (SR, PDF)"),
    Encoding.REPORT: Text(zh="签发的报告（SR、PDF）", en="signed report (SR, PDF)"),
    Encoding.WITHDRAWAL: Text(zh="撤回说明", en="note that the report was withdrawn"),
}
_IN_DOUBT: Final = Text(
    zh="影像中的患者身份互相矛盾：请人工核对后解除",
    en="its images disagree about the patient: a person has to resolve it",
)
_NO_ROOM: Final = Text(zh="等待磁盘或数据库恢复，将自动继续", en="waits for disk or database, and goes on by itself")
_UNCERTAIN: Final = Text(zh="上次尝试未完成，将重试", en="the last attempt was lost; it is tried again")


class QueuedAnalysis(Shape):
    """One analysis. position: from 1 in the order in which they are claimed; null where it does not wait.

    progress: 0 to 1. lease_until: by when the worker has to show that it lives. waits: why it is not claimed yet.
    reason: why it failed, and what to do.
    """

    id: str
    hospital: Named
    study_instance_uid: str
    study: StudyBriefView | None
    package: str
    version: str
    run: int
    position: int | None
    state: Worded
    progress: float
    attempt: int
    since: datetime
    lease_until: datetime | None
    waits: str | None
    reason: Worded | None

    @classmethod
    def of(cls, queued: Queued, labels: Labels, position: int | None = None) -> QueuedAnalysis:
        """From a row."""
        analysis, language = queued.analysis, labels.language
        why = reason_words(analysis)
        return cls(
            id=analysis.id,
            hospital=labels.hospital(analysis.hospital),
            study_instance_uid=queued.study_instance_uid,
            study=labels.study(analysis.hospital, queued.study_instance_uid),
            package=analysis.package,
            version=analysis.package_version,
            run=analysis.run,
            position=position,
            state=Worded(word=analysis.state.value, text=said(ANALYSIS_WORDS[analysis.state], language)),
            progress=analysis.progress,
            attempt=analysis.attempt,
            since=moment(analysis.ended_at or analysis.started_at or analysis.created_at),
            lease_until=moment_or_none(analysis.lease_until),
            waits=None if position is None else _waits(queued, language),
            reason=None if why is None else Worded(word=analysis.reason or "", text=said(why, language)),
        )


class EncodeStepView(Shape):
    """Something that is still to be encoded. waits: why it is not done yet, where that is not a worker's turn."""

    id: int
    hospital: Named
    study_instance_uid: str
    study: StudyBriefView | None
    what: Worded
    state: Worded
    attempt: int
    due_at: datetime | None
    lease_until: datetime | None
    waits: str | None

    @classmethod
    def of(cls, step: WaitingStep, labels: Labels) -> EncodeStepView:
        """From a row."""
        language = labels.language
        return cls(
            id=step.id,
            hospital=labels.hospital(step.hospital),
            study_instance_uid=step.study_instance_uid,
            study=labels.study(step.hospital, step.study_instance_uid),
            what=Worded(word=step.what.value, text=said(ENCODING_WORDS[step.what], language)),
            state=Worded(word=step.state.value, text=said(ENCODE_WORDS[step.state], language)),
            attempt=step.attempt,
            due_at=moment_or_none(step.due_at),
            lease_until=moment_or_none(step.lease_until),
            waits=said(_UNCERTAIN if step.attempt else _NO_ROOM, language) if step.waits else None,
        )


class QueueView(Shape):
    """The queue now; each list is cut at `limit`, counts say how many there are."""

    pending: tuple[QueuedAnalysis, ...]
    running: tuple[QueuedAnalysis, ...]
    failed: tuple[QueuedAnalysis, ...]
    encoding: tuple[EncodeStepView, ...]
    counts: dict[str, int]
    limit: int


class Retried(Shape):
    """What is made once more: runs of analyses, and results that are encoded again."""

    analyses: int
    encoded: int


def _waits(queued: Queued, language: Language) -> str | None:
    if queued.in_doubt:
        return said(_IN_DOUBT, language)
    if queued.analysis.detail:
        return said(_NO_ROOM, language)
    return said(_UNCERTAIN, language) if queued.analysis.attempt else None
