"""Events in words: the lines of a study's timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from models.contract import RefusalReason
from models.manifest import Text
from models.refusals import FAILURE_WORDS, REFUSAL_WORDS
from service.archive.events import Detail, EventKind
from service.domain.analysis import AnalysisOutcome
from service.domain.notice import TakenBackBecause
from service.domain.returning import RETURN_WORDS, ReturnReason
from service.domain.study import CompletedBy
from service.domain.wording import routed_words
from service.flow.state_words import COMPLETED_BY_WORDS

_E: Final = EventKind
_PLAIN: Final[Mapping[EventKind, Text]] = {
    _E.STUDY_RECEIVING: Text(zh="收到首个实例。", en="The first instance arrived."),
    _E.STUDY_REVISED: Text(
        zh="收齐后又有影像到达，检查重新打开。", en="An image arrived after completion; the study is open again."
    ),
    _E.STUDY_LATE_IMAGES: Text(zh="报告签名后又有影像到达。", en="An image arrived after the report was signed."),
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
    _E.URGENCY_CONFIRMED: Text(zh="医师确认了紧急程度。", en="A physician confirmed how urgent it is."),
    _E.STUDY_CLAIMED: Text(zh="医师开始阅片。", en="A reader opened it to read."),
    _E.STUDY_LET_GO: Text(zh="医师放回了检查。", en="The reader gave it back."),
    _E.STUDY_REOPENED: Text(zh="退回的检查已重新打开。", en="The returned examination is open again."),
    _E.FINDING_REVIEWED: Text(zh="医师处理了一项发现。", en="A reader judged a finding."),
    _E.FIRST_IMPRESSION: Text(zh="医师锁定了首次印象。", en="The reader locked the first impression."),
    _E.STUDY_MEASURED: Text(zh="医师更改了测量。", en="A reader changed a measure."),
    _E.CLOCK_PASSED: Text(
        zh="报告或审核时限已过一部分。", en="A share of the time for the report, or for its audit, has passed."
    ),
    _E.CLOCK_STOPPED: Text(zh="报告计时结束。", en="The clock of the report has stopped."),
    _E.REPORT_BEGUN: Text(zh="开始书写报告。", en="A report was begun."),
    _E.REPORT_SAVED: Text(zh="报告已保存。", en="The report was saved."),
    _E.REPORT_MOVED: Text(zh="报告状态变更。", en="The report moved along."),
    _E.REPORT_PROVISIONAL: Text(
        zh="急诊临时报告已发出，待审核。", en="A provisional report is out; it is to be audited."
    ),
    _E.AUDIT_OVERDUE: Text(zh="临时报告逾时未审核。", en="Nobody audited the provisional report in time."),
    _E.REPORT_RELEASED: Text(zh="报告已签发。", en="The report was released."),
    _E.REPORT_WITHDRAWN: Text(zh="报告已撤回。", en="The report was withdrawn."),
    _E.NOTICE_RAISED: Text(
        zh="危急值：医师已确认，请立即处理。", en="Urgent finding: a physician confirmed it; act now."
    ),
    _E.NOTICE_SENT: Text(zh="危急值通知已送达。", en="The notice of the urgent finding arrived."),
    _E.NOTICE_ESCALATED: Text(
        zh="危急值逾时未确认，已升级通知。", en="Nobody acknowledged the urgent finding in time; it was escalated."
    ),
    _E.NOTICE_ACKNOWLEDGED: Text(zh="危急值已确认。", en="The urgent finding was acknowledged."),
    _E.NOTICE_TAKEN_BACK: Text(zh="危急值已撤销。", en="The urgent finding was taken back."),
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
    write = _BY_DETAIL.get(kind)
    return _PLAIN[kind] if write is None else write(kind, detail)


def _returned(_kind: EventKind, detail: Detail) -> Text:
    why = RETURN_WORDS[ReturnReason(str(detail["reason"]))]
    return Text(zh=f"检查被退回：{why.zh}", en=f"The examination was returned: {why.en}")


def _complete(_kind: EventKind, detail: Detail) -> Text:
    by = COMPLETED_BY_WORDS[CompletedBy(str(detail["by"]))]
    revision = detail["revision"]
    return Text(
        zh=f"检查收齐（第 {revision} 版，{by.zh}）。", en=f"The study is complete (revision {revision}: {by.en})."
    )


def _routed(_kind: EventKind, detail: Detail) -> Text:
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


def _delivered(kind: EventKind, detail: Detail) -> Text:
    return _CHANNELS.get(str(detail.get("channel")), _PLAIN[kind])


def _taken_back(kind: EventKind, detail: Detail) -> Text:
    if detail.get("because") != TakenBackBecause.AMENDMENT_GIVEN_UP:
        return _PLAIN[kind]
    return Text(
        zh="危急值已撤销：确认它的报告修订已放弃。",
        en="The urgent finding was taken back: the amendment that confirmed it was given up.",
    )


_BY_DETAIL: Final[Mapping[EventKind, Callable[[EventKind, Detail], Text]]] = {
    _E.STUDY_COMPLETE: _complete,
    _E.STUDY_ROUTED: _routed,
    _E.STUDY_RETURNED: _returned,
    _E.ANALYSIS_PENDING: _analysis,
    _E.ANALYSIS_CONCLUDED: _analysis,
    _E.ANALYSIS_REFUSED: _unread,
    _E.ANALYSIS_FAILED: _unread,
    _E.DELIVERY_DELIVERED: _delivered,
    _E.NOTICE_TAKEN_BACK: _taken_back,
}
