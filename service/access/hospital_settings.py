"""A hospital's settings changed by a person: whole and sound or not at all, and on record with what they were."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from typing import Final

from service.access.keys import add_key, digest
from service.archive import audit, holdings, hospitals
from service.archive.hospitals import ApiKey
from service.archive.store import Archive
from service.domain.agreement import (
    LEAST_KEEP_YEARS,
    MOST_KEEP_YEARS,
    Agreement,
    AtEnd,
    ExaminationKind,
    Service,
)
from service.domain.hospital import (
    Hospital,
    HospitalFault,
    MalformedSetting,
    PackageRule,
    Sender,
    refuse_unknown,
)
from service.domain.order import ExamClass
from service.domain.wall import HospitalId, Wall

MAX_NAME_LENGTH: Final = 64
MAX_QUIET_S: Final = 3600.0
MIN_TARGET_S: Final = 60.0
MAX_TARGET_S: Final = 30 * 86400.0


class BadName(MalformedSetting):
    """A hospital's name is empty, too long or has control characters."""


class NoSender(MalformedSetting):
    """A hospital that nothing could come from."""


class BadQuietTime(MalformedSetting):
    """A fixed quiet time that is none."""


class BadTarget(MalformedSetting):
    """A time to the signature that is none, or for a class of examinations that there is not."""


class BadAgreement(MalformedSetting):
    """What cannot be agreed on."""


class SettingsChanged(HospitalFault):
    """Somebody changed the hospital's settings after they were shown: look again, then decide."""


class DataNotReturned(HospitalFault):
    """By the agreement the hospital gets its data back before it is removed, and it has not got all of them."""


class NotConfirmed(HospitalFault):
    """The name typed to confirm is not the hospital's."""


class UnknownKey(HospitalFault):
    """The hospital has no such key in force."""


def edition(hospital: Hospital) -> str:
    """Which settings these are: what somebody changes has to be what they saw."""
    said = "\n".join(f"{field.name} {_said(getattr(hospital, field.name))}" for field in fields(hospital))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def require_sound(hospital: Hospital) -> None:
    """Raises BadName, NoSender, BadQuietTime, BadTarget, BadAgreement."""
    controls = any(unicodedata.category(letter)[0] == "C" for letter in hospital.name)
    if not 1 <= len(hospital.name.strip()) <= MAX_NAME_LENGTH or controls:
        raise BadName(f"a hospital's name has 1 to {MAX_NAME_LENGTH} characters, none of them a control")
    if not hospital.senders:
        raise NoSender("a hospital has at least one sender (calling AE, called AE, network)")
    if hospital.quiet_s is not None and not 0 < hospital.quiet_s <= MAX_QUIET_S:
        raise BadQuietTime(f"a fixed quiet time lies between 0 and {MAX_QUIET_S:.0f} seconds")
    for exam_class, target_s in hospital.targets_s.items():
        if exam_class not in set(ExamClass) or not MIN_TARGET_S <= target_s <= MAX_TARGET_S:
            raise BadTarget(
                f"a target is a class of {', '.join(ExamClass)} and {MIN_TARGET_S:.0f} to {MAX_TARGET_S:.0f} seconds"
            )
    _require_agreeable(hospital.agreement, hospital.packages)


def _require_agreeable(agreement: Agreement, packages: Sequence[PackageRule]) -> None:
    """Raises BadAgreement."""
    if not agreement.services:
        raise BadAgreement(f"a hospital has at least one service of {', '.join(Service)}")
    if packages and Service.ANALYSIS not in agreement.services:
        raise BadAgreement("packages are asked for, but analysis is no service of the agreement: add it, or ask none")
    if ExaminationKind.DIAGNOSTIC in agreement.excluded:
        raise BadAgreement("diagnostic examinations cannot be excluded: nothing would be left")
    if not LEAST_KEEP_YEARS <= agreement.keep_years <= MOST_KEEP_YEARS:
        raise BadAgreement(f"data are kept for {LEAST_KEEP_YEARS} to {MOST_KEEP_YEARS} years")


def normal_name(text: str) -> str:
    """A hospital's name as it is kept."""
    return unicodedata.normalize("NFC", text.strip())


def change(
    archive: Archive,
    wall: Wall,
    hospital_id: HospitalId,
    alter: Callable[[Hospital], Hospital],
    *,
    packages: Collection[str],
    seen: str | None = None,
) -> Hospital:
    """Set a hospital up anew; it counts at once in a running centre.

    packages: those the centre has. seen: the edition that was shown to who changes it; None where nothing was shown.
    Raises UnknownHospital, SettingsChanged, MalformedSetting, UnknownPackage, NameTaken, SendersOverlap: then nothing
    was changed.
    """
    with archive.write() as connection:
        before = hospitals.known(connection, wall, hospital_id)
        if seen is not None and seen != edition(before):
            raise SettingsChanged("the settings were changed meanwhile; look at them again, then decide")
        after = alter(before)
        require_sound(after)
        had = {rule.package for rule in before.packages}
        refuse_unknown((rule.package for rule in after.packages if rule.package not in had), packages)
        hospitals.keep(connection, wall, after)
        audit.act(
            connection,
            wall,
            hospital=hospital_id,
            action="hospital.change",
            subject=hospital_id,
            detail=_changed(before, after),
        )
    return after


def remove(archive: Archive, wall: Wall, hospital_id: HospitalId, *, typed_name: str) -> None:
    """End a hospital's access: senders, keys and peers go at once; its studies stay.

    typed_name: what was typed to confirm it. Raises UnknownHospital, NotConfirmed, DataNotReturned: then nothing was
    changed.
    """
    with archive.write() as connection:
        hospital = hospitals.known(connection, wall, hospital_id)
        if normal_name(typed_name) != hospital.name:
            raise NotConfirmed("type the hospital's name, exactly as it is shown, to remove it")
        is_due = hospital.agreement.at_end is AtEnd.RETURN
        if is_due and not holdings.is_all_returned(connection, wall, hospital_id):
            raise DataNotReturned(
                "by the agreement the hospital gets all its data back first: `consilium hospital return-data NAME "
                "FOLDER` writes them, then remove it"
            )
        hospitals.remove(connection, wall, hospital_id)
        audit.act(connection, wall, hospital=hospital_id, action="hospital.remove", subject=hospital_id)


def issue_key(archive: Archive, wall: Wall, hospital_id: HospitalId) -> tuple[ApiKey, str]:
    """A further API key, shown this once; the others stay in force. Raises UnknownHospital."""
    with archive.write() as connection:
        hospitals.known(connection, wall, hospital_id)
        text = add_key(connection, wall, hospital_id)
        key = hospitals.api_key(connection, wall, digest(text))
    assert key is not None, "it was added in this transaction"
    return key, text


def revoke_key(archive: Archive, wall: Wall, hospital_id: HospitalId, key_id: str) -> None:
    """End a key of the hospital. Raises UnknownKey."""
    with archive.write() as connection:
        mine = {each.id for each in hospitals.api_keys(connection, wall, hospital_id)}
        if key_id not in mine or not hospitals.revoke_api_key(connection, wall, key_id):
            raise UnknownKey(f"the hospital has no key {key_id!a} in force; `consilium hospital list` shows its keys")
        audit.act(connection, wall, hospital=hospital_id, action="key.revoke", subject=key_id)


def _changed(before: Hospital, after: Hospital) -> dict[str, str]:
    """What was and what is, of the settings that differ."""
    pairs = {each.name: (getattr(before, each.name), getattr(after, each.name)) for each in fields(before)}
    return {name: f"{_said(was)} -> {_said(now)}" for name, (was, now) in pairs.items() if was != now}


def _said(setting: object) -> str:
    if isinstance(setting, tuple):
        return "; ".join(_said(each) for each in setting) or "none"
    if isinstance(setting, Sender):
        return f"{setting.calling_ae} > {setting.called_ae} {','.join(str(each) for each in setting.networks)}"
    return str(setting)
