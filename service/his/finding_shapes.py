"""Findings and result objects as the HIS reads them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from service.access.doors import Caller
from service.archive.findings import StoredFinding
from service.archive.results import Result, ResultKind
from service.domain.wording import finding_text
from service.his.shape import (
    EXAMPLE_MOMENT,
    EXAMPLE_SERIES_UID,
    EXAMPLE_STUDY_UID,
    Coded,
    Shape,
    both,
    examples,
    moment,
)

EXAMPLE_ANALYSIS_ID = "9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b"
_CODE = {"value": "27925004", "scheme": "SCT", "meaning": "Nodule", "zh": "结节", "en": "nodule"}
_SITE = {"value": "45653009", "scheme": "SCT", "meaning": "Upper lobe of lung", "zh": "肺上叶", "en": "upper lobe"}
EXAMPLE_SIZE = "大小约 8.4 mm × 6.1 mm（长径 × 短径）"
EXAMPLE_FINDING = {
    "id": f"{EXAMPLE_ANALYSIS_ID}-1",
    "analysis_id": EXAMPLE_ANALYSIS_ID,
    "study_instance_uid": EXAMPLE_STUDY_UID,
    "number": 1,
    "code": _CODE,
    "site": _SITE,
    "laterality": {"value": "24028007", "scheme": "SCT", "meaning": "Right", "zh": "右", "en": "right"},
    "presence": "present",
    "probability": 0.94,
    "center_mm_lps": [-61.5, 12.0, -142.5],
    "long_axis_mm": 8.4,
    "short_axis_mm": 6.1,
    "volume_mm3": 214.0,
    "mean_hu": -38.0,
    "sop_instance_uid": f"{EXAMPLE_SERIES_UID}.118",
    "frame_number": None,
    "tracking_uid": "2.25.279013213128459162133781",
    "text": f"1. 右肺上叶见一结节，{EXAMPLE_SIZE}，体积 214 mm³，平均 CT 值 -38 HU，AI 概率 0.94。",
}
EXAMPLE_RESULT = {
    "id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "kind": "SR",
    "sop_class_uid": "1.2.840.10008.5.1.4.1.1.88.34",
    "sop_instance_uid": "2.25.98712387123",
    "series_instance_uid": "2.25.98712387124",
    "size_bytes": 18_432,
    "signed": False,
    "created_at": EXAMPLE_MOMENT,
    "href": "/api/v1/results/0f1e2d3c4b5a69788796a5b4c3d2e1f0",
}


class FindingView(Shape):
    """One coded statement about the patient, at or above the package's operating point."""

    model_config = examples(EXAMPLE_FINDING)
    id: str = Field(description=both("发现编号", "id of the finding"))
    analysis_id: str = Field(description=both("所属分析", "the analysis that found it"))
    study_instance_uid: str = Field(description=both("检查 UID", "Study Instance UID"))
    number: int = Field(description=both("序号，概率高者在前", "its number, the most probable first"))
    code: Coded = Field(description=both("发现的编码，与 SR 相同", "what it is; the same code as in the SR"))
    site: Coded = Field(description=both("部位", "where it is"))
    laterality: Coded | None = Field(description=both("侧别", "which side"))
    presence: str = Field(description=both("存在、不存在、不能确定", "present, absent or undetermined"))
    probability: float = Field(description=both("校准概率 0–1", "calibrated probability, 0 to 1"))
    center_mm_lps: tuple[float, float, float] | None = Field(
        description=both("中心（患者坐标 LPS，毫米）", "centre in the patient's LPS, mm")
    )
    long_axis_mm: float | None = Field(description=both("长径，毫米", "long axis, mm"))
    short_axis_mm: float | None = Field(description=both("短径，毫米", "short axis, mm"))
    volume_mm3: float | None = Field(description=both("体积，立方毫米", "volume, mm³"))
    mean_hu: float | None = Field(description=both("平均 CT 值，HU", "mean attenuation, HU"))
    sop_instance_uid: str | None = Field(description=both("最佳显示层的 UID", "the instance that shows it best"))
    frame_number: int | None = Field(
        description=both("多帧影像的帧号，从 1 起", "frame from 1, of a multi-frame image")
    )
    tracking_uid: str = Field(description=both("追踪 UID，与 SR、SEG 相同", "tracking UID, as in SR and SEG"))
    text: str = Field(description=both("一行文字（本院语言）", "in one line, in the hospital's language"))


class ResultView(Shape):
    """A result object: download it by href."""

    model_config = examples(EXAMPLE_RESULT)
    id: str = Field(description=both("结果对象编号", "id of the result object"))
    kind: ResultKind = Field(description=both("类别", "SR, SEG or SC"))
    sop_class_uid: str = Field(description=both("SOP 类 UID", "SOP Class UID"))
    sop_instance_uid: str = Field(description=both("SOP 实例 UID", "SOP Instance UID"))
    series_instance_uid: str = Field(description=both("序列 UID", "Series Instance UID"))
    size_bytes: int = Field(description=both("字节数", "its size in bytes"))
    signed: bool = Field(description=both("是否经医师签发", "whether a physician signed it"))
    created_at: datetime = Field(description=both("生成时间", "when it was written"))
    href: str = Field(description=both("下载路径", "path to download it"))


def finding_view(study_instance_uid: str, finding: StoredFinding, caller: Caller) -> FindingView:
    """A finding of a row."""
    sides = (finding.laterality_value, finding.laterality_scheme, finding.laterality_meaning)
    center = (finding.center_x_mm, finding.center_y_mm, finding.center_z_mm)
    return FindingView(
        id=finding.id,
        analysis_id=finding.analysis_id,
        study_instance_uid=study_instance_uid,
        number=finding.number,
        code=Coded.of(finding.code_value, finding.code_scheme, finding.code_meaning),
        site=Coded.of(finding.site_value, finding.site_scheme, finding.site_meaning),
        laterality=Coded.of(*(side or "" for side in sides)) if sides[0] else None,
        presence=finding.presence,
        probability=finding.probability,
        center_mm_lps=None if None in center else tuple(axis or 0.0 for axis in center),  # type: ignore[arg-type]  # three
        long_axis_mm=finding.long_axis_mm,
        short_axis_mm=finding.short_axis_mm,
        volume_mm3=finding.volume_mm3,
        mean_hu=finding.mean_hu,
        sop_instance_uid=finding.sop_instance_uid,
        frame_number=finding.frame_number,
        tracking_uid=finding.tracking_uid,
        text=finding_text(finding.stated, caller.hospital.language),
    )


def result_view(result: Result) -> ResultView:
    """A result object of a row."""
    return ResultView(
        id=result.id,
        kind=result.kind,
        sop_class_uid=result.sop_class_uid,
        sop_instance_uid=result.sop_instance_uid,
        series_instance_uid=result.series_instance_uid,
        size_bytes=result.size_bytes,
        signed=result.signed,
        created_at=moment(result.created_at),
        href=f"/api/v1/results/{result.id}",
    )
