"""What a hospital may see of a result: the one function every edge and every delivery asks."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.hospital import Channel, Hospital, ReleasePolicy


@dataclass(frozen=True, slots=True)
class ResultObject:
    """What is to be shown or sent: something said by a package, signed by a physician or not."""

    signed: bool


def visible(result: ResultObject, hospital: Hospital, channel: Channel) -> bool:
    """Whether a hospital may see the object on a channel: signed always, unsigned only where it is released at once."""
    return result.signed or hospital.policy(channel) is ReleasePolicy.AT_ONCE
