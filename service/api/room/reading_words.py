"""What the reading page says of reports, contradictions and studies, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.manifest import Text
from service.domain.contradiction import Contradiction
from service.domain.report import ReportState

REPORT_TEXTS: Final[Mapping[ReportState, Text]] = {
    ReportState.DRAFT: Text(zh="草稿", en="draft"),
    ReportState.PRELIMINARY: Text(zh="待签发", en="to be signed"),
    ReportState.SIGNED: Text(zh="待审核", en="to be audited"),
    ReportState.PROVISIONAL: Text(zh="临时报告，待审核", en="provisional, to be audited"),
    ReportState.RELEASED: Text(zh="已签发", en="released"),
    ReportState.AMENDED: Text(zh="已被修订", en="amended"),
    ReportState.WITHDRAWN: Text(zh="已撤回", en="withdrawn"),
    ReportState.RECALLED: Text(zh="已收回", en="recalled"),
    ReportState.RETURNED: Text(zh="审核退回", en="returned by the auditor"),
    ReportState.DISCARDED: Text(zh="已放弃", en="discarded"),
}
FLAG_TEXTS: Final[Mapping[Contradiction, Text]] = {
    Contradiction.PRESENCE: Text(zh="否认了已成立或不确定的发现", en="denies a finding that stands or is uncertain"),
    Contradiction.SIDE: Text(zh="左右不一致", en="another side than the finding"),
    Contradiction.SEX: Text(zh="与患者性别不符", en="does not fit the patient's sex"),
    Contradiction.SIZE: Text(zh="大小不一致", en="another size than the finding"),
}
BANNERS: Final[Mapping[str, Text]] = {
    "identity-conflict": Text(
        zh="影像中的患者身份互相矛盾，请先核对。", en="The images disagree about the patient: check that first."
    ),
    "underway": Text(
        zh="AI 尚未完成，其结果会自行出现。", en="AI is not done yet; what it finds will appear by itself."
    ),
    "not-asked": Text(zh="本检查未要求 AI 分析。", en="No package was asked to read this examination."),
    "not-agreed": Text(
        zh="与该医院的协议不含此设备类型：请退回医院，原因选“不在服务范围内”。",
        en="The agreement with the hospital does not cover this modality: return it as not covered by the contract.",
    ),
    "withdrawn": Text(
        zh="发给医院的报告已撤回，医院目前没有有效报告：签发后以此为准。原因见“版本”。",
        en="The report the hospital had was withdrawn; it has none that counts until this one is out; see Versions.",
    ),
    "no-images": Text(
        zh="检查中没有图像，不能签发报告；请退回医院补传。",
        en="The examination has no images, so no report can be signed: return it, so that the hospital sends them.",
    ),
    "not-delivered": Text(
        zh="已签发的报告未能送达医院：请系统管理员查看其传输，必要时电话告知医院。",
        en="The released report did not reach the hospital: have the system administrator look at its delivery, and "
        "call the hospital where it cannot wait.",
    ),
    "after-signature": Text(
        zh="签名后又收到图像，报告未涵盖：请查看全部图像，再修订已签发的报告；待审核的，请收回或退回后重签。",
        en="Images came after the signature; the report does not cover them. Look at them all, then amend a released "
        "report; one that waits for its audit is recalled or returned, and signed again.",
    ),
    "late-images": Text(
        zh="检查收齐后又有影像到达，请核对全部影像。",
        en="Images came after completion: look at all of them.",
    ),
}
