"""What a PACS or a webhook did, in the two languages of the product, with what to do about it.

Rows keep our own sentence in English, and behind a C-STORE status what the peer said, which may name a patient: that is
left out here. A sentence that has no Chinese is shown as it stands, and said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from models.manifest import Text
from service.domain.sentences import Pairs, in_chinese

_PEERS: Final[Pairs] = (
    ("{where} answers C-ECHO", "{where} 应答 C-ECHO"),
    (
        "{where} does not accept {object}, nor the summary page that would go instead: such results do not reach it",
        "{where} 不接收{object}，也不接收替代的摘要页：此类结果无法送达，请在 PACS 端开启",
    ),
    (
        "{where} does not accept {object}, which goes only where one of the two above does not",
        "{where} 不接收{object}；仅在上述两类之一不被接收时才会发送，无需处理",
    ),
    ("{where} does not accept {object}: a summary page goes instead", "{where} 不接收{object}：改发摘要页"),
    (
        "{where} does not accept {object}: signed reports reach it as SR only",
        "{where} 不接收{object}：签发的报告仅以 SR 送达",
    ),
    (
        "{where} does not accept {object}: key images and withdrawals of reports do not reach it",
        "{where} 不接收{object}：报告的关键图像与撤回说明无法送达",
    ),
    (
        "{where} does not accept {object}: findings are not drawn over its images",
        "{where} 不接收{object}：发现无法标注在影像上；请在 PACS 端开启，或在中心取消该项",
    ),
    ("{where} does not accept {object}", "{where} 不接收{object}"),
    ("{where} accepts {object}", "{where} 接收{object}"),
    ("this hospital has neither a PACS nor a webhook", "该医院既无 PACS 也无 HIS 地址，请先添加"),
    ("results that it had refused and are sent again now: {n}", "此前被拒收、现重新发送的结果：{n} 个"),
    ("messages that it had refused and are sent again now: {n}", "此前被拒收、现重新发送的消息：{n} 条"),
    ("webhook: {failure}", "HIS 地址：{failure}"),
    ("webhook {url} answers", "HIS 地址 {url} 有应答"),
)
_FAILURES: Final[Pairs] = (
    ("the peer did not answer C-ECHO", "对方未应答 C-ECHO；请检查对方的 DICOM 服务"),
    ("{where} accepts none of the proposed SOP Classes", "{where} 不接收所提的任何 SOP 类；请在 PACS 端开启结果类别"),
    (
        "{where} cannot be reached or does not answer as DICOM",
        "{where} 无法连接或不以 DICOM 应答；请检查地址、端口与防火墙",
    ),
    ("the peer accepts no objects of SOP Class {object}", "对方不接收{object}；请在 PACS 端开启"),
    ("the peer accepts no objects of SOP Class {uid}", "对方不接收 SOP 类 {uid}；请在 PACS 端开启"),
    (
        "the stored object cannot be read ({detail}); run `consilium doctor --archive`",
        "本地对象无法读取（{detail}）；请运行 consilium doctor --archive",
    ),
    (
        "this object cannot be sent in a syntax the peer accepts",
        "对方不接收此对象的传输语法；请在 PACS 端开启显式或隐式小端",
    ),
    ("the peer ended the association or did not answer in time", "对方中断关联或超时未答；将自动重试"),
    ("the peer ended the association", "对方中断关联；将自动重试"),
    ("the association ended before this object was answered", "关联在此对象得到应答前结束；将自动重试"),
    ("the peer was removed", "该接收端已被移除；请搁置此投递，或添加新的接收端"),
    ("unforeseen {name}, see the centre's log", "未预见的错误（{name}）；请查看中心日志"),
    (
        "the address is not at the hospital's webhook's scheme, host and port",
        "回调地址与该医院登记的 HIS 地址（协议、主机、端口）不一致；请核对 HIS 地址",
    ),
    ("the name {host} does not resolve ({detail})", "主机名 {host} 无法解析（{detail}）；请检查名称与 DNS"),
    (
        "{host} resolves to {address}, which may not be called",
        "{host} 解析为 {address}，该地址不允许访问；外网地址须用 https",
    ),
    ("the webhook at {host} did not answer in time", "{host} 超时未答；请检查 HIS 服务"),
    (
        "the webhook at {host} cannot be reached ({detail})",
        "{host} 无法连接（{detail}）；请检查地址、端口、证书与防火墙",
    ),
    ("the webhook at {host} does not answer as HTTP ({name})", "{host} 不以 HTTP 应答（{name}）；请检查端口与协议"),
    ("the webhook's URL cannot be called ({detail})", "HIS 地址无法访问（{detail}）；请核对地址"),
    (
        "the webhook's secret cannot be opened: {detail}",
        "HIS 签名密钥无法打开（{detail}）；请恢复安装密钥，或重新生成签名密钥",
    ),
    (
        "the webhook answered {status}: redirects are not followed, give the final address",
        "HIS 应答 {status}：不跟随重定向，请填写最终地址",
    ),
    ("the webhook answered 410: it wants no more messages", "HIS 应答 410：不再接收消息；请与医院确认"),
    ("the webhook answered {status}, for {n} days", "HIS 持续 {n} 天应答 {status}；请与医院核对地址与权限"),
    ("the webhook answered {status}", "HIS 应答 {status}；将自动重试，请与医院核对"),
)
_OBJECTS: Final[Pairs] = (
    ("Comprehensive 3D SR Storage", "结构化报告（SR）"),
    ("Segmentation Storage", "分割（SEG）"),
    ("Secondary Capture Image Storage", "摘要页（二次采集）"),
    ("Encapsulated PDF Storage", "PDF 报告"),
    ("Key Object Selection Document Storage", "关键图像（KO）"),
    ("Grayscale Softcopy Presentation State Storage", "标注显示（GSPS）"),
)
_WHERE: Final[Pairs] = (("{place}", "{place}"),)
_INNER: Final[Mapping[str, Pairs]] = MappingProxyType({"object": _OBJECTS, "failure": _FAILURES, "where": _WHERE})
_STORE: Final = re.compile(r"C-STORE status ([0-9A-F]{4})(?:: .*)?", re.DOTALL)
_STATUS: Final[tuple[tuple[str, Text], ...]] = (
    ("A7", Text(zh="资源不足，将自动重试", en="out of resources; it is tried again")),
    ("A9", Text(zh="数据与 SOP 类不符，请联系 PACS 厂家", en="the object does not fit its class; ask the PACS' maker")),
    ("0122", Text(zh="不支持此 SOP 类，请在 PACS 端开启", en="SOP Class not supported; allow it in the PACS")),
    ("0124", Text(zh="未获授权，请在 PACS 端登记本中心的 AE", en="not authorised; let the centre's AE in at the PACS")),
    ("0110", Text(zh="处理失败，将自动重试", en="processing failure; it is tried again")),
    ("C", Text(zh="无法理解此对象，请联系 PACS 厂家", en="cannot understand the object; ask the PACS' maker")),
)
"""Status codes of C-STORE by how they begin (PS3.4 table B.2-1, PS3.7 annex C)."""
_REJECTED: Final = re.compile(r"(.+) rejected the association \((\d+)/(\d+/\d+)\); check the AE titles on both sides")
_REJECTIONS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "1/3": Text(
            zh="对方不认识本中心的 AE（主叫）；请在对方登记本中心的 AE",
            en="it does not know the AE title we call as; let that title in there",
        ),
        "1/7": Text(
            zh="对方不认识所呼叫的 AE（被叫）；请核对对方的 AE",
            en="it does not know the AE title it is called by; correct its AE title here",
        ),
        "2/3/1": Text(zh="对方暂时拥塞，将自动重试", en="it is congested for the moment; it is tried again"),
        "2/3/2": Text(
            zh="对方同时接受的关联数已满，将自动重试", en="it has as many associations as it takes; it is tried again"
        ),
    }
)
"""Why an association was rejected, by source and reason, where it is transient by result too (PS3.8 table 9-21)."""
_OTHER_REJECTION: Final = Text(
    zh="请核对双方的 AE，并查看对方日志", en="check the AE titles on both sides, and its log"
)
_OTHER_STATUS: Final = Text(zh="请联系 PACS 厂家", en="ask the PACS' maker")


def peer_words(sentence: str) -> Text:
    """What happened at a peer, for people: without the peer's own words."""
    rejected = _REJECTED.fullmatch(sentence)
    if rejected is not None:
        where, code = rejected[1], f"{rejected[2]}/{rejected[3]}"
        why = _REJECTIONS.get(code) or _REJECTIONS.get(rejected[3], _OTHER_REJECTION)
        return Text(
            zh=f"{where} 拒绝关联（{code}）：{why.zh}", en=f"{where} rejected the association ({code}): {why.en}"
        )
    stored = _STORE.fullmatch(sentence)
    if stored is not None:
        why = next((words for start, words in _STATUS if stored[1].startswith(start)), _OTHER_STATUS)
        return Text(zh=f"C-STORE 应答 {stored[1]}：{why.zh}", en=f"C-STORE was answered {stored[1]}: {why.en}")
    chinese = in_chinese(sentence, _PEERS + _FAILURES, _INNER)
    return Text(zh=f"（原文）{sentence}" if chinese is None else chinese, en=sentence)
