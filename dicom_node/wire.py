"""What the library hands over untyped, as values of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import A_ASSOCIATE

VERIFICATION: Final = "1.2.840.10008.1.1"


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


def asked_for(association: Association) -> A_ASSOCIATE:
    """What the requestor of an association asked for."""
    return cast("A_ASSOCIATE", association.requestor.primitive)


def answered(association: Association) -> A_ASSOCIATE:
    """What the acceptor of an association answered."""
    return cast("A_ASSOCIATE", association.acceptor.primitive)
