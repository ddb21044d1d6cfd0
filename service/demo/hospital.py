"""The demo hospital: a DICOM peer of its own that stores what comes back into a folder."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from pydicom.filewriter import write_file_meta_info
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

from dicom_node.sockets import without_delay
from models.sandbox import die_with_parent

RESULT_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.88.34",
    "1.2.840.10008.5.1.4.1.1.66.4",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.104.1",
)


def main(folder: Path, ae_title: str) -> None:
    """Listen on a free loopback port, say which on stdout, and store until SIGTERM."""
    die_with_parent(signal.SIGKILL)
    folder.mkdir(parents=True, exist_ok=True)
    ae = AE(ae_title=ae_title)
    ae.require_called_aet = True
    ae.add_supported_context(Verification)
    for uid in RESULT_CLASSES:
        ae.add_supported_context(uid)
    handlers = [(evt.EVT_CONN_OPEN, without_delay), (evt.EVT_C_STORE, _store, [folder])]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    sys.stdout.write(json.dumps({"port": server.server_address[1]}) + "\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.shutdown()


def _store(event: evt.Event, folder: Path) -> int:
    """Write the bytes as they came, under a name that says what they are; durable before Success."""
    meta = event.file_meta
    name = f"{len(list(folder.iterdir())):03d}-{meta.MediaStorageSOPInstanceUID}.dcm"
    part = folder / f".{name}.part"
    with part.open("xb") as stream:
        stream.write(b"\0" * 128 + b"DICM")
        write_file_meta_info(stream, meta)
        stream.write(event.request.DataSet.getvalue())
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(folder / name)
    return 0x0000


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(Path(sys.argv[1]), sys.argv[2])
