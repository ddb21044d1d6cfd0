"""A signed report as Encapsulated PDF (PS3.3 A.45.1), laid out as the local norm asks (AC-09, AC-79).

One that is out before its audit says so in its title, on each page and where its auditor will sign (AC-72).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian

from models.contract import Code
from models.frames import text_of
from models.manifest import Text
from service.dicom.names import PersonName
from service.domain.hospital import Language
from service.domain.technique import technique_lines
from service.domain.wording import provisional_words, report_line, said
from service.results.document import EncodedObject, ObjectKind, zone
from service.results.header import apply_header, code_item, long_string, patient_and_study, utc_offset
from service.results.part10 import encoded
from service.results.report_sheet import Fact, Plate, Section, Sheet, Signature, drawn
from service.results.signed_report import KeyPicture, ReportContext, SignedReport, Verified
from service.results.sources import reference

_DOCUMENT: Final = Code("18748-4", "LN", "Diagnostic imaging report")
_TITLE: Final = Text(zh="影像诊断报告", en="Diagnostic imaging report")
_NAME, _SEX, _BORN = Text(zh="姓名", en="Name"), Text(zh="性别", en="Sex"), Text(zh="出生日期", en="Born")
_ID, _ACCESSION = Text(zh="患者编号", en="Patient ID"), Text(zh="检查号", en="Accession number")
_EXAMINATION, _TAKEN = Text(zh="检查项目", en="Examination"), Text(zh="检查时间", en="Examined")
_HOSPITAL, _VERSION = Text(zh="送检医院", en="Hospital"), Text(zh="报告版本", en="Version of the report")
_FINDINGS, _IMPRESSION = Text(zh="影像所见", en="Findings"), Text(zh="影像诊断", en="Impression")
_ALWAYS: Final = (_FINDINGS, _IMPRESSION)
"""Parts that every report has: where nothing was written, that is seen (AC-79)."""
_ADVICE, _MEASURED = Text(zh="建议", en="Advice"), Text(zh="经医师确认的发现", en="Findings the physician stands for")
_URGENT: Final = Text(zh="危急值通报", en="Communication of urgent findings")
_AGE: Final = Text(zh="年龄", en="Age")
_AGES: Final = {
    "Y": Text(zh="{} 岁", en="{} years"),
    "M": Text(zh="{} 月", en="{} months"),
    "W": Text(zh="{} 周", en="{} weeks"),
    "D": Text(zh="{} 天", en="{} days"),
}
_TECHNIQUE: Final = Text(zh="检查技术", en="Technique")
_CENTRE_LICENCE: Final = Text(zh="医疗机构执业许可证登记号：", en="Practice licence of the institution: ")
_PAGE: Final = Text(zh="第 {page} 页，共 {pages} 页", en="Page {page} of {pages}")
_KEY_IMAGES: Final = Text(zh="关键图像", en="Key images")
_FIGURE, _SERIES = Text(zh="图 {}", en="Figure {}"), Text(zh="序列 {}", en="series {}")
_SLICE, _IMAGE = Text(zh="第 {} 层", en="slice {}"), Text(zh="第 {} 幅", en="image {}")
_NEXT: Final = Text(zh="  ", en=", ")
_NO_PICTURE: Final = Text(zh="（图像无法解码，请在影像系统中查看）", en="(cannot be decoded: see the image itself)")
_SLICED: Final = frozenset({"CT", "MR", "PT", "NM"})
_COLON: Final = Text(zh="：", en=": ")
_SIGNED, _AUDITED = Text(zh="报告医师", en="Signed by"), Text(zh="审核医师", en="Audited by")
_LICENCE: Final = Text(zh="执业证书编号", en="Practice certificate")
_NOT_AUDITED, _AUDIT_BY = Text(zh="待审核", en="to be audited"), Text(zh="须于 {} 前", en="by {}")
_PROVISIONAL: Final = Text(zh="（临时报告，待审核）", en=" (provisional, to be audited)")
_STATUS: Final = Text(zh="报告状态", en="Status")
_AMENDS: Final = Text(zh="（修改版，取代前一版本）", en=" (amended, replaces the version before)")
_AI: Final = Text(
    zh="本报告参考了 AI 软件 {name}（发布版本 {release}，完整版本 {version}）的结果，由医师复核并负责。",
    en="The results of AI software {name} (release {release}, full version {version}) were used; the physician "
    "reviewed them and is responsible.",
)
_RECORD: Final = Text(zh="签名记录 SHA-256：", en="SHA-256 of the signed record: ")
_CHANGED: Final = Text(
    zh="文字经审核医师修改，报告医师签名的原文保存在签名记录中。审核记录 SHA-256：",
    en="The auditor changed the words; what was signed first is kept in the signed record. SHA-256 of the audit: ",
)
_FOOTER: Final = Text(zh="此报告仅供临床医师参考", en="This report is for the reference of clinicians only")
_NOT_SHOWN: Final = Text(
    zh="代表字体无法显示的字符：", en="stands for characters that this document's fonts cannot show:"
)
_SEXES: Final = {"M": Text(zh="男", en="male"), "F": Text(zh="女", en="female"), "O": Text(zh="其他", en="other")}


def encode_report_pdf(
    context: ReportContext, report: SignedReport, pictures: Sequence[KeyPicture] = ()
) -> EncodedObject:
    """The report as the physician who asked for it reads it; its text and its dictionary carry the record's hash."""
    content = drawn(_sheet(context, report, pictures))
    document = Dataset()
    document.file_meta = FileMetaDataset()
    document.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    document.file_meta.MediaStorageSOPClassUID = EncapsulatedPDFStorage
    document.SOPClassUID, document.SOPInstanceUID = EncapsulatedPDFStorage, context.sop_instance_uid(ObjectKind.PDF)
    document.file_meta.MediaStorageSOPInstanceUID = document.SOPInstanceUID
    document.Modality = "DOC"
    document.SeriesInstanceUID = context.series_instance_uid(ObjectKind.PDF)
    apply_header(document, context, ObjectKind.PDF)
    document.ConversionType = "WSD"
    document.InstanceNumber = 1
    document.AcquisitionDateTime = None
    document.BurnedInAnnotation = "YES"
    document.VerificationFlag = "VERIFIED" if report.audit_due_at is None else "UNVERIFIED"
    document.DocumentTitle = _title(report, context.language)
    document.ConceptNameCodeSequence = [code_item(_DOCUMENT)]
    document.SourceInstanceSequence = [reference(each.sop_class_uid, each.sop_instance_uid) for each in report.images]
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document.EncapsulatedDocumentLength = len(content)
    document.EncapsulatedDocument = content + b"\0" * (len(content) % 2)
    return encoded(document, ObjectKind.PDF)


def _sheet(context: ReportContext, report: SignedReport, pictures: Sequence[KeyPicture]) -> Sheet:
    language, text = context.language, report.content.text
    measured = "\n".join(report_line(each.stated, language) for each in report.findings)
    sections = (
        (_FINDINGS, text.findings),
        (_MEASURED, measured),
        (_IMPRESSION, text.impression),
        (_ADVICE, text.advice),
        (_URGENT, "\n".join(report.communications)),
    )
    return Sheet(
        centre=context.installation.name,
        licence=_centre_licence(context),
        title=f"{_title(report, language)}{said(_AMENDS, language) if report.amends else ''}",
        facts=tuple(_facts(context, report)),
        sections=tuple(
            Section(said(heading, language), words)
            for heading, words in sections
            if words.strip() or heading in _ALWAYS
        ),
        signatures=tuple(_signatures(context, report)),
        notes=tuple(_notes(context, report)),
        plates_heading=said(_KEY_IMAGES, language),
        plates=tuple(_plate(context, at, each) for at, each in enumerate(pictures, start=1)),
        running=_running(context, report),
        footer=said(_FOOTER, language),
        page=said(_PAGE, language),
        colon=said(_COLON, language),
        not_shown=said(_NOT_SHOWN, language),
        keywords=" ".join(_hashes(report)),
    )


def _centre_licence(context: ReportContext) -> str:
    number = context.installation.licence_number.strip()
    return f"{said(_CENTRE_LICENCE, context.language)}{number}" if number else ""


def _title(report: SignedReport, language: Language) -> str:
    """What it is: on every page and in the object's header, where it is not final."""
    return f"{said(_TITLE, language)}{'' if report.audit_due_at is None else said(_PROVISIONAL, language)}"


def _running(context: ReportContext, report: SignedReport) -> str:
    """Whose report a further page belongs to."""
    header = patient_and_study(context)
    parts = (_patient_name(header, context.language), text_of(header, "PatientID"), text_of(header, "AccessionNumber"))
    return "    ".join((_title(report, context.language), *(part for part in parts if part)))


def _hashes(report: SignedReport) -> Iterator[str]:
    yield f"record-sha256={report.record_sha256}"
    if report.change_sha256 is not None:
        yield f"change-sha256={report.change_sha256}"


def _facts(context: ReportContext, report: SignedReport) -> Iterator[Fact]:
    header, language = patient_and_study(context), context.language
    sex = _SEXES.get(text_of(header, "PatientSex"))
    if report.audit_due_at is not None:
        due_at = report.audit_due_at.astimezone(zone(utc_offset(context)))
        yield Fact(said(_STATUS, language), provisional_words(due_at, language), is_wide=True)
    for label, value in (
        (_NAME, _patient_name(header, language)),
        (_SEX, "" if sex is None else said(sex, language)),
        (_AGE, _age(text_of(header, "PatientAge"), language)),
        (_BORN, _date(text_of(header, "PatientBirthDate"))),
        (_ID, text_of(header, "PatientID")),
        (_ACCESSION, text_of(header, "AccessionNumber")),
        (_HOSPITAL, context.hospital_name),
        (_TAKEN, f"{_date(text_of(header, 'StudyDate'))} {_time(text_of(header, 'StudyTime'))}".strip()),
        (_VERSION, str(report.version)),
    ):
        yield Fact(said(label, language), value)
    examined = f"{text_of(context.sources[0], 'Modality')} {text_of(header, 'StudyDescription')}".strip()
    yield Fact(said(_EXAMINATION, language), examined, is_wide=True)
    for line in technique_lines(report.techniques, language):
        yield Fact(said(_TECHNIQUE, language), line, is_wide=True)


def _age(stated: str, language: Language) -> str:
    """An age string (PS3.5 section 6.2) in words; nothing where it is none."""
    number, unit = stated[:-1], _AGES.get(stated[-1:])
    return said(unit, language).format(int(number)) if unit is not None and number.isdigit() else ""


def _patient_name(header: Dataset, language: Language) -> str:
    name = PersonName.parse(str(header.get("PatientName") or ""))
    alphabetic, ideographic, _ = (group.replace("^", " ").strip() for group in name.groups)
    if language is Language.ZH_CN and ideographic:
        return ideographic.replace(" ", "")
    return alphabetic or ideographic.replace(" ", "")


def _signatures(context: ReportContext, report: SignedReport) -> Iterator[Signature]:
    for part, verified in zip((_SIGNED, _AUDITED), report.verified, strict=False):
        at = verified.at.astimezone(zone(utc_offset(context)))
        person = "  ".join(part for part in (verified.name, verified.title) if part)
        yield Signature(said(part, context.language), person, _licence(verified, context.language), _moment(at))
    if report.audit_due_at is not None:
        due_at = f"{report.audit_due_at.astimezone(zone(utc_offset(context))):%Y-%m-%d %H:%M %z}"
        waiting, until = said(_NOT_AUDITED, context.language), said(_AUDIT_BY, context.language).format(due_at)
        yield Signature(said(_AUDITED, context.language), waiting, "", until)


def _licence(verified: Verified, language: Language) -> str:
    return f"{said(_LICENCE, language)} {verified.licence}" if verified.licence else ""


def _notes(context: ReportContext, report: SignedReport) -> Iterator[str]:
    for package in dict.fromkeys((each.package.name, each.package_sha256) for each in report.packages):
        manifest = next(each.package for each in report.packages if (each.package.name, each.package_sha256) == package)
        yield said(_AI, context.language).format(
            name=said(manifest.title, context.language), release=manifest.release_version, version=manifest.version
        )
    yield f"{said(_RECORD, context.language)}{report.record_sha256}"
    if report.change_sha256 is not None:
        yield f"{said(_CHANGED, context.language)}{report.change_sha256}"


def _plate(context: ReportContext, at: int, picture: KeyPicture) -> Plate:
    """A picture and where it is found: figure, series, slice, what the reader noted."""
    language = context.language
    is_slice = text_of(context.sources[0], "Modality") in _SLICED
    words = [said(_FIGURE, language).format(at)]
    if picture.series_number is not None:
        words.append(said(_SERIES, language).format(picture.series_number))
    if picture.image_number is not None:
        words.append(said(_SLICE if is_slice else _IMAGE, language).format(picture.image_number))
    place = said(_NEXT, language).join(words)
    note = picture.note.strip() if picture.png is not None else said(_NO_PICTURE, language)
    return Plate(picture.png, f"{place}  {note}".strip())


def _date(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) >= 8 and text[:8].isdigit() else text


def _time(text: str) -> str:
    return f"{text[:2]}:{text[2:4]}" if len(text) >= 4 and text[:4].isdigit() else text


def _moment(at: datetime) -> str:
    return long_string(at.strftime("%Y-%m-%d %H:%M:%S %z"))
