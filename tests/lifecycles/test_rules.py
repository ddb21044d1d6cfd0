"""Who is who, who may see what, which package is asked, how an order finds its study."""

from __future__ import annotations

from itertools import product

import pytest

from service.domain.agreement import Agreement, Service
from service.domain.analysis import AnalysisState
from service.domain.hospital import (
    LOOPBACK,
    Channel,
    Hospital,
    Language,
    MalformedSetting,
    PackageRule,
    ReleasePolicy,
    Sender,
    SendersOverlap,
    ae_title,
    network,
    package_rule,
    refuse_overlap,
)
from service.domain.order import Identifiers, Match, match
from service.domain.routing import route
from service.domain.status import ENCODINGS, ExaminationStatus, examination_status
from service.domain.visibility import ResultObject, visible
from service.domain.wall import BehindTheWall, HospitalId, Role, Wall


def sender(calling: str = "CT1", called: str = "CONSILIUM", *networks: str) -> Sender:
    return Sender(ae_title(calling), ae_title(called), tuple(network(each) for each in networks) or LOOPBACK)


def test_a_sender_is_known_by_titles_and_network_together() -> None:
    known = sender("CT1", "CONSILIUM", "10.1.0.0/16")

    assert known.admits(calling_ae="CT1", called_ae="CONSILIUM", address="10.1.2.3")
    assert known.admits(calling_ae="CT1", called_ae="CONSILIUM", address="::ffff:10.1.2.3")
    assert not known.admits(calling_ae="CT1", called_ae="CONSILIUM", address="10.2.0.1")
    assert not known.admits(calling_ae="CT2", called_ae="CONSILIUM", address="10.1.2.3")
    assert not known.admits(calling_ae="CT1", called_ae="OTHER", address="10.1.2.3")


def test_two_hospitals_that_could_be_mistaken_for_each_other_are_refused() -> None:
    known = (("first", sender("CT1", "CONSILIUM", "10.1.0.0/16")),)

    with pytest.raises(SendersOverlap, match="first"):
        refuse_overlap(sender("CT1", "CONSILIUM", "10.1.9.0/24"), known)
    refuse_overlap(sender("CT1", "CONSILIUM", "10.2.0.0/16"), known)
    refuse_overlap(sender("CT1", "OTHER", "10.1.0.0/16"), known)
    refuse_overlap(sender("CT1", "CONSILIUM", "fd00::/8"), known)


@pytest.mark.parametrize("text", ["", " ", "A" * 17, "A\\B", "CT\n", "体模"])
def test_a_malformed_ae_title_is_refused(text: str) -> None:
    with pytest.raises(MalformedSetting):
        ae_title(text)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "nonsense", "10.0.0.0/33", ""])
def test_a_malformed_network_is_refused(text: str) -> None:
    with pytest.raises(MalformedSetting, match="CIDR"):
        network(text)


def test_a_package_is_asked_for_every_study_or_for_named_modalities() -> None:
    assert package_rule("ct_chest_nodule") == PackageRule("ct_chest_nodule", ())
    assert package_rule("ct_chest_nodule:CT,mr") == PackageRule("ct_chest_nodule", ("CT", "MR"))
    for text in ("", "../x", "CT:", "x:;"):
        with pytest.raises(MalformedSetting):
            package_rule(text)


def test_routing_says_of_every_package_why_it_is_asked_or_not() -> None:
    rules = [PackageRule("lungs", ("CT",)), PackageRule("gone", ())]
    routed = route(rules, ["brain"], {"MR"}, {"lungs", "brain", "other"}, Agreement())

    assert {each.package: each.asked for each in routed} == {"lungs": False, "gone": False, "brain": True}
    assert {each.package: each.code for each in routed}["lungs"] == "lungs: only-on CT"
    assert {each.package: each.code for each in routed}["gone"] == "gone: not-here"


@pytest.mark.parametrize(
    "agreement",
    [Agreement(modalities=frozenset({"DX"})), Agreement(services=frozenset({Service.REPORTING}))],
    ids=["modality", "service"],
)
def test_what_is_not_agreed_with_the_hospital_is_asked_of_no_package_whoever_names_it(agreement: Agreement) -> None:
    routed = route([PackageRule("lungs", ())], ["brain"], {"CT"}, {"lungs", "brain"}, agreement)

    assert [each.code for each in routed] == ["lungs: not-agreed", "brain: not-agreed"]
    assert not any(each.asked for each in routed)


@pytest.mark.parametrize(
    ("order", "study", "expected"),
    [
        (("A1", "", ""), ("A1", "1.2", "P1"), Match.JOINED),
        (("", "1.2", ""), ("A1", "1.2", "P1"), Match.JOINED),
        (("A1", "", "P1"), ("A1", "1.2", "P1"), Match.JOINED),
        (("A1", "", "P2"), ("A1", "1.2", "P1"), Match.CONTRADICTION),
        (("A2", "1.2", ""), ("A1", "1.2", "P1"), Match.CONTRADICTION),
        (("A1", "1.3", ""), ("A1", "1.2", "P1"), Match.CONTRADICTION),
        (("", "", "P1"), ("A1", "1.2", "P1"), Match.PROPOSED),
        (("A2", "", "P1"), ("A1", "1.2", "P1"), Match.NONE),
        (("", "", ""), ("", "1.2", ""), Match.NONE),
        (("A2", "", ""), ("A1", "1.2", ""), Match.NONE),
    ],
)
def test_an_order_joins_by_a_strong_identifier_only(order: tuple, study: tuple, expected: Match) -> None:
    assert match(Identifiers(*order), Identifiers(*study)) is expected


@pytest.mark.parametrize(
    ("pacs", "his", "channel", "signed"), list(product(ReleasePolicy, ReleasePolicy, Channel, (True, False)))
)
def test_unsigned_results_are_seen_only_where_they_are_released_at_once(
    pacs: ReleasePolicy, his: ReleasePolicy, channel: Channel, signed: bool
) -> None:
    hospital = Hospital(HospitalId("h1"), "A", Language.EN, pacs, his, None, (), ())
    policy = {Channel.PACS: pacs, Channel.HIS: his}[channel]

    assert visible(ResultObject(signed), hospital, channel) == (signed or policy.value == "at-once")


def test_a_wall_lets_only_its_hospitals_through() -> None:
    wall = Wall(frozenset({HospitalId("h1")}), Role.HOSPITAL, "key:1")

    assert wall.lets(HospitalId("h1"))
    assert not wall.lets(HospitalId("h2"))
    wall.guard(HospitalId("h1"))
    with pytest.raises(BehindTheWall):
        wall.guard(HospitalId("h2"))
    with pytest.raises(BehindTheWall):
        wall.guard_all()
    Wall.system("test").guard_all()


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((), "not_asked"),
        (("superseded",), "not_asked"),
        (("pending",), "queued"),
        (("pending", "running"), "running"),
        (("concluded", "pending"), "queued"),
        (("concluded",), "ai_done"),
        (("concluded", "refused"), "ai_partial"),
        (("concluded", "failed"), "ai_partial"),
        (("refused", "refused"), "not_analysed"),
        (("failed", "refused"), "ai_failed"),
        (("failed",), "ai_failed"),
        (("cancelled",), "cancelled"),
        (("cancelled", "superseded"), "cancelled"),
        (("cancelled", "concluded"), "ai_done"),
        (("cancelled", "pending"), "queued"),
        (("cancelled", "refused"), "not_analysed"),
        (("cancelled", "failed"), "ai_failed"),
    ],
)
def test_one_table_says_how_an_examination_stands(states: tuple, status: str) -> None:
    assert examination_status([AnalysisState(each) for each in states]).value == status


def test_no_status_but_a_signed_one_is_verified() -> None:
    assert set(ENCODINGS) == set(ExaminationStatus)
    verified = {status.value for status, each in ENCODINGS.items() if each.sr and each.sr.verification == "VERIFIED"}

    assert verified == {"signed", "amended"}
