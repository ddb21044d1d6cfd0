"""What a worker and its model process say to each other: small JSON frames over a socket pair.

A frame is its length (four bytes, big-endian) and that many bytes of JSON. Voxels, masks and weights never travel here.
"""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from models.contract import SeriesFile

MAX_FRAME_BYTES: Final = 8 << 20
"""Room for the paths and UIDs of about 20 000 instances."""

_LENGTH: Final = struct.Struct(">I")


class ChannelClosed(Exception):
    """The other side is gone, or has said something that is no frame of ours."""


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Load(_Frame):
    """Make a package warm; no answer is owed."""

    kind: Literal["load"] = "load"
    number: int
    package_folder: Path


class Read(_Frame):
    """Read these instances with this package; answer_path: where the reading file is to be written."""

    kind: Literal["read"] = "read"
    number: int
    package_folder: Path
    files: tuple[SeriesFile, ...]
    answer_path: Path


class Beat(_Frame):
    """The process lives; sent again and again while it works."""

    kind: Literal["beat"] = "beat"


class Began(_Frame):
    """The package is loaded and its files are the manifest's own; the reading begins now."""

    kind: Literal["began"] = "began"
    number: int


class Progress(_Frame):
    """The share done, 0 to 1."""

    kind: Literal["progress"] = "progress"
    number: int
    share: float


class Answered(_Frame):
    """The reading file is written."""

    kind: Literal["answered"] = "answered"
    number: int


class Failed(_Frame):
    """It would fail again: the package is at fault. broken: it was not even run, its files are not the manifest's."""

    kind: Literal["failed"] = "failed"
    number: int
    detail: str
    broken: bool = False


class Lost(_Frame):
    """It may work another time; the process ends itself after saying so. no_room: the disk took nothing more."""

    kind: Literal["lost"] = "lost"
    number: int
    detail: str
    no_room: bool = False


Request = Load | Read
Reply = Beat | Began | Progress | Answered | Failed | Lost

_F = TypeVar("_F")
_REQUEST: Final[TypeAdapter[Request]] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])
_REPLY: Final[TypeAdapter[Reply]] = TypeAdapter(Annotated[Reply, Field(discriminator="kind")])


class Channel:
    """One end of the socket pair. Several threads may send; one receives.

    patience_s: how long the other side may take to make room for a frame; None: for ever.
    """

    def __init__(self, end: socket.socket, *, patience_s: float | None = None) -> None:
        self._socket = end
        self._patience_s = patience_s
        self._sending = threading.Lock()
        self._received = bytearray()

    def send(self, frame: Request | Reply) -> None:
        """Send one frame. Raises ChannelClosed when the other side is gone or takes nothing in time."""
        content = frame.model_dump_json().encode()
        if len(content) > MAX_FRAME_BYTES:
            raise ValueError(f"a control frame of {len(content)} bytes is too large: at most {MAX_FRAME_BYTES}")
        try:
            with self._sending:
                self._socket.settimeout(self._patience_s)
                self._socket.sendall(_LENGTH.pack(len(content)) + content)
        except OSError as fault:
            raise ChannelClosed(f"control frame not sent: {fault}") from fault

    def next_request(self) -> Request:
        """Wait for the worker's next wish."""
        return _parsed(_REQUEST, self._next_content())

    def next_reply(self, timeout_s: float) -> Reply | None:
        """The process's next word, or None when nothing came for that long."""
        self._socket.settimeout(timeout_s)
        try:
            return _parsed(_REPLY, self._next_content())
        except TimeoutError:
            return None

    def close(self) -> None:
        """Hang up; the other side sees the end."""
        self._socket.close()

    def _next_content(self) -> bytes:
        """The next whole frame; what came of an unfinished one is kept for the next call."""
        while True:
            content = self._taken()
            if content is not None:
                return content
            try:
                part = self._socket.recv(1 << 16)
            except TimeoutError:
                raise
            except OSError as fault:
                raise ChannelClosed(f"control channel broke: {fault}") from fault
            if not part:
                raise ChannelClosed("the other side has closed the control channel")
            self._received += part

    def _taken(self) -> bytes | None:
        if len(self._received) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._received)
        if length > MAX_FRAME_BYTES:
            raise ChannelClosed(f"a control frame of {length} bytes was announced: at most {MAX_FRAME_BYTES} are taken")
        end = _LENGTH.size + length
        if len(self._received) < end:
            return None
        content = bytes(self._received[_LENGTH.size : end])
        del self._received[:end]
        return content


def _parsed(adapter: TypeAdapter[_F], content: bytes) -> _F:
    try:
        return adapter.validate_json(content)
    except ValidationError as fault:
        raise ChannelClosed(f"not a control frame of ours: {fault.errors()[0]['msg']}") from fault
