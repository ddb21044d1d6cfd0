"""A sender that plays the bytes of a file, unlike DCMTK's, which encodes anew."""

from __future__ import annotations

import io
import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE

from dicom_node.waiting import Turnstile
from service.dicom.part10 import split

ANSWER_LIMIT_S: Final = 30.0
DATA_TRANSFER: Final = "Sta6"  # PS3.8, 9.2.1


@dataclass(frozen=True, slots=True)
class Answer:
    """What the node said; status None when it said nothing."""

    status: int | None
    comment: str = ""


@contextmanager
def association(
    host: str, port: int, *, calling_ae: str, called_ae: str, contexts: list[tuple[str, str]]
) -> Iterator[Association]:
    """An association that proposes (SOP Class UID, Transfer Syntax UID); aborted when the block fails."""
    ae = AE(ae_title=calling_ae)
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = ANSWER_LIMIT_S
    for sop_class, syntax in dict.fromkeys(contexts):
        ae.add_requested_context(sop_class, syntax)
    opened = ae.associate(host, port, ae_title=called_ae)
    opened._reactor_checkpoint = Turnstile(opened.is_alive)
    try:
        yield opened
    finally:
        if opened.is_established:
            opened.release()


def store(
    opened: Association,
    data_set: bytes,
    *,
    sop_class_uid: str,
    sop_instance_uid: str,
    transfer_syntax_uid: str = "1.2.840.10008.1.2.1",
) -> Answer:
    """One C-STORE of these very bytes."""
    context = next(
        (
            each.context_id
            for each in opened.accepted_contexts
            if each.abstract_syntax == sop_class_uid and each.transfer_syntax[0] == transfer_syntax_uid
        ),
        None,
    )
    if context is None:
        return Answer(None, "no presentation context")
    request = C_STORE()
    request.MessageID, request.Priority = 1, 0
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = sop_class_uid, sop_instance_uid
    request.DataSet = io.BytesIO(data_set)
    opened._reactor_checkpoint.clear()
    try:
        opened.dimse.send_msg(request, context)
        response = _response(opened)
    finally:
        opened._reactor_checkpoint.set()
    if response is None or response.Status is None:
        return Answer(None, "no answer")
    return Answer(int(response.Status), str(getattr(response, "ErrorComment", None) or ""))


def _response(opened: Association) -> Any:
    """The answer, or None once the connection is gone: pynetdicom's own wait does not look at the connection."""
    deadline = time.monotonic() + ANSWER_LIMIT_S
    while time.monotonic() < deadline:
        connected = opened.dul.state_machine.current_state == DATA_TRANSFER
        try:
            return opened.dimse.msg_queue.get(timeout=0.1)[1]
        except queue.Empty:
            if not connected:
                return None
    return None


def data_set_of(path: Path) -> tuple[bytes, str, str, str]:
    """(data set bytes, SOP Class UID, SOP Instance UID, Transfer Syntax UID) of a file."""
    content = path.read_bytes()
    meta, offset = split(content)
    return content[offset:], meta.sop_class_uid, meta.sop_instance_uid, meta.transfer_syntax_uid
