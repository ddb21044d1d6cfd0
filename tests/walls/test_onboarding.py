"""A hospital is let in whole or not at all; its secrets are seen once."""

from __future__ import annotations

import re

import pytest

from service.access.hospital_peers import PacsAddress, pacs_address
from service.access.keys import KeyMissing, KeyUnknown, authenticate
from service.access.onboarding import Added, NewHospital, add_hospital
from service.access.seals import SealBroken, new_webhook_secret, seal, unseal
from service.archive import hospitals
from service.archive.store import Archive
from service.archive.tables import API_KEY, AUDIT, HOSPITAL, PEER
from service.domain.hospital import LOOPBACK, HospitalFault, Language, MalformedSetting, Sender, ae_title, network
from service.domain.wall import Role, Wall
from service.domain.web_address import origin

OPERATOR = Wall.operator()


def sender(calling: str = "PACS1", cidr: str | None = None) -> Sender:
    networks = LOOPBACK if cidr is None else (network(cidr),)
    return Sender(ae_title(calling), ae_title("CONSILIUM"), networks)


def new(name: str = "First", **changes: object) -> NewHospital:
    return NewHospital(**{"name": name, "language": Language.EN, "senders": (sender(),), **changes})  # type: ignore[arg-type]


def test_a_key_opens_its_own_hospital_and_is_kept_as_a_hash_only(archive: Archive) -> None:
    one, other = (
        add_hospital(archive, OPERATOR, new()),
        add_hospital(archive, OPERATOR, new("Second", senders=(sender("PACS2"),))),
    )

    wall = authenticate(archive, f"Bearer {one.api_key}")

    assert re.fullmatch(r"csk_[A-Za-z0-9_-]{43}", one.api_key)
    assert (wall.hospitals, wall.role) == (frozenset({one.hospital_id}), Role.HOSPITAL)
    assert not wall.lets(other.hospital_id)
    assert one.api_key.encode() not in (archive.folder / "consilium.db").read_bytes()
    assert one.api_key not in wall.actor


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic csk_x"])
def test_a_missing_key_is_said_to_be_missing(archive: Archive, header: str | None) -> None:
    with pytest.raises(KeyMissing):
        authenticate(archive, header)


def test_a_key_ends_when_it_is_revoked_or_its_hospital_removed(archive: Archive) -> None:
    added = add_hospital(archive, OPERATOR, new())
    with archive.write() as connection:
        (key,) = hospitals.api_keys(connection, OPERATOR, added.hospital_id)
        hospitals.revoke_api_key(connection, OPERATOR, key.id)

    for text in (added.api_key, added.api_key[:-1], "csk_" + "A" * 43, "csk_" + "张" * 43):
        with pytest.raises(KeyUnknown):
            authenticate(archive, f"Bearer {text}")


@pytest.mark.parametrize(
    "second",
    [
        new("First", senders=(sender("PACS2"),)),
        new("Second"),
        new("Second", senders=(sender("PACS2"), sender("PACS1", "127.0.0.0/16"))),
        new(" ", senders=(sender("PACS2"),)),
        new("line\nbreak", senders=(sender("PACS2"),)),
        new("Second", senders=()),
        new("Second", senders=(sender("PACS2"),), webhook_url="javascript:alert(1)"),
        new("Second", senders=(sender("PACS2"),), webhook_url="http://user:secret@his/"),
        new("Second", senders=(sender("PACS2"),), quiet_s=0.0),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing_behind(archive: Archive, second: NewHospital) -> None:
    add_hospital(archive, OPERATOR, new())
    with archive.read() as connection:
        before = {
            table.name: len(connection.execute(table.select()).all()) for table in (HOSPITAL, API_KEY, PEER, AUDIT)
        }

    with pytest.raises(HospitalFault):
        add_hospital(archive, OPERATOR, second)

    with archive.read() as connection:
        after = {
            table.name: len(connection.execute(table.select()).all()) for table in (HOSPITAL, API_KEY, PEER, AUDIT)
        }
    assert after == before


def test_pacs_and_webhook_are_kept_with_the_secret_sealed(archive: Archive) -> None:
    added: Added = add_hospital(
        archive, OPERATOR, new(pacs=pacs_address("10.0.0.5:104:PACS"), webhook_url="https://his.example.org/hook")
    )

    with archive.read() as connection:
        peers = {peer.channel.value: peer for peer in hospitals.peers(connection, OPERATOR, added.hospital_id)}

    assert (peers["pacs"].host, peers["pacs"].port, peers["pacs"].ae_title) == ("10.0.0.5", 104, "PACS")
    assert peers["pacs"].calling_ae == "CONSILIUM"
    sealed = peers["his"].sealed_secret
    assert sealed is not None
    assert added.webhook_secret is not None
    assert unseal(archive.installation.key, sealed, owner=peers["his"].id) == added.webhook_secret
    assert added.webhook_secret.encode() not in sealed


def test_a_seal_opens_with_its_key_for_its_owner_only() -> None:
    secret = new_webhook_secret()
    sealed = seal(b"k" * 32, secret, owner="p1")

    assert unseal(b"k" * 32, sealed, owner="p1") == secret
    assert seal(b"k" * 32, secret, owner="p1") != sealed
    for key, content, owner in (
        (b"K" * 32, sealed, "p1"),
        (b"k" * 32, sealed, "p2"),
        (b"k" * 32, sealed[:-1] + bytes([sealed[-1] ^ 1]), "p1"),
        (b"k" * 32, b"", "p1"),
        (b"k" * 32, b"\x02" + sealed[1:], "p1"),
    ):
        with pytest.raises(SealBroken):
            unseal(key, content, owner=owner)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.5:104:PACS", PacsAddress("10.0.0.5", 104, ae_title("PACS"))),
        ("[fd00::5]:11112:MY PACS", PacsAddress("fd00::5", 11112, ae_title("MY PACS"))),
        ("pacs.hospital.example:104:P", PacsAddress("pacs.hospital.example", 104, ae_title("P"))),
        ("10.0.0.5:PACS", None),
        ("10.0.0.5:0:PACS", None),
        ("10.0.0.5:70000:PACS", None),
        (":104:PACS", None),
        ("10.0.0.5:104:", None),
        ("10.0.0.5:104:AN AE TITLE TOO LONG", None),
        ("fd00::5:104:PACS", None),
    ],
)
def test_a_pacs_address_is_read_or_refused(text: str, expected: PacsAddress | None) -> None:
    if expected is None:
        with pytest.raises(MalformedSetting):
            pacs_address(text)
    else:
        assert pacs_address(text) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "his.example.org/hook",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://his.example.org:99999/",
        "http://his.example.org:x/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
        "http://his example/",
        "http://his\\@evil/",
        "http://his/#fragment",
        "http://-his/",
        "http://" + "a" * 300 + "/",
        "http://医院/",
    ],
)
def test_a_web_address_that_is_not_plainly_one_is_refused(url: str) -> None:
    with pytest.raises(MalformedSetting):
        origin(url)


def test_origins_are_compared_as_browsers_do() -> None:
    assert origin("http://HIS.example.org/a?b=c") == origin("http://his.example.org.:80/")
    assert origin("https://his/") != origin("http://his/")
    assert origin("http://his:8080/") != origin("http://his/")
