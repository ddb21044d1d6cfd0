"""What a child process takes from itself for good: the network, other processes, a life after its parent.

The filter is classic BPF for seccomp (Linux, seccomp(2)), x86-64 and aarch64. It denies every new socket but connected
pairs of streams (a datagram socket, even one of a pair, sends to any local server that listens, such as the system log)
and the ways round it: io_uring makes sockets without socket(2), ptrace and its kin reach into a process that has some.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_SET_MODE_FILTER: Final = 1
_SECCOMP_FILTER_FLAG_TSYNC: Final = 1

_LOAD_WORD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

_ALLOW: Final = 0x7FFF0000
_KILL_PROCESS: Final = 0x80000000
_DENY: Final = 0x00050000 | errno.EACCES

_SYSCALL_NUMBER: Final = 0  # offsets in struct seccomp_data
_ARCHITECTURE: Final = 4
_FIRST_ARGUMENT: Final = 16
_SECOND_ARGUMENT: Final = 24
_SOCKET_TYPE_MASK: Final = 0xF  # the bits above are SOCK_CLOEXEC and SOCK_NONBLOCK
_X32_BIT: Final = 0x40000000


class SandboxUnavailable(Exception):
    """The kernel or the container's own rules do not let a process give up its network."""


@dataclass(frozen=True, slots=True)
class _Architecture:
    """Numbers of linux/audit.h and asm/unistd.h.

    denied: socket, connect, bind, ptrace, process_vm_readv and _writev, io_uring_*, pidfd_getfd.
    """

    audit: int
    seccomp: int
    socketpair: int
    denied: tuple[int, ...]


_ARCHITECTURES: Final = {
    "x86_64": _Architecture(0xC000003E, 317, 53, (41, 42, 49, 101, 310, 311, 425, 426, 427, 438)),
    "aarch64": _Architecture(0xC00000B7, 277, 199, (198, 203, 200, 117, 270, 271, 425, 426, 427, 438)),
}


def deny_network() -> None:
    """Take the network from this process, all its threads and its children, for good.

    socket(2), connect, bind, pairs of datagram sockets and the calls that reach into other processes fail with EACCES;
    sockets that are open already go on. Raises SandboxUnavailable, and then nothing has changed but no_new_privs.
    """
    architecture = _ARCHITECTURES.get(platform.machine())
    if sys.platform != "linux" or architecture is None:
        raise SandboxUnavailable(f"no filter is known for {sys.platform} on {platform.machine()}")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise SandboxUnavailable(f"no_new_privs was refused: {os.strerror(ctypes.get_errno())}")
    code = _filter(architecture)
    instructions = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(instructions))
    refused = libc.syscall(
        ctypes.c_long(architecture.seccomp),
        ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER),
        ctypes.c_ulong(_SECCOMP_FILTER_FLAG_TSYNC),
        ctypes.create_string_buffer(program, len(program)),
    )
    if refused:
        raise SandboxUnavailable(f"the seccomp filter was refused: {os.strerror(ctypes.get_errno())}")


def sandbox_available() -> bool:
    """Whether child processes can be kept off the network here; a child tries it."""
    program = f"import sys; sys.path.insert(0, {str(Path(__file__).parent.parent)!r})\n"
    program += "from models.sandbox import deny_network; deny_network()"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


def die_with_parent(with_signal: signal.Signals = signal.SIGKILL) -> None:
    """Have this process killed when the thread that started it ends (prctl(2), PR_SET_PDEATHSIG)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG was refused")


def _filter(architecture: _Architecture) -> bytes:
    """The filter as an array of struct sock_filter; jumps count the instructions they leave out."""
    denied = architecture.denied
    code = [
        _step(_LOAD_WORD, _ARCHITECTURE),
        _step(_JUMP_EQUAL, architecture.audit, 1, 0),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD_WORD, _SYSCALL_NUMBER),
        _step(_JUMP_AT_LEAST, _X32_BIT, len(denied) + 7, 0),
        *(_step(_JUMP_EQUAL, number, len(denied) + 6 - at, 0) for at, number in enumerate(denied)),
        _step(_JUMP_EQUAL, architecture.socketpair, 0, 7),
        _step(_LOAD_WORD, _FIRST_ARGUMENT),
        _step(_JUMP_EQUAL, socket.AF_UNIX, 0, 4),
        _step(_LOAD_WORD, _SECOND_ARGUMENT),
        _step(_AND, _SOCKET_TYPE_MASK),
        _step(_JUMP_EQUAL, socket.SOCK_STREAM, 2, 0),
        _step(_JUMP_EQUAL, socket.SOCK_SEQPACKET, 1, 0),
        _step(_RETURN, _DENY),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(code)


def _step(operation: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", operation, if_true, if_false, value)
