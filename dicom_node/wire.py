"""What the library hands over untyped, as values of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

from pydicom.dataset import Dataset
from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import A_ASSOCIATE

from service.dicom.uids import MAX_UID_LENGTH

VERIFICATION: Final = "1.2.840.10008.1.1"
_NO_INSTANCE: Final = "0"
"""Stands for a UID that a command lacks. No data set has it as its own: the request is answered, and refused."""
_PRIORITIES: Final = (0, 1, 2)
_WITHOUT_USE: Final = ("MoveOriginatorApplicationEntityTitle", "MoveOriginatorMessageID")


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """A C-STORE request as it came."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: bytes = field(repr=False)


def store_request(event: evt.Event) -> StoreRequest:
    """The request of a C-STORE event."""
    request = cast("C_STORE", event.request)
    return StoreRequest(
        sop_class_uid=str(request.AffectedSOPClassUID),
        sop_instance_uid=str(request.AffectedSOPInstanceUID),
        transfer_syntax_uid=str(event.context.transfer_syntax),
        data_set=b"" if request.DataSet is None else request.DataSet.getvalue(),
    )


def made_answerable(event: evt.Event) -> None:
    """Mend the command of a C-STORE request as far as the library needs it to serve the request at all.

    It leaves a request without its UIDs unanswered, so the sender waits in vain, and gives the association up for one
    with an overlong UID or an unknown priority. Once served, the receiver refuses it: it is not the data set's command.
    """
    if not isinstance(event.message, C_STORE_RQ):
        return
    command: Dataset = event.message.command_set
    for keyword in ("AffectedSOPClassUID", "AffectedSOPInstanceUID"):
        if not 0 < len(str(command.get(keyword) or "")) <= MAX_UID_LENGTH:
            setattr(command, keyword, _NO_INSTANCE)
    if command.get("Priority") not in _PRIORITIES:
        command.Priority = 0
    for keyword in _WITHOUT_USE:
        command.pop(keyword, None)


def asked_for(association: Association) -> A_ASSOCIATE:
    """What the requestor of an association asked for."""
    return cast("A_ASSOCIATE", association.requestor.primitive)


def answered(association: Association) -> A_ASSOCIATE:
    """What the acceptor of an association answered."""
    return cast("A_ASSOCIATE", association.acceptor.primitive)
