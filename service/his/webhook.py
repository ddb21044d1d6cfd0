"""Telling the HIS: Standard Webhooks 1.0.0, signed, sent only where the hospital's webhook is (AC-52)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import certifi
import httpx

from service.access.seals import SECRET_PREFIX, SealBroken, unseal
from service.archive.deliveries import Delivery
from service.archive.hospitals import Peer
from service.domain.hospital import MalformedSetting
from service.domain.web_address import Origin, origin
from service.flow.peers import PeerAway, PeerBusy, PeerRefused

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 15.0
"""For the whole of sending and answering: a receiver that drips bytes must not hold a delivering thread."""
REFUSALS_END_AFTER_S: Final = 3 * 86400.0
"""How long a 4xx is tried again: servers answer 404 or 403 while they are being deployed (Standard Webhooks 1.0.0)."""
USER_AGENT: Final = "consilium-webhook/1"
_GONE: Final = 410
_NAMES_OF_LOOPBACK: Final = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})
_PROBE_BODY: Final = b'{"type":"connection.test","data":{}}'
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_METADATA: Final = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254", "168.63.129.16")))
"""Metadata services of clouds that are not link-local: Alibaba Cloud, AWS over IPv6, Azure."""
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotTaken(PeerBusy):
    """The webhook answered 4xx: tried again, but not for ever."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; its id stays the same through every retry, so the receiver can tell a repetition."""

    id: str
    timestamp: int
    body: bytes


def sign(secret: str, message: Message) -> str:
    """The signature of a message: v1, and base64 of HMAC-SHA256 over id.timestamp.body."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message.id}.{message.timestamp}.".encode() + message.body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def send(url: str, secrets: Sequence[str], message: Message, allowed: Origin) -> None:
    """POST a message to a hospital. secrets: the one in force, and while it is rotated the former one too.

    allowed: where the hospital's webhook is; the URL must be there. The address its name resolves to is looked at again
    and then called itself, so that no second look-up can lead elsewhere. Redirects are not followed.
    Raises PeerBusy (try again) or PeerRefused (a person must look).
    """
    where = _origin(url)
    if where != allowed:
        raise PeerRefused("the address is not at the hospital's webhook's scheme, host and port")
    address = _address(where)
    headers = {
        "host": urlsplit(url).netloc,
        "user-agent": USER_AGENT,
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(message.timestamp),
        "webhook-signature": " ".join(sign(secret, message) for secret in secrets),
    }
    _judge(_post(_at(url, where, address), where, headers, message.body))


def his_sender(installation_key: bytes) -> Callable[[Peer, Delivery], None]:
    """How the delivery step tells the HIS: the sender of one ledgered message."""

    def send_delivery(peer: Peer, delivery: Delivery) -> None:
        body = (delivery.body or "").encode()
        message = Message(f"msg_{delivery.id}", int(time.time()), body)
        try:
            _send_to(installation_key, peer, delivery.url or peer.url or "", message)
        except NotTaken as failure:
            if time.time() - delivery.created_at > REFUSALS_END_AFTER_S:
                raise PeerRefused(f"{failure}, for {REFUSALS_END_AFTER_S / 86400:.0f} days") from failure
            raise

    return send_delivery


def probe_sender(installation_key: bytes) -> Callable[[Peer], None]:
    """How a connection test calls the webhook: a signed message of type connection.test."""

    def send_test(peer: Peer) -> None:
        now = int(time.time())
        _send_to(installation_key, peer, peer.url or "", Message(f"msg_test_{now}", now, _PROBE_BODY))

    return send_test


def _send_to(installation_key: bytes, peer: Peer, url: str, message: Message) -> None:
    try:
        secret = unseal(installation_key, peer.sealed_secret or b"", owner=peer.id)
    except SealBroken as fault:
        raise PeerRefused(f"the webhook's secret cannot be opened: {fault}") from fault
    send(url, (secret,), message, _origin(peer.url or ""))


def _origin(url: str) -> Origin:
    try:
        return origin(url)
    except MalformedSetting as fault:
        raise PeerRefused(str(fault)) from fault


def _address(where: Origin) -> Address:
    """The address to call, after it was looked at."""
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    except OSError as fault:
        raise PeerAway(f"the name {where.host} does not resolve ({fault})") from fault
    addresses = [_unmapped(ipaddress.ip_address(str(entry[4][0]).partition("%")[0])) for entry in found]
    allowed = [address for address in addresses if _may_be_called(address, where)]
    if not allowed:
        raise PeerRefused(f"{where.host} resolves to {addresses[0]}, which may not be called")
    return allowed[0]


def _unmapped(address: Address) -> Address:
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if isinstance(mapped, ipaddress.IPv4Address) else address


def _may_be_called(address: Address, where: Origin) -> bool:
    """A private address may be a hospital's; our own machine only if the operator named it so.

    Never: the metadata services of clouds (most are link-local), multicast, unspecified, reserved. Beyond private
    networks only over TLS.
    """
    if (
        address in _METADATA
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or _is_reserved(address)
    ):
        return False
    if address.is_loopback:
        return where.host in _NAMES_OF_LOOPBACK or _is_literal(where.host)
    return where.scheme == "https" or not address.is_global


def _is_reserved(address: Address) -> bool:
    """Reserved for no use yet (240.0.0.0/4, broadcast, unassigned IPv6); NAT64 and 6to4 hide other addresses."""
    if isinstance(address, ipaddress.IPv6Address):
        hidden = address.sixtofour is not None or address.teredo is not None or address in _NAT64
        return hidden or (address.is_reserved and not address.is_loopback)
    return address.is_reserved


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _at(url: str, where: Origin, address: Address) -> str:
    """The URL with the address in place of the name."""
    parts = urlsplit(url)
    host = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
    return parts._replace(netloc=f"{host}:{where.port}").geturl()


def _trust(where: Origin) -> ssl.SSLContext:
    """The machine's certificate authorities, to which a hospital's own can be added, and the public ones.

    Read anew for each message over TLS, so that a renewed authority counts at once; without TLS nobody is trusted.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if where.scheme == "https":
        context.load_default_certs()
        context.load_verify_locations(certifi.where())
    return context


def _post(url: str, where: Origin, headers: dict[str, str], body: bytes) -> int:
    """Send and give the status; the answer's body is not read. The certificate is checked for the name."""
    try:
        return asyncio.run(_answer(url, where, headers, body))
    except (TimeoutError, httpx.TimeoutException) as fault:
        raise PeerAway(f"the webhook at {where.host} did not answer in time") from fault
    except httpx.InvalidURL as fault:
        raise PeerRefused(f"the webhook's URL cannot be called ({fault})") from fault
    except httpx.ConnectError as fault:
        raise PeerAway(f"the webhook at {where.host} cannot be reached ({fault})") from fault
    except httpx.HTTPError as fault:  # its words quote what the other side said
        raise PeerAway(f"the webhook at {where.host} does not answer as HTTP ({type(fault).__name__})") from fault


async def _answer(url: str, where: Origin, headers: dict[str, str], body: bytes) -> int:
    timeout = httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    extensions = {"sni_hostname": where.host}
    async with (
        asyncio.timeout(ANSWER_TIMEOUT_S),
        httpx.AsyncClient(timeout=timeout, verify=_trust(where), follow_redirects=False, trust_env=False) as client,
        client.stream("POST", url, headers=headers, content=body, extensions=extensions) as answer,
    ):
        return answer.status_code


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise PeerRefused(f"the webhook answered {status}: redirects are not followed, give the final address")
    if status == _GONE:
        raise PeerRefused("the webhook answered 410: it wants no more messages")
    if status >= 500:
        raise PeerBusy(f"the webhook answered {status}")
    raise NotTaken(f"the webhook answered {status}")
