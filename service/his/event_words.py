"""Events in words: the lines of a study's timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.contract import RefusalReason
from models.manifest import Text
from models.refusals import FAILURE_WORDS, REFUSAL_WORDS
from service.archive.events import Detail, EventKind
from service.domain.analysis import AnalysisOutcome
from service.domain.study import CompletedBy
from service.domain.wording import routed_words
from service.his.state_words import COMPLETED_BY_WORDS

_E: Final = EventKind
_PLAIN: Final[Mapping[EventKind, Text]] = {
    _E.STUDY_RECEIVING: Text(zh="收到首个实例。", en="The first instance arrived."),
    _E.STUDY_REVISED: Text(
        zh="收齐后又有影像到达，检查重新打开。", en="An image arrived after completion; the study is open again."
    ),
    _E.IDENTITY_CONFLICT: Text(zh="影像中的患者身份互相矛盾。", en="Images disagree about who the patient is."),
    _E.IDENTITY_RESOLVED: Text(zh="患者身份矛盾已人工处理。", en="A person resolved whose images they are."),
    _E.INSTANCE_QUARANTINED: Text(
        zh="同一 SOP Instance UID 下收到不同内容，已隔离。",
        en="Other content came under a known SOP Instance UID; it is in quarantine.",
    ),
    _E.QUARANTINE_DECIDED: Text(zh="隔离的实例已处理。", en="A quarantined instance was decided on."),
    _E.ANALYSIS_STARTED: Text(zh="分析开始。", en="The analysis began."),
    _E.ANALYSIS_ATTEMPT_LOST: Text(zh="一次分析中断，将重试。", en="An attempt was lost; the analysis is tried again."),
    _E.ANALYSIS_CANCELLED: Text(zh="分析已取消。", en="The analysis was cancelled."),
    _E.ANALYSIS_SUPERSEDED: Text(zh="分析被后续分析取代。", en="A later analysis superseded this one."),
    _E.RESULT_ENCODED: Text(zh="结果对象已生成。", en="The result objects were written."),
    _E.RESULT_NOT_ENCODED: Text(
        zh="结果对象未能生成，需人工处理。", en="The result objects could not be written; a person has to look."
    ),
    _E.DELIVERY_DELIVERED: Text(zh="已送达。", en="Delivered."),
    _E.DELIVERY_WAITING: Text(zh="对方暂不可用，稍后重试。", en="The other side is not available; it is tried again."),
    _E.DELIVERY_FAILED: Text(zh="对方拒收，需人工处理。", en="The other side refused it; a person has to look."),
    _E.DELIVERY_REPLACED: Text(
        zh="对方 PACS 不接收此类对象，改发摘要图像。",
        en="The PACS takes no objects of this kind; the summary image goes instead.",
    ),
    _E.ORDER_CREATED: Text(zh="收到申请。", en="The order came."),
    _E.ORDER_MATCHED: Text(zh="申请与检查已匹配。", en="The order joined its study."),
    _E.ORDER_UNMATCHED: Text(zh="申请未能自动匹配。", en="The order could not be joined by itself."),
    _E.ORDER_CHANGED: Text(zh="申请状态变更。", en="The order moved along."),
    _E.ORDER_CANCELLED: Text(zh="申请已取消。", en="The order was cancelled."),
}
_CHANNELS: Final[Mapping[str, Text]] = {
    "pacs": Text(zh="已送达 PACS。", en="Delivered to the PACS."),
    "his": Text(zh="已通知 HIS。", en="The HIS was told."),
}
_OUTCOMES: Final[Mapping[str, Text]] = {
    AnalysisOutcome.FINDINGS: Text(zh="有发现", en="findings"),
    AnalysisOutcome.NO_FINDING: Text(zh="未见发现", en="no finding"),
}


def event_words(kind: EventKind, detail: Detail) -> Text:
    """One event as a sentence; says no more than the detail it is given."""
    if kind is EventKind.STUDY_COMPLETE:
        return _complete(detail)
    if kind is EventKind.STUDY_ROUTED:
        return _routed(detail)
    if kind in {EventKind.ANALYSIS_PENDING, EventKind.ANALYSIS_CONCLUDED}:
        return _analysis(kind, detail)
    if kind in {EventKind.ANALYSIS_REFUSED, EventKind.ANALYSIS_FAILED}:
        return _unread(kind, detail)
    if kind is EventKind.DELIVERY_DELIVERED:
        return _CHANNELS.get(str(detail.get("channel")), _PLAIN[kind])
    return _PLAIN[kind]


def _complete(detail: Detail) -> Text:
    by = COMPLETED_BY_WORDS[CompletedBy(str(detail["by"]))]
    revision = detail["revision"]
    return Text(
        zh=f"检查收齐（第 {revision} 版，{by.zh}）。", en=f"The study is complete (revision {revision}: {by.en})."
    )


def _routed(detail: Detail) -> Text:
    listed = detail.get("packages")
    routed = [routed_words(str(each)) for each in listed] if isinstance(listed, list) else []
    if not routed:
        return Text(zh="没有软件包被要求分析。", en="No package was asked.")
    zh, en = "；".join(each.zh for each in routed), "; ".join(each.en for each in routed)
    return Text(zh=f"软件包分派：{zh}。", en=f"Packages: {en}.")


def _analysis(kind: EventKind, detail: Detail) -> Text:
    package = f"{detail.get('package')} {detail.get('version')}"
    if kind is EventKind.ANALYSIS_PENDING:
        return Text(zh=f"{package} 进入队列。", en=f"{package} was queued.")
    outcome = _OUTCOMES.get(str(detail.get("outcome")))
    if outcome is None:
        return Text(zh=f"{package} 分析完成。", en=f"{package} has concluded.")
    return Text(zh=f"{package} 分析完成：{outcome.zh}。", en=f"{package} has concluded: {outcome.en}.")


def _unread(kind: EventKind, detail: Detail) -> Text:
    package, reason = detail.get("package"), str(detail.get("reason"))
    if kind is EventKind.ANALYSIS_REFUSED and reason in set(RefusalReason):
        words = REFUSAL_WORDS[RefusalReason(reason)]
    else:
        words = FAILURE_WORDS.get(reason, Text(zh=reason, en=reason))
    verb = (
        Text(zh="不适用", en="did not read it") if kind is EventKind.ANALYSIS_REFUSED else Text(zh="失败", en="failed")
    )
    return Text(zh=f"{package} {verb.zh}：{words.zh}", en=f"{package} {verb.en}: {words.en}")
