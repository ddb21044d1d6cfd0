"""What an address to listen on leads to: where others reach it, whether something answers there."""

from __future__ import annotations

import socket
from ipaddress import ip_address


def address_of(bind: str) -> str:
    """Where others reach what listens on bind; of a bind to every address the one that leads outward."""
    if not (_is_address(bind) and ip_address(bind).is_unspecified):
        return bind
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address (RFC 5737): picks a route, sends nothing
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def answers(host: str, port: int) -> bool:
    """Whether something takes connections there."""
    try:
        socket.create_connection((address_of(host), port), timeout=2).close()
    except OSError:
        return False
    return True


def why_not(bind: str, port: int) -> str:
    """Why nothing can listen there; empty when it can."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as fault:
        return f"{bind}:{port}: {fault.strerror}"
    return ""
