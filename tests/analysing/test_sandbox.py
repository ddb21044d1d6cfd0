"""A child process can take the network from itself, and computes on."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from models.sandbox import sandbox_available

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.skipif(not sandbox_available(), reason="no seccomp filter can be installed here")


def in_sandbox(code: str) -> str:
    """What a child prints that has taken the network from itself first."""
    program = "import errno, os, socket\nfrom models.sandbox import deny_network\n" + textwrap.dedent(code)
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_UNIX"])
def test_no_socket_of_a_network_can_be_opened(family: str) -> None:
    code = f"""
        deny_network()
        try:
            socket.socket(socket.{family}, socket.SOCK_DGRAM)
        except OSError as fault:
            print(errno.errorcode[fault.errno])
    """
    assert in_sandbox(code) == "EACCES"


def test_a_thread_that_ran_before_loses_its_network_too() -> None:
    assert in_sandbox("""
        import concurrent.futures, threading
        pool = concurrent.futures.ThreadPoolExecutor(1)
        before = pool.submit(lambda: socket.socket().close()).result()
        deny_network()
        print(type(pool.submit(socket.socket).exception()).__name__)
    """) == "PermissionError"  # fmt: skip


def test_a_child_of_the_sandboxed_process_has_no_network_either() -> None:
    assert in_sandbox("""
        import subprocess, sys
        deny_network()
        child = subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], capture_output=True, text=True)
        print(child.stderr.splitlines()[-1])
    """) == "PermissionError: [Errno 13] Permission denied"  # fmt: skip


def test_a_server_that_listens_cannot_be_reached_by_a_socket_opened_before() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert in_sandbox(f"""
            early = socket.socket()
            deny_network()
            print(errno.errorcode[early.connect_ex(("127.0.0.1", {port}))])
        """) == "EACCES"  # fmt: skip


@pytest.mark.parametrize(("call", "arguments"), [(425, "8, 0"), (438, "0, 0, 0")])
def test_the_ways_round_are_shut(call: int, arguments: str) -> None:
    """io_uring_setup and pidfd_getfd; both numbers hold on x86-64 and aarch64."""
    assert in_sandbox(f"""
        import ctypes
        deny_network()
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.syscall({call}, {arguments}) == -1
        print(errno.errorcode[ctypes.get_errno()])
    """) == "EACCES"  # fmt: skip


@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_RAW", "SOCK_DGRAM | socket.SOCK_CLOEXEC"])
def test_no_local_server_hears_a_datagram(kind: str, tmp_path: Path) -> None:
    """One of a connected pair of datagram sockets may still send to an address, the system log's for one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(tmp_path / "log"))
        log.setblocking(False)
        assert in_sandbox(f"""
            deny_network()
            try:
                one, _ = socket.socketpair(socket.AF_UNIX, socket.{kind})
                one.sendto(b"a name", {str(tmp_path / "log")!r})
            except OSError as fault:
                print(errno.errorcode[fault.errno])
        """) == "EACCES"  # fmt: skip
        with pytest.raises(BlockingIOError):
            log.recv(99)


def test_socket_pairs_files_and_torch_work_on() -> None:
    assert in_sandbox("""
        deny_network()
        one, other = socket.socketpair()
        one.send(b"still talking")
        socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        import torch
        torch.set_num_threads(2)
        total = torch.ones(300, 300).mm(torch.ones(300, 300)).sum().item()
        print(other.recv(99).decode(), total, len(os.listdir("/")) > 0)
    """) == "still talking 27000000.0 True"  # fmt: skip


def test_a_process_that_wishes_so_dies_with_its_parent() -> None:
    program = """
import os, signal, subprocess, sys
waiting = "import signal; from models.sandbox import die_with_parent; die_with_parent(); print(1, flush=True)"
waiting += "; signal.pause()"
child = subprocess.Popen([sys.executable, "-c", waiting], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
child.stdout.readline()
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    parent = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        watched = os.pidfd_open(int(parent.stdout))
    except ProcessLookupError:
        return
    ended, _, _ = select.select([watched], [], [], 10)
    if not ended:
        os.kill(int(parent.stdout), signal.SIGKILL)
    assert ended, "the child outlived its parent"
