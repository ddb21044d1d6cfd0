"""The demo hospital: a DICOM peer of its own that stores what comes back into a folder."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import cast

from pynetdicom import AE, evt
from pynetdicom.transport import ThreadedAssociationServer

from dicom_node.sockets import without_delay
from dicom_node.wire import VERIFICATION, store_request
from models.sandbox import die_with_parent
from service.dicom.part10 import file_header

RESULT_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.88.34",
    "1.2.840.10008.5.1.4.1.1.66.4",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.104.1",
    "1.2.840.10008.5.1.4.1.1.88.59",
    "1.2.840.10008.5.1.4.1.1.11.1",
)


def main(folder: Path, ae_title: str) -> None:
    """Listen on a free loopback port, say which on stdout, and store until SIGTERM."""
    die_with_parent(signal.SIGKILL)
    folder.mkdir(parents=True, exist_ok=True)
    ae = AE(ae_title=ae_title)
    ae.require_called_aet = True
    ae.add_supported_context(VERIFICATION)
    for uid in RESULT_CLASSES:
        ae.add_supported_context(uid)
    handlers: list[evt.EventHandlerType] = [(evt.EVT_CONN_OPEN, without_delay), (evt.EVT_C_STORE, _store, [folder])]
    server = cast("ThreadedAssociationServer", ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers))
    sys.stdout.write(json.dumps({"port": server.server_address[1]}) + "\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.shutdown()


def _store(event: evt.Event, folder: Path) -> int:
    """Write the bytes as they came, under a name that says what they are; durable before Success."""
    request = store_request(event)
    name = f"{len(list(folder.iterdir())):03d}-{request.sop_instance_uid}.dcm"
    part = folder / f".{name}.part"
    with part.open("xb") as stream:
        stream.write(
            file_header(
                sop_class_uid=request.sop_class_uid,
                sop_instance_uid=request.sop_instance_uid,
                transfer_syntax_uid=request.transfer_syntax_uid,
            )
        )
        stream.write(request.data_set)
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(folder / name)
    return 0x0000


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(Path(sys.argv[1]), sys.argv[2])
