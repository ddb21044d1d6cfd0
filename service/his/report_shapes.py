"""Signed reports as the HIS reads them: text, coded findings, who signed, which objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import Field

from service.access.doors import Caller
from service.archive.orders import Order
from service.archive.reports import Report
from service.archive.results import Result
from service.domain.record import RecordedFinding, ReportRecord, Signer
from service.domain.report import ReportState
from service.domain.report_audit import AuditRecord, released_content
from service.domain.review import STANDS, FindingState
from service.domain.status import ExaminationStatus
from service.domain.wording import report_line, said
from service.flow.state_words import EXAMINATION_WORDS
from service.his.finding_shapes import EXAMPLE_FINDING, EXAMPLE_RESULT, ResultView, result_view
from service.his.shape import (
    EXAMPLE_MOMENT,
    EXAMPLE_STUDY_UID,
    Coded,
    Shape,
    both,
    examples,
    moment,
    moment_or_none,
)

_STATUSES: Final[Mapping[ReportState, ExaminationStatus]] = {
    ReportState.PROVISIONAL: ExaminationStatus.PROVISIONAL,
    ReportState.RELEASED: ExaminationStatus.SIGNED,
    ReportState.AMENDED: ExaminationStatus.SUPERSEDED,
    ReportState.WITHDRAWN: ExaminationStatus.WITHDRAWN,
}


class SaidBy(StrEnum):
    """Who said a finding: a physician alone, or a package and a physician who confirmed or corrected it (AC-08)."""

    PERSON = "person"
    CONFIRMED = "person-confirmed-device"
    CORRECTED = "person-corrected-device"


_SAID_BY: Final[Mapping[FindingState, SaidBy]] = {
    FindingState.ADDED: SaidBy.PERSON,
    FindingState.ACCEPTED: SaidBy.CONFIRMED,
    FindingState.CORRECTED: SaidBy.CORRECTED,
}
_EXAMPLE_ID: Final = "77aa0c6e9a2d4f3f8c7b6a5d4e3f2a1b"
_EXAMPLE: Final = {
    "id": _EXAMPLE_ID,
    "version": 1,
    "status": "signed",
    "status_text": "已签发",
    "study_instance_uid": EXAMPLE_STUDY_UID,
    "accession_number": "A20261128001",
    "order_ids": ["5b1f0c6e9a2d4f3f8c7b6a5d4e3f2a1b"],
    "replaces": None,
    "language": "zh-CN",
    "findings_text": "右肺上叶见一结节，大小约 8.4 mm × 6.1 mm。",
    "impression_text": "右肺上叶结节，建议随访。",
    "advice_text": "3 个月后复查胸部 CT。",
    "findings": [
        {
            "tracking_uid": EXAMPLE_FINDING["tracking_uid"],
            "said_by": "person-confirmed-device",
            "code": EXAMPLE_FINDING["code"],
            "site": EXAMPLE_FINDING["site"],
            "laterality": EXAMPLE_FINDING["laterality"],
            "long_axis_mm": 8.4,
            "short_axis_mm": 6.1,
            "volume_mm3": 214.0,
            "text": "右肺上叶见一结节，大小约 8.4 mm × 6.1 mm（长径 × 短径），体积 214 mm³。",
        }
    ],
    "signed_by": {"name": "王小东", "title": "主治医师", "licence": "110510000000001", "at": EXAMPLE_MOMENT},
    "audited_by": None,
    "audit_due_at": None,
    "released_at": EXAMPLE_MOMENT,
    "withdrawn_because": None,
    "record_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "results": [{**EXAMPLE_RESULT, "signed": True}],
}


class PhysicianView(Shape):
    """A physician who put their name to a report."""

    name: str = Field(description=both("姓名", "name"))
    title: str = Field(description=both("职称", "title"))
    licence: str = Field(description=both("执业证书编号", "number of the practice certificate"))
    at: datetime = Field(description=both("签名时间", "when"))


class SignedFindingView(Shape):
    """A finding the signer stands for; what they rejected is not here."""

    tracking_uid: str = Field(description=both("追踪 UID，与 SR、SEG 相同", "tracking UID, as in SR and SEG"))
    said_by: SaidBy = Field(description=both("由谁提出", "who said it"))
    code: Coded = Field(description=both("发现的编码，与 SR 相同", "what it is; the same code as in the SR"))
    site: Coded = Field(description=both("部位", "where it is"))
    laterality: Coded | None = Field(description=both("侧别", "which side"))
    long_axis_mm: float | None = Field(description=both("长径，毫米", "long axis, mm"))
    short_axis_mm: float | None = Field(description=both("短径，毫米", "short axis, mm"))
    volume_mm3: float | None = Field(description=both("体积，立方毫米", "volume, mm³"))
    text: str = Field(description=both("一行文字", "in one line"))


class ReportView(Shape):
    """A version of a report that was released, or is out provisionally before its audit."""

    model_config = examples(_EXAMPLE)
    id: str = Field(description=both("报告版本编号", "id of the version"))
    version: int = Field(description=both("版本号", "its number, from 1"))
    status: ExaminationStatus = Field(
        description=both(
            "provisional（临时报告，待审核）、signed、amended、superseded 或 withdrawn",
            "provisional (out before its audit), signed, amended, superseded or withdrawn",
        )
    )
    status_text: str = Field(description=both("文字说明", "in words"))
    study_instance_uid: str = Field(description=both("检查 UID", "Study Instance UID"))
    accession_number: str = Field(description=both("检查号", "Accession Number"))
    order_ids: tuple[str, ...] = Field(description=both("所属申请", "the orders it answers"))
    replaces: str | None = Field(description=both("取代的版本", "the version it takes the place of"))
    language: str = Field(description=both("文本语言", "language of the texts"))
    findings_text: str = Field(description=both("影像所见", "findings"))
    impression_text: str = Field(description=both("影像诊断", "impression"))
    advice_text: str = Field(description=both("建议", "advice"))
    findings: tuple[SignedFindingView, ...] = Field(
        description=both("医师负责的编码化发现", "coded findings the physician stands for")
    )
    signed_by: PhysicianView = Field(description=both("报告医师", "who signed"))
    audited_by: PhysicianView | None = Field(description=both("审核医师", "who audited"))
    audit_due_at: datetime | None = Field(
        description=both(
            "急诊临时报告的审核期限；其他报告为 null",
            "until when a provisional one is to be audited; null for others",
        )
    )
    released_at: datetime | None = Field(
        description=both("签发时间；临时报告审核前为 null", "when it was released; null while it is provisional")
    )
    withdrawn_because: str | None = Field(description=both("撤回原因", "why it was withdrawn"))
    record_sha256: str = Field(
        description=both(
            "签名记录的 SHA-256，SR 与 PDF 中亦有", "SHA-256 of the signed record; SR and PDF carry it too"
        )
    )
    results: tuple[ResultView, ...] = Field(description=both("SR、SEG、PDF、关键图像", "SR, SEG, PDF, key images"))


@dataclass(frozen=True, slots=True)
class ReportRows:
    """A released version with what stands around it. replaced: the version whose place it took."""

    report: Report
    replaced: Report | None
    accession_number: str
    joined: tuple[Order, ...]
    made: tuple[Result, ...]


def report_view(rows: ReportRows, caller: Caller) -> ReportView:
    """A released version with its objects. The text is the signed record's, or what its auditor put in its place."""
    report = rows.report
    record = ReportRecord.read(report.record or "")
    status = _STATUSES[report.state]
    if report.state is ReportState.RELEASED and rows.replaced is not None:
        status = ExaminationStatus.AMENDED
    text, language = released_content(record.content, report.audit_record).text, record.content.language
    auditor = None if report.audit_record is None else AuditRecord.read(report.audit_record).auditor
    return ReportView(
        id=report.id,
        version=report.version,
        status=status,
        status_text=said(EXAMINATION_WORDS[status], caller.language),
        study_instance_uid=report.study_instance_uid,
        accession_number=rows.accession_number,
        order_ids=tuple(order.id for order in rows.joined),
        replaces=None if rows.replaced is None else rows.replaced.id,
        language=language.value,
        findings_text=text.findings,
        impression_text=text.impression,
        advice_text=text.advice,
        findings=tuple(_finding(each, report_line(each.stated, language)) for each in record.findings if _stands(each)),
        signed_by=_physician(record.signer, report.signed_at),
        audited_by=None if auditor is None else _physician(auditor, report.audited_at),
        audit_due_at=moment_or_none(report.audit_due_at),
        released_at=moment_or_none(report.released_at),
        withdrawn_because=report.why if report.state is ReportState.WITHDRAWN else None,
        record_sha256=report.record_sha256 or "",
        results=tuple(result_view(each) for each in rows.made),
    )


def _stands(finding: RecordedFinding) -> bool:
    return finding.state in STANDS


def _finding(finding: RecordedFinding, line: str) -> SignedFindingView:
    stated = finding.stated
    return SignedFindingView(
        tracking_uid=finding.tracking_uid,
        said_by=_SAID_BY[finding.state],
        code=Coded.of(stated.concept.value, stated.concept.scheme, stated.concept.meaning),
        site=Coded.of(stated.site.value, stated.site.scheme, stated.site.meaning),
        laterality=None
        if stated.laterality is None
        else Coded.of(stated.laterality.value, stated.laterality.scheme, stated.laterality.meaning),
        long_axis_mm=stated.long_axis_mm,
        short_axis_mm=stated.short_axis_mm,
        volume_mm3=stated.volume_mm3,
        text=line,
    )


def _physician(signer: Signer, at: float | None) -> PhysicianView:
    return PhysicianView(name=signer.name, title=signer.title, licence=signer.licence, at=moment(at or 0.0))
