"""What a hospital may see of a result: the one function every edge and every delivery asks."""

from __future__ import annotations

from dataclasses import dataclass

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
