"""Analyses as the HIS reads them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from models.manifest import UseStatusKind
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.domain.wording import NOT_VERIFIED
from service.his.finding_shapes import (
    EXAMPLE_ANALYSIS_ID,
    EXAMPLE_FINDING,
    EXAMPLE_RESULT,
    EXAMPLE_SIZE,
    FindingView,
    ResultView,
)
from service.his.shape import EXAMPLE_MOMENT, EXAMPLE_SERIES_UID, EXAMPLE_STUDY_UID, Shape, both, examples

_PACKAGE = {
    "name": "ct_chest_nodule",
    "version": "1.0.0.1",
    "title": "胸部 CT 结节检出",
    "manufacturer": "consilium",
    "device_uid": "2.25.319487128756123",
    "use_status": "research",
    "use_status_number": None,
    "use_status_text": "仅供科研，不得用于临床诊断",
}
_BRIEF = {
    "id": EXAMPLE_ANALYSIS_ID,
    "study_instance_uid": EXAMPLE_STUDY_UID,
    "revision": 1,
    "run": 1,
    "package": _PACKAGE,
    "series_instance_uid": EXAMPLE_SERIES_UID,
    "state": "concluded",
    "state_text": "已完成",
    "released": True,
    "outcome": "findings",
    "reason": None,
    "reason_text": None,
    "progress": 1.0,
    "attempt": 1,
    "created_at": EXAMPLE_MOMENT,
    "started_at": EXAMPLE_MOMENT,
    "ended_at": EXAMPLE_MOMENT,
}


class PackageView(Shape):
    """Which package, in which version, with what right."""

    model_config = examples(_PACKAGE)
    name: str = Field(description=both("软件包名称", "name of the package"))
    version: str = Field(description=both("完整版本 X.Y.Z.B", "full version X.Y.Z.B"))
    title: str | None = Field(description=both("标题", "title"))
    manufacturer: str | None = Field(description=both("制造商", "manufacturer"))
    device_uid: str | None = Field(description=both("设备 UID (0018,1002)", "Device UID (0018,1002)"))
    use_status: UseStatusKind | None = Field(
        description=both("使用状态：研究、试验、已注册", "use status: research, trial or registered")
    )
    use_status_number: str | None = Field(description=both("注册证编号", "registration number"))
    use_status_text: str | None = Field(description=both("使用状态的文字说明", "the use status in words"))


class AnalysisBrief(Shape):
    """An analysis as it stands, without its findings."""

    model_config = examples(_BRIEF)
    id: str = Field(description=both("分析编号", "id of the analysis"))
    study_instance_uid: str = Field(description=both("检查 UID", "Study Instance UID"))
    revision: int = Field(description=both("检查的第几版", "which revision of the study"))
    run: int = Field(description=both("第几次运行", "which run of the same version on the same images"))
    package: PackageView = Field(description=both("软件包", "the package"))
    series_instance_uid: str | None = Field(description=both("所读序列", "the series it reads"))
    state: AnalysisState = Field(description=both("状态", "state"))
    state_text: str = Field(description=both("状态的文字说明", "the state in words"))
    released: bool = Field(
        description=both(
            "结果是否向本院发布；false 时 outcome 等字段为 null，不代表未见异常",
            "whether its results are shown to this hospital; if not, null says nothing about what was found",
        )
    )
    outcome: AnalysisOutcome | None = Field(
        description=both("结果：有发现、未见发现、不适用、失败", "findings, no_finding, refused or failed")
    )
    reason: str | None = Field(description=both("不适用或失败的原因代码", "reason code of a refusal or failure"))
    reason_text: str | None = Field(description=both("原因与处理办法", "the reason in words, and what to do"))
    progress: float = Field(description=both("进度 0–1", "progress, 0 to 1"))
    attempt: int = Field(description=both("第几次尝试", "which attempt"))
    created_at: datetime = Field(description=both("创建时间", "when it was asked for"))
    started_at: datetime | None = Field(description=both("开始时间", "when the last attempt began"))
    ended_at: datetime | None = Field(description=both("结束时间", "when it ended"))


class AnalysisView(AnalysisBrief):
    """An analysis with all that the hospital may know of it."""

    model_config = examples(
        {
            **_BRIEF,
            "detail": None,
            "selection": ["序列 3：选用：轴位，卷积核 B60f，1.25 mm，300 层"],
            "findings": [EXAMPLE_FINDING],
            "findings_text": f"{EXAMPLE_FINDING['text']}\n{NOT_VERIFIED.zh}。",
            "impression_text": f"AI 检出结节 1 处，位于右肺上叶，{EXAMPLE_SIZE}。\n{NOT_VERIFIED.zh}。",
            "language": "zh-CN",
            "disclaimer": {"zh": "AI 结果，未经医师核实", "en": "AI result, not verified"},
            "results": [EXAMPLE_RESULT],
        }
    )
    detail: str | None = Field(
        description=both(
            "原因的具体所见；没有所选语言的文字时为 null",
            "what was seen, for a refusal or failure; null where there are no words for it in the language asked for",
        )
    )
    selection: tuple[str, ...] = Field(description=both("序列选择的理由", "why this series was chosen"))
    findings: tuple[FindingView, ...] | None = Field(
        description=both("发现；null 表示未发布、未完成或未读片", "findings; null: not released, not ended or not read")
    )
    findings_text: str | None = Field(description=both("影像所见（本院语言）", "findings section, hospital's language"))
    impression_text: str | None = Field(
        description=both("印象（本院语言）", "impression section, in the hospital's language")
    )
    language: str = Field(description=both("上述文本的语言", "the language of these texts"))
    disclaimer: dict[str, str] = Field(description=both("随结果显示的声明", "the line to show with the result"))
    results: tuple[ResultView, ...] | None = Field(
        description=both("结果对象；null 表示未发布", "result objects; null while not released")
    )
