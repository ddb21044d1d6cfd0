"""Web addresses a hospital gives us to call: well formed, and told apart by their origin."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from service.domain.hospital import MalformedSetting

MAX_URL_LENGTH: Final = 2048
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port (RFC 6454). host: lower case, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int


def origin(url: str) -> Origin:
    """The origin of an http or https URL. Raises MalformedSetting for anything that is not plainly one.

    No user name, no fragment, no number that only some resolvers take for an address (127.1, 0x7f000001).
    """
    if len(url) > MAX_URL_LENGTH or _PRINTABLE.fullmatch(url) is None or "\\" in url:
        raise MalformedSetting(f"a URL has 1 to {MAX_URL_LENGTH} printable ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError as fault:
        raise MalformedSetting(f"{url!a} is not a URL ({fault})") from fault
    if parts.scheme not in _DEFAULT_PORTS:
        raise MalformedSetting(f"{url!a} does not begin with http:// or https://")
    if "@" in parts.netloc or parts.fragment:
        raise MalformedSetting("a URL to be called has neither user name nor fragment")
    if not _is_host(host):
        raise MalformedSetting(f"{url!a} names no host that can be called")
    return Origin(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme])


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        last_is_number = re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]) is not None
        return len(host) <= 253 and not last_is_number and all(_LABEL.fullmatch(label) for label in labels)
    return "%" not in host
