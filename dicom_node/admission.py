"""Whose association this is: by called and calling AE title and source network, as the rows say at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from service.archive import hospitals
from service.archive.store import Archive
from service.domain.hospital import Hospital
from service.domain.wall import Wall

_WALL: Final = Wall.system("node")


class Rejection(Enum):
    """A-ASSOCIATE-RJ result, source and diagnostic (PS3.8 table 9-21)."""

    CALLED_AE_NOT_RECOGNISED = (1, 1, 7)
    CALLING_AE_NOT_RECOGNISED = (1, 1, 3)
    TEMPORARY_CONGESTION = (2, 3, 1)
    LOCAL_LIMIT_EXCEEDED = (2, 3, 2)


@dataclass(frozen=True, slots=True)
class Caller:
    """What an association request says of itself."""

    calling_ae: str
    called_ae: str
    address: str


def admit(archive: Archive, caller: Caller) -> Hospital | Rejection:
    """The hospital of a caller, or how to reject it. Raises ArchiveUnavailable."""
    with archive.read() as connection:
        known = hospitals.everyone(connection, _WALL)
    called = False
    for hospital in known:
        for sender in hospital.senders:
            called = called or sender.called_ae == caller.called_ae
            if sender.admits(calling_ae=caller.calling_ae, called_ae=caller.called_ae, address=caller.address):
                return hospital
    return Rejection.CALLING_AE_NOT_RECOGNISED if called else Rejection.CALLED_AE_NOT_RECOGNISED
