"""States in words: how an order, a study and an analysis stand, and what is waited for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from models.contract import RefusalReason
from models.manifest import Text
from models.refusals import FAILURE_WORDS, words
from service.archive import orders
from service.archive.analyses import Analysis
from service.archive.orders import Order
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.domain.completion import Complete, Waiting
from service.domain.order import Match, OrderState
from service.domain.status import ExaminationStatus
from service.domain.study import CompletedBy, StudyState

STUDY_WORDS: Final[Mapping[StudyState, Text]] = {
    StudyState.RECEIVING: Text(zh="正在接收", en="being received"),
    StudyState.COMPLETE: Text(zh="已收齐", en="complete"),
    StudyState.ERASED: Text(zh="已删除", en="erased"),
}
COMPLETED_BY_WORDS: Final[Mapping[CompletedBy, Text]] = {
    CompletedBy.QUIET: Text(zh="静默时间已到", en="nothing more came for the quiet time"),
    CompletedBy.COUNT: Text(zh="已达申请所述数量", en="the order's count was reached"),
    CompletedBy.EXPLICIT: Text(zh="由调用方声明", en="said by a call"),
}
ORDER_WORDS: Final[Mapping[OrderState, Text]] = {
    OrderState.REQUESTED: Text(zh="等待影像", en="waiting for its study"),
    OrderState.MATCHED: Text(zh="已匹配影像", en="joined with its study"),
    OrderState.ANALYSING: Text(zh="正在分析", en="being analysed"),
    OrderState.PRELIMINARY: Text(zh="AI 结果已出，待医师审核", en="AI has ended, no physician has reported yet"),
    OrderState.FINAL: Text(zh="报告已签发", en="report released"),
    OrderState.CANCELLED: Text(zh="已取消", en="cancelled"),
}
ANALYSIS_WORDS: Final[Mapping[AnalysisState, Text]] = {
    AnalysisState.PENDING: Text(zh="排队中", en="queued"),
    AnalysisState.RUNNING: Text(zh="分析中", en="running"),
    AnalysisState.CONCLUDED: Text(zh="已完成", en="concluded"),
    AnalysisState.REFUSED: Text(zh="不适用，未分析", en="refused: not for this package"),
    AnalysisState.FAILED: Text(zh="失败", en="failed"),
    AnalysisState.CANCELLED: Text(zh="已取消", en="cancelled"),
    AnalysisState.SUPERSEDED: Text(zh="已被后续分析取代", en="superseded by a later analysis"),
}
EXAMINATION_WORDS: Final[Mapping[ExaminationStatus, Text]] = {
    ExaminationStatus.QUEUED: Text(zh="AI 排队中", en="AI is queued"),
    ExaminationStatus.RUNNING: Text(zh="AI 分析中", en="AI is running"),
    ExaminationStatus.AI_PARTIAL: Text(zh="AI 部分完成", en="AI is partly done: some packages did not read it"),
    ExaminationStatus.AI_DONE: Text(zh="AI 已完成", en="AI is done"),
    ExaminationStatus.AI_FAILED: Text(zh="AI 失败", en="AI failed"),
    ExaminationStatus.PROVISIONAL: Text(zh="临时报告，待审核", en="provisional report, to be audited"),
    ExaminationStatus.SIGNED: Text(zh="报告已签发", en="report signed"),
    ExaminationStatus.AMENDED: Text(zh="报告已修订", en="report amended"),
    ExaminationStatus.NOT_ANALYSED: Text(zh="AI 未能分析", en="no package could read it"),
    ExaminationStatus.NOT_ASKED: Text(zh="未要求 AI 分析", en="no package was asked"),
    ExaminationStatus.SUPERSEDED: Text(zh="已被取代", en="superseded"),
    ExaminationStatus.WITHDRAWN: Text(zh="已撤回", en="withdrawn"),
    ExaminationStatus.CANCELLED: Text(zh="已取消", en="cancelled"),
}
_MATCH_WORDS: Final[Mapping[Match, Text]] = {
    Match.JOINED: Text(zh="已匹配", en="joined"),
    Match.NONE: Text(
        zh="尚未收到该检查号或检查 UID 的影像。",
        en="No study of this accession number or Study Instance UID has arrived.",
    ),
    Match.PROPOSED: Text(
        zh="有同一患者的检查，但仅凭患者不足以匹配；请核对后调用 join。",
        en="A study of this patient is here, but the patient alone is not enough; check it and call join.",
    ),
    Match.CONTRADICTION: Text(
        zh="有检查的一个标识相符而另一个矛盾；请核对后调用 join。",
        en="A study fits by one identifier and contradicts by another; check it and call join.",
    ),
}
_SEVERAL: Final = Text(
    zh="多个检查使用此检查号；请核对后调用 join。",
    en="Several studies carry this accession number; check them and call join.",
)
_RETRY: Final = Text(zh="分析失败（{code}）。", en="The analysis failed ({code}).")


def match_words(order: Order) -> Text:
    """How an order and its study stand, or why they are not joined."""
    return _SEVERAL if order.match_reason == orders.SEVERAL_STUDIES else _MATCH_WORDS[order.match]


def reason_words(analysis: Analysis) -> Text | None:
    """Why an analysis did not read the study; None where it did, or has not ended."""
    if analysis.reason is None:
        return None
    if analysis.outcome is AnalysisOutcome.REFUSED:
        return words(RefusalReason(analysis.reason))
    otherwise = Text(zh=_RETRY.zh.format(code=analysis.reason), en=_RETRY.en.format(code=analysis.reason))
    return FAILURE_WORDS.get(analysis.reason, otherwise)


def waited_for(study: Study, arrival: Complete | Waiting | None, of_study: Iterable[Analysis]) -> tuple[Text, ...]:
    """What a study waits for, in the order in which it must happen; nothing when all is done."""
    return (*_arrival(study, arrival), *_identity(study), *_analyses(study, tuple(of_study)))


def _arrival(study: Study, arrival: Complete | Waiting | None) -> Iterable[Text]:
    if isinstance(arrival, Complete):
        yield Text(zh="收齐，即将转入分析。", en="It is complete and about to be looked at.")
    if not isinstance(arrival, Waiting):
        return
    if arrival.missing_count == 0:
        yield Text(
            zh=f"已收 {study.image_count} 幅，申请单所写 {study.expected_count} 幅不再作为收齐的依据。",
            en=f"{study.image_count} images have come; the order's {study.expected_count} is relied on no more.",
        )
    elif arrival.missing_count is not None:
        yield Text(
            zh=f"已收 {study.image_count} 幅，共 {study.expected_count} 幅，还差 {arrival.missing_count} 幅。",
            en=f"{study.image_count} of {study.expected_count} images have come, {arrival.missing_count} are missing.",
        )
    if arrival.open_associations:
        count = arrival.open_associations
        yield Text(zh=f"{count} 个传输连接尚未关闭。", en=f"{count} association(s) that carried it are still open.")
    elif arrival.due_at is not None:
        until = f"{datetime.fromtimestamp(arrival.due_at, UTC).astimezone():%H:%M %Z}"
        yield Text(
            zh=f"若至 {until} 没有新图像到达，即视为收齐。",
            en=f"It counts as complete when nothing more has come by {until} (quiet time).",
        )


def _identity(study: Study) -> Iterable[Text]:
    if study.identity_conflict:
        yield Text(
            zh="影像中的患者身份互相矛盾，等待人工处理。",
            en="Its images disagree about who the patient is; a person has to resolve that.",
        )


def _analyses(study: Study, of_study: tuple[Analysis, ...]) -> Iterable[Text]:
    undispatched = study.dispatched_revision < study.revision
    if study.state is StudyState.COMPLETE and undispatched and not study.identity_conflict:
        yield Text(zh="等待分派。", en="It is about to be given to its packages.")
    for analysis in of_study:
        if analysis.state is AnalysisState.PENDING and analysis.detail:
            yield Text(
                zh=f"{analysis.package} 等待本中心磁盘或数据库恢复，将自动继续。",
                en=f"{analysis.package} waits for the centre's disk or database, and goes on by itself.",
            )
        elif analysis.state is AnalysisState.PENDING:
            yield Text(zh=f"{analysis.package} 排队中。", en=f"{analysis.package} is queued.")
        elif analysis.state is AnalysisState.RUNNING:
            done = round(100 * analysis.progress)
            yield Text(zh=f"{analysis.package} 分析中（{done} %）。", en=f"{analysis.package} is running ({done} %).")
