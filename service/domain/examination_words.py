"""An examination's word, urgency and place in the worklist, in the two languages of the product."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from models.manifest import Text
from service.domain.examination import ExaminationWord, Urgency
from service.domain.order import ExamClass
from service.domain.wording import probability_words

_W: Final = ExaminationWord
WORD_TEXTS: Final[Mapping[ExaminationWord, Text]] = MappingProxyType(
    {
        _W.RECEIVING: Text(zh="接收中", en="receiving"),
        _W.WAITING: Text(zh="等待处理", en="waiting"),
        _W.QUEUED: Text(zh="AI 排队中", en="AI queued"),
        _W.ANALYSING: Text(zh="AI 分析中", en="AI running"),
        _W.ANALYSED: Text(zh="AI 已完成", en="AI is done"),
        _W.FINDINGS: Text(zh="AI 有发现", en="AI findings"),
        _W.NO_FINDING: Text(zh="AI 未见发现", en="AI found nothing"),
        _W.REFUSED: Text(zh="AI 不适用", en="AI refused"),
        _W.FAILED: Text(zh="AI 失败", en="AI failed"),
        _W.NOT_ASKED: Text(zh="待阅片", en="to be read"),
        _W.READING: Text(zh="阅片中", en="being read"),
        _W.DRAFT: Text(zh="草稿", en="draft"),
        _W.PRELIMINARY: Text(zh="待签发", en="to be signed"),
        _W.SIGNED: Text(zh="待审核", en="to be audited"),
        _W.PROVISIONAL: Text(zh="临时报告，待审核", en="provisional, to be audited"),
        _W.RELEASED: Text(zh="已签发", en="released"),
        _W.DELIVERED: Text(zh="已送达", en="delivered"),
        _W.DELIVERY_FAILED: Text(zh="送达失败", en="delivery failed"),
        _W.LATE_IMAGES: Text(zh="签名后有新图像", en="images after signature"),
        _W.WITHDRAWN: Text(zh="报告已撤回", en="report withdrawn"),
        _W.RETURNED: Text(zh="已退回", en="returned"),
    }
)
LATE_IMAGES_REASON: Final = Text(zh="签名后又有新图像到达。", en="Images came after the signature.")
"""Beside a word that says something else."""
URGENCY_TEXTS: Final[Mapping[Urgency, Text]] = MappingProxyType(
    {
        Urgency.CRITICAL: Text(zh="危急", en="critical"),
        Urgency.HIGH: Text(zh="加急", en="urgent"),
        Urgency.NORMAL: Text(zh="普通", en="normal"),
    }
)
CLASS_TEXTS: Final[Mapping[ExamClass, Text]] = MappingProxyType(
    {
        ExamClass.EMERGENCY: Text(zh="急诊", en="emergency"),
        ExamClass.INPATIENT: Text(zh="住院", en="inpatient"),
        ExamClass.OUTPATIENT: Text(zh="门诊", en="outpatient"),
        ExamClass.SCREENING: Text(zh="体检", en="screening"),
    }
)


def order_reason(exam_class: ExamClass | None, urgency: Urgency | None, score: float | None) -> Text:
    """Why an examination stands where it does in the worklist."""
    known = CLASS_TEXTS.get(exam_class) if exam_class is not None else None
    zh = [known.zh if known else "无申请单，按门诊"]
    en = [known.en if known else "no order, taken as outpatient"]
    if urgency is not None and urgency is not Urgency.NORMAL:
        zh.append(f"医师确认{URGENCY_TEXTS[urgency].zh}")
        en.append(f"a physician said {URGENCY_TEXTS[urgency].en}")
    if score is not None:
        zh.append(f" AI 评分 {probability_words(score)}")
        en.append(f"AI score {probability_words(score)}")
    zh.append("等待时间")
    en.append("waiting time")
    return Text(zh="，其次".join(zh), en=", then ".join(en))
