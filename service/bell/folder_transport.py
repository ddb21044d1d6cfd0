"""Bells as files in a folder: kombu's filesystem transport, made safe for many processes.

The library's own writes a message in place, so that a reader can take it half-written (JSONDecodeError; the worker
ends), and rewrites its binding table in place with the same effect at start. Here a message appears by a rename, is
taken by a rename, and the table is fixed, since every queue of ours has the exchange of its name.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from queue import Empty
from typing import Any, Final

from kombu.transport import filesystem
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.json import dumps, loads

_LOG: Final = logging.getLogger("consilium.bell")


class Channel(filesystem.Channel):
    """Messages by rename."""

    def get_table(self, exchange: str) -> list[exchange_queue_t]:
        """The queue of an exchange: the one of its name."""
        return [exchange_queue_t(exchange, "", exchange)]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Nothing to remember: bindings are fixed."""

    def _put(  # type: ignore[override]  # two bases of the library name the parameter differently
        self, queue: str, payload: Mapping[str, Any], **_: object
    ) -> None:
        name = f"{time.monotonic_ns():020d}_{uuid.uuid4().hex}.{queue}.msg"
        fresh = Path(self.control_folder) / f"{name}.new"
        for folder in (self.control_folder, self.data_folder_out):
            Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(dumps(payload))
        fresh.replace(Path(self.data_folder_out) / name)

    def _get(self, queue: str, _timeout: float | None = None) -> Mapping[str, Any]:
        folder = Path(self.data_folder_in)
        for path in sorted(folder.glob(f"*.{queue}.msg")):
            taken = Path(self.control_folder) / f"{path.name}.taken"
            try:
                path.rename(taken)
            except FileNotFoundError:
                continue
            text = taken.read_text()
            taken.unlink()
            try:
                message: Mapping[str, Any] = loads(text)
            except ValueError:
                _LOG.warning("a bell was unreadable and is dropped; the sweep finds the work")
                continue
            return message
        raise Empty


class Transport(filesystem.Transport):
    """Given to Celery as broker_transport."""

    Channel = Channel
