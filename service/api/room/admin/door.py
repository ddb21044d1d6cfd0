"""As whom the system administrator acts, and what is said when something cannot be done as asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import Path

from models.manifest import Text
from service.access.hospital_peers import AnotherChannel, UnknownPeer
from service.access.hospital_settings import (
    MAX_NAME_LENGTH,
    MAX_QUIET_S,
    BadAgreement,
    BadName,
    BadQuietTime,
    BadTarget,
    DataNotReturned,
    NoSender,
    NotConfirmed,
    SettingsChanged,
    UnknownKey,
)
from service.access.problems import INVALID_REQUEST, UNKNOWN_PACKAGE, FieldFault, Kind, Problem, not_found
from service.access.reader_doors import Reader
from service.api.room.problems import STALE
from service.archive.hospitals import NameTaken, UnknownHospital
from service.domain.agreement import LEAST_KEEP_YEARS, MOST_KEEP_YEARS
from service.domain.hospital import HospitalFault, MalformedSetting, NetworkMissing, SendersOverlap, UnknownPackage
from service.domain.user import Right
from service.domain.wall import Wall

ADMIN: Final = "/admin"
IdPath = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9]+$")]
_MISSING: Final[dict[type[HospitalFault], Text]] = {
    UnknownHospital: Text(zh="医院", en="hospital"),
    UnknownPeer: Text(zh="接收端（PACS 或 HIS 地址）", en="PACS or webhook of this hospital"),
    UnknownKey: Text(zh="有效密钥", en="key in force"),
}
_FAULTS: Final[dict[type[HospitalFault], tuple[Kind, str, Text]]] = {
    BadName: (
        INVALID_REQUEST,
        "body.name",
        Text(
            zh=f"医院名称为 1 至 {MAX_NAME_LENGTH} 个字符，不含控制字符。",
            en=f"A hospital's name has 1 to {MAX_NAME_LENGTH} characters, none of them a control.",
        ),
    ),
    NoSender: (
        INVALID_REQUEST,
        "body.senders",
        Text(
            zh="请至少填写一个发送端：主叫 AE、被叫 AE、网段。",
            en="Name at least one sender: calling AE, called AE, networks.",
        ),
    ),
    BadQuietTime: (
        INVALID_REQUEST,
        "body.quiet_s",
        Text(
            zh=f"固定静默时间须大于 0 且不超过 {MAX_QUIET_S:.0f} 秒；留空则自动学习。",
            en=f"A fixed quiet time lies between 0 and {MAX_QUIET_S:.0f} seconds; without one it is learned.",
        ),
    ),
    BadTarget: (
        INVALID_REQUEST,
        "body.targets_s",
        Text(zh="时限为 60 秒至 30 天，按检查类别填写。", en="A target is 60 seconds to 30 days, by exam class."),
    ),
    BadAgreement: (
        INVALID_REQUEST,
        "body.agreement",
        Text(
            zh="至少选一项服务；没有 AI 分析就不能有模型包规则；诊断检查不能排除；"
            f"保存 {LEAST_KEEP_YEARS} 至 {MOST_KEEP_YEARS} 年。",
            en="At least one service; no package rule without analysis; diagnostic examinations cannot be excluded; "
            f"data are kept for {LEAST_KEEP_YEARS} to {MOST_KEEP_YEARS} years.",
        ),
    ),
    DataNotReturned: (
        INVALID_REQUEST,
        "body.name",
        Text(
            zh="按协议须先交还全部数据：在中心的机器上运行 `consilium hospital return-data 医院 文件夹`，然后再移除。",
            en="By the agreement all data are handed back first: run `consilium hospital return-data NAME FOLDER` on "
            "the centre's machine, then remove the hospital.",
        ),
    ),
    NetworkMissing: (
        INVALID_REQUEST,
        "body.senders",
        Text(
            zh="DICOM 节点对其他机器开放：请填写该医院的来源网段，例如 10.20.0.0/16。",
            en="The DICOM node can be reached from other machines: say from which network the hospital calls, for "
            "example 10.20.0.0/16.",
        ),
    ),
    NameTaken: (
        INVALID_REQUEST,
        "body.name",
        Text(
            zh="已有同名医院，请换一个名称或先移除原医院。",
            en="A hospital of this name exists; choose another name, or remove that one.",
        ),
    ),
    NotConfirmed: (
        INVALID_REQUEST,
        "body.name",
        Text(
            zh="请输入与显示完全一致的医院名称以确认移除。",
            en="Type the hospital's name, exactly as it is shown, to remove it.",
        ),
    ),
    AnotherChannel: (
        INVALID_REQUEST,
        "body.channel",
        Text(
            zh="PACS 与 HIS 地址不能互换：请移除后另行添加。",
            en="A PACS does not become a webhook, nor a webhook a PACS: remove it and add the other.",
        ),
    ),
    SettingsChanged: (
        STALE,
        "body.edition",
        Text(
            zh="他人已更改此医院的设置；请重新查看后再保存。",
            en="Somebody changed the hospital's settings meanwhile; look at them again, then decide.",
        ),
    ),
}


def administrator(reader: Reader) -> Wall:
    """The wall of the system administrator. Raises Problem for everybody else."""
    reader.require(Right.MANAGE_CENTRE)
    return Wall.administrator(reader.user.id)


@contextmanager
def told() -> Iterator[None]:
    """Answer what cannot be set up as asked by a problem that names the field and says what to do."""
    try:
        yield
    except HospitalFault as fault:
        raise _problem(fault) from fault


def _problem(fault: HospitalFault) -> Problem:
    if type(fault) in _MISSING:
        return not_found(_MISSING[type(fault)])
    if isinstance(fault, SendersOverlap):
        return _of_field(INVALID_REQUEST, "body.senders", _overlap(fault))
    if isinstance(fault, UnknownPackage):
        return _of_field(UNKNOWN_PACKAGE, "body.packages", _unknown_package(fault))
    known = next((_FAULTS[kind] for kind in type(fault).__mro__ if kind in _FAULTS), None)
    if known is not None:
        return _of_field(*known)
    assert isinstance(fault, MalformedSetting), f"{type(fault).__name__} has no words"
    return Problem(
        INVALID_REQUEST, Text(zh="设置格式不正确，请核对后重试。", en="A setting is not well formed: check it.")
    )


def _of_field(kind: Kind, field: str, detail: Text) -> Problem:
    return Problem(kind, detail, errors=[FieldFault(field, detail)])


def _overlap(fault: SendersOverlap) -> Text:
    return Text(
        zh=f"该主叫 AE、被叫 AE 与网段的组合已属于“{fault.hospital}”，无法区分两院；请更换主叫 AE、被叫 AE 或网段。",
        en=f"These AE titles and networks are {fault.hospital}'s already, and the two could not be told apart; give "
        "another calling AE, called AE or network.",
    )


def _unknown_package(fault: UnknownPackage) -> Text:
    return Text(
        zh=f"中心没有软件包 {fault.package}；请从已安装的软件包中选择，或先安装。",
        en=f"The centre has no package {fault.package}; choose one that is installed, or install it first.",
    )
