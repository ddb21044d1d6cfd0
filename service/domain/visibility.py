"""What a hospital may see of a result: the one function every edge and every delivery asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.domain.hospital import Channel, Hospital, ReleasePolicy


@dataclass(frozen=True, slots=True)
class ResultObject:
    """What is to be shown or sent: something said by a package, signed by a physician or not.

    report_released: whether a physician's report on the same study is released by now.
    """

    signed: bool
    report_released: bool = False


def visible(result: ResultObject, hospital: Hospital, channel: Channel) -> bool:
    """Whether a hospital may see the object on a channel: what is signed always, the rest as its policy says."""
    if result.signed:
        return True
    policy = hospital.policy(channel)
    return policy is ReleasePolicy.AT_ONCE or (policy is ReleasePolicy.AFTER_SIGNATURE and result.report_released)


class Unsigned(StrEnum):
    """Which unsigned results of a study are shown, for those who look for many at once."""

    SHOWN = "shown"
    WITH_REPORT = "with report"
    HIDDEN = "hidden"


def unsigned(hospital: Hospital, channel: Channel) -> Unsigned:
    """What `visible` says of the unsigned results of any study, with a released report and without."""
    if visible(ResultObject(signed=False), hospital, channel):
        return Unsigned.SHOWN
    with_report = visible(ResultObject(signed=False, report_released=True), hospital, channel)
    return Unsigned.WITH_REPORT if with_report else Unsigned.HIDDEN
