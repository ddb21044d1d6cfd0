"""The system administrator lets hospitals in and sets them up; nothing that is wrong is half done."""

from __future__ import annotations

import itertools
import json
import re
import socket
from pathlib import Path

import pytest

from service.access.keys import KeyUnknown, authenticate
from service.archive.store import Archive
from service.domain.hospital import Language
from service.domain.user import User
from service.his.webhook import probe_sender
from tests.people.administering import administrator, ok, on_record
from tests.people.browsers import Browser, Browsers
from tests.support.edges import PACKAGE, serving
from tests.support.pacs import AE_TITLE, SEG, SR, VERIFICATION, scripted_pacs
from workers.probe import probe_due

NUMBERS = itertools.count(1)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def admin(browsers: Browsers) -> tuple[User, Browser]:
    return administrator(browsers)


@pytest.fixture
def ada(admin: tuple[User, Browser]) -> Browser:
    return admin[1]


@pytest.fixture(scope="module")
def chen(browsers: Browsers) -> Browser:
    return administrator(browsers, Language.ZH_CN)[1]


def new(**more: object) -> dict:
    number = next(NUMBERS)
    sender = {"calling_ae": f"CT{number}", "called_ae": "CENTRE", "networks": [f"10.{number}.0.0/16"]}
    return {"name": f"Hospital {number}", "sender": sender, **more}


def added(browser: Browser, **more: object) -> dict:
    return ok(browser.send("POST", "/admin/hospitals", new(**more)))["hospital"]


def changed(browser: Browser, hospital: dict, **body: object) -> dict:
    path = f"/admin/hospitals/{hospital['id']}"
    return ok(browser.send("PATCH", path, {"edition": hospital["edition"], **body}))


def test_a_hospital_let_in_has_its_key_and_secret_shown_once(browsers: Browsers, admin: tuple[User, Browser]) -> None:
    user, ada = admin
    with on_record(browsers) as acts:
        body = new(
            language="en",
            packages=[{"package": PACKAGE, "modalities": ["CT"], "mode": "second-reader"}],
            release="at-once",
            pacs={"channel": "pacs", "host": "10.20.0.5", "port": 104, "ae_title": "PACS"},
            webhook={"channel": "his", "url": "https://his.example/hook"},
        )
        made = ok(ada.send("POST", "/admin/hospitals", body))

    shown = made["hospital"]
    assert (shown["name"], shown["senders"]) == (body["name"], [body["sender"]])
    assert shown["packages"] == [{"package": PACKAGE, "modalities": ["CT"], "mode": "second-reader", "is_here": True}]
    assert shown["release"] == {"pacs": "at-once", "his": "at-once"}
    assert {(each["channel"], each["calling_ae"]) for each in shown["peers"]} == {("pacs", "CENTRE"), ("his", None)}
    assert authenticate(browsers.edges.archive, f"Bearer {made['api_key']}").hospitals == {shown["id"]}
    assert made["webhook_secret"].startswith("whsec_")
    listed = ada.get("/admin/hospitals").text
    assert made["api_key"] not in listed
    assert made["webhook_secret"] not in listed
    assert [(actor, action) for actor, action, *_ in acts] == [
        (f"user:{user.id}", "hospital.add"),
        (f"user:{user.id}", "key.add"),
    ]


def test_every_setting_of_a_hospital_is_changed_and_on_record_with_what_it_was(
    browsers: Browsers, ada: Browser
) -> None:
    hospital = added(ada)
    with on_record(browsers) as acts:
        after = changed(
            ada,
            hospital,
            name="Renamed",
            language="en",
            release={"pacs": "never", "his": "at-once"},
            quiet_s=7.5,
            finalising="audit",
            targets_s={"emergency": 900},
            packages=[{"package": PACKAGE, "mode": "triage-only"}],
            senders=[{"calling_ae": "MR9", "called_ae": "CENTRE", "networks": ["10.99.0.0/16"]}],
        )

    assert ok(ada.get(f"/admin/hospitals/{hospital['id']}")) == after
    assert (after["name"], after["language"], after["quiet_s"], after["finalising"]) == ("Renamed", "en", 7.5, "audit")
    assert after["release"] == {"pacs": "never", "his": "at-once"}
    own = {each["exam_class"]["word"]: (each["own_s"], each["default_s"]) for each in after["targets"]}
    assert own["emergency"] == (900.0, 1800.0)
    assert own["inpatient"] == (None, 86400.0)
    assert after["packages"] == [{"package": PACKAGE, "modalities": [], "mode": "triage-only", "is_here": True}]
    assert after["senders"] == [{"calling_ae": "MR9", "called_ae": "CENTRE", "networks": ["10.99.0.0/16"]}]
    ((_, action, where, detail),) = acts
    assert (action, where) == ("hospital.change", hospital["id"])
    assert detail["finalising"] == "signature -> audit"
    assert detail["name"] == f"{hospital['name']} -> Renamed"
    assert "language" in detail


def test_what_is_not_named_stays_and_a_quiet_time_is_given_back_to_learning(ada: Browser) -> None:
    hospital = added(ada, quiet_s=5)

    kept = changed(ada, hospital, finalising="audit")
    learned = changed(ada, kept, quiet_s=None)

    assert (kept["quiet_s"], kept["senders"]) == (5.0, hospital["senders"])
    assert (learned["quiet_s"], learned["finalising"]) == (None, "audit")


def test_two_administrators_do_not_overwrite_each_other(ada: Browser) -> None:
    hospital = added(ada)
    changed(ada, hospital, quiet_s=9)

    late = ada.send("PATCH", f"/admin/hospitals/{hospital['id']}", {"edition": hospital["edition"], "quiet_s": 3})

    assert (late.status_code, late.json()["code"]) == (409, "stale")
    assert ok(ada.get(f"/admin/hospitals/{hospital['id']}"))["quiet_s"] == 9


AGREED = {
    "services": ["analysis", "reporting"],
    "modalities": [],
    "excluded": [],
    "signed_by": "centre",
    "keep_years": 15,
    "at_end": "keep",
}


def test_what_was_agreed_with_a_hospital_is_kept_whole_and_on_record(browsers: Browsers, ada: Browser) -> None:
    hospital = added(ada)
    assert hospital["agreement"] == AGREED
    agreed = AGREED | {
        "services": ["reporting"],
        "modalities": ["CT", "DX"],
        "excluded": ["interventional", "prenatal"],
        "signed_by": "hospital",
        "keep_years": 30,
        "at_end": "return",
    }
    with on_record(browsers) as acts:
        after = changed(ada, hospital, agreement=agreed, packages=[])
    assert after["agreement"] == agreed
    assert ok(ada.get(f"/admin/hospitals/{hospital['id']}"))["agreement"] == agreed
    assert any(
        "services reporting; modalities CT, DX; excluded interventional, prenatal; signed by hospital; kept 30 years; "
        "at end return" in str(act)
        for act in acts
    )


WRONG = [
    ({"name": " "}, "body.name"),
    ({"name": "x\u0007y"}, "body.name"),
    ({"name": "長" * 65}, "body.name"),
    ({"senders": []}, "body.senders"),
    ({"senders": [{"calling_ae": "A\\B", "called_ae": "C"}]}, "body.senders.0.calling_ae"),
    ({"senders": [{"calling_ae": "A" * 17, "called_ae": "C"}]}, "body.senders.0.calling_ae"),
    ({"senders": [{"calling_ae": "A", "called_ae": "C", "networks": ["10.0.0.1/8"]}]}, "body.senders.0.networks.0"),
    ({"quiet_s": 0}, "body.quiet_s"),
    ({"quiet_s": 3601}, "body.quiet_s"),
    ({"targets_s": {"emergency": 5}}, "body.targets_s"),
    ({"targets_s": {"tea": 900}}, "body.targets_s.tea.?key?"),
    ({"agreement": AGREED | {"services": []}}, "body.agreement"),
    ({"agreement": AGREED | {"excluded": ["diagnostic"]}}, "body.agreement"),
    ({"agreement": AGREED | {"keep_years": 14}}, "body.agreement"),
    ({"agreement": AGREED | {"keep_years": 101}}, "body.agreement"),
    ({"agreement": AGREED | {"services": ["reporting"]}, "packages": [{"package": PACKAGE}]}, "body.agreement"),
    ({"agreement": AGREED | {"modalities": ["ct"]}}, "body.agreement.modalities.0"),
    ({"packages": [{"package": "no_such_package"}]}, "body.packages"),
    ({"packages": [{"package": "../x"}]}, "body.packages.0.package"),
    ({"packages": [{"package": PACKAGE, "modalities": ["ct"]}]}, "body.packages.0.modalities.0"),
    ({"packages": [{"package": PACKAGE, "mode": "sometimes"}]}, "body.packages.0.mode"),
    ({"release": {"pacs": "sometimes", "his": "never"}}, "body.release.pacs"),
    ({"nonsense": 1}, "body.nonsense"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG, ids=[f"{field} {index}" for index, (_, field) in enumerate(WRONG)])
def test_a_wrong_setting_is_named_in_the_readers_language_and_nothing_is_changed(
    ada: Browser, chen: Browser, wrong: dict, field: str
) -> None:
    hospital = added(ada)
    path = f"/admin/hospitals/{hospital['id']}"

    for browser, is_chinese in ((ada, False), (chen, True)):
        answer = browser.send("PATCH", path, {"edition": hospital["edition"], **wrong})
        assert answer.status_code == 422, answer.text
        (fault,) = answer.json()["errors"]
        assert fault["field"].split(".")[:2] == field.split(".")[:2]
        assert fault["field"] == field or "?" in field
        assert bool(CHINESE.search(fault["message"])) is is_chinese, fault
    assert ok(ada.get(path)) == hospital


def test_hospitals_that_could_not_be_told_apart_or_have_one_name_are_refused(ada: Browser) -> None:
    one, other = added(ada), added(ada)
    path = f"/admin/hospitals/{other['id']}"

    mixed = ada.send("PATCH", path, {"edition": other["edition"], "senders": one["senders"]}).json()
    named = ada.send("PATCH", path, {"edition": other["edition"], "name": one["name"]}).json()

    assert one["name"] in mixed["errors"][0]["message"]
    assert "another calling AE" in mixed["errors"][0]["message"]
    assert named["errors"][0]["field"] == "body.name"
    assert ok(ada.get(path)) == other


def test_networks_are_asked_for_once_other_machines_reach_the_node(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with serving(archive, dicom_bind="0.0.0.0") as edges:
        ada = administrator(Browsers(edges))[1]
        body = {"name": "West", "sender": {"calling_ae": "CT", "called_ae": "C"}}
        answer = ada.send("POST", "/admin/hospitals", body)
        assert answer.status_code == 422
        assert "10.20.0.0/16" in answer.json()["errors"][0]["message"]
    archive.close()


def test_keys_are_issued_and_end(browsers: Browsers, ada: Browser) -> None:
    hospital = added(ada)
    path = f"/admin/hospitals/{hospital['id']}"
    with on_record(browsers) as acts:
        issued = ok(ada.send("POST", f"{path}/keys"))
        assert authenticate(browsers.edges.archive, f"Bearer {issued['api_key']}").hospitals == {hospital["id"]}
        ok(ada.send("DELETE", f"{path}/keys/{issued['key']['id']}"))

    with pytest.raises(KeyUnknown):
        authenticate(browsers.edges.archive, f"Bearer {issued['api_key']}")
    assert ada.send("DELETE", f"{path}/keys/{issued['key']['id']}").status_code == 404
    assert [action for _, action, *_ in acts] == ["key.add", "key.revoke"]


def test_a_key_of_another_hospital_is_not_ended_by_its_path(browsers: Browsers, ada: Browser) -> None:
    one, other = added(ada), added(ada)
    key = other["keys"][0]["id"]

    assert ada.send("DELETE", f"/admin/hospitals/{one['id']}/keys/{key}").status_code == 404
    assert ok(ada.get(f"/admin/hospitals/{other['id']}"))["keys"][0]["revoked_at"] is None


def test_where_results_go_is_added_changed_and_removed(browsers: Browsers, ada: Browser) -> None:
    hospital = added(ada)
    path = f"/admin/hospitals/{hospital['id']}"
    pacs = {"channel": "pacs", "host": "fd00::5", "port": 11112, "ae_title": "PACS"}
    with on_record(browsers) as acts:
        made = ok(ada.send("POST", f"{path}/peers", pacs))["peer"]
        moved = ok(ada.send("PUT", f"{path}/peers/{made['id']}", {**pacs, "host": "pacs.example", "calling_ae": "US"}))
        hook = ok(ada.send("POST", f"{path}/peers", {"channel": "his", "url": "https://his.example/a"}))
        renewed = ok(ada.send("POST", f"{path}/peers/{hook['peer']['id']}/secret"))
        ok(ada.send("DELETE", f"{path}/peers/{made['id']}"))

    assert (made["host"], made["calling_ae"]) == ("fd00::5", "CENTRE")
    assert (moved["id"], moved["host"], moved["calling_ae"]) == (made["id"], "pacs.example", "US")
    assert renewed["webhook_secret"] != hook["webhook_secret"]
    assert [each["id"] for each in ok(ada.get(path))["peers"]] == [hook["peer"]["id"]]
    assert [action for _, action, *_ in acts] == ["peer.add", "peer.change", "peer.add", "peer.secret", "peer.remove"]
    assert acts[1][3] == {"channel": "pacs", "where": "pacs.example:11112 PACS", "documents": "key-images, pdf"}


def test_what_a_pacs_is_given_beside_sr_and_seg_is_chosen_and_kept(browsers: Browsers, ada: Browser) -> None:
    hospital = added(ada)
    path = f"/admin/hospitals/{hospital['id']}/peers"
    pacs = {"channel": "pacs", "host": "10.0.0.5", "port": 104, "ae_title": "PACS"}
    made = ok(ada.send("POST", path, pacs))["peer"]
    chosen = ok(ada.send("PUT", f"{path}/{made['id']}", {**pacs, "companions": ["presentation-state", "summary"]}))
    moved = ok(ada.send("PUT", f"{path}/{made['id']}", {**pacs, "host": "10.0.0.6"}))
    none = ok(ada.send("PUT", f"{path}/{made['id']}", {**pacs, "companions": []}))
    assert made["companions"] == ["key-images", "pdf"]
    assert chosen["companions"] == moved["companions"] == ["presentation-state", "summary"]
    assert none["companions"] == []
    assert ada.send("PUT", f"{path}/{made['id']}", {**pacs, "companions": ["fax"]}).status_code == 422


@pytest.mark.parametrize(
    ("typed", "kept"), [(" 10.0.0.5 ", "10.0.0.5"), ("[FD00::5]", "fd00::5"), ("PACS.Example.", "pacs.example")]
)
def test_a_host_is_kept_as_it_is_called(ada: Browser, typed: str, kept: str) -> None:
    hospital = added(ada)
    pacs = {"channel": "pacs", "host": typed, "port": 104, "ae_title": "P"}
    assert ok(ada.send("POST", f"/admin/hospitals/{hospital['id']}/peers", pacs))["peer"]["host"] == kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "pacs", "host": "10.0.0.1\n", "port": "x", "ae_title": "P"},
        {"channel": "pacs", "host": "a b", "port": 104, "ae_title": "P"},
        {"channel": "pacs", "host": "127.1", "port": 104, "ae_title": "P"},
        {"channel": "pacs", "host": "no host", "port": 104, "ae_title": "P"},
        {"channel": "pacs", "host": "10.0.0.1", "port": 0, "ae_title": "P"},
        {"channel": "his", "url": "ftp://his.example"},
        {"channel": "his", "url": "https://user:pw@his.example"},
        {"channel": "fax", "url": "x"},
    ],
)
def test_an_address_that_cannot_be_called_is_refused(ada: Browser, wrong: dict) -> None:
    hospital = added(ada)
    answer = ada.send("POST", f"/admin/hospitals/{hospital['id']}/peers", wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert ok(ada.get(f"/admin/hospitals/{hospital['id']}"))["peers"] == []


def test_a_pacs_does_not_become_a_webhook_nor_another_hospitals(ada: Browser) -> None:
    one, other = added(ada), added(ada)
    pacs = {"channel": "pacs", "host": "10.0.0.1", "port": 104, "ae_title": "P"}
    peer = ok(ada.send("POST", f"/admin/hospitals/{one['id']}/peers", pacs))["peer"]
    hook = {"channel": "his", "url": "https://his.example"}

    assert ada.send("PUT", f"/admin/hospitals/{one['id']}/peers/{peer['id']}", hook).status_code == 422
    assert ada.send("PUT", f"/admin/hospitals/{other['id']}/peers/{peer['id']}", pacs).status_code == 404
    assert ada.send("DELETE", f"/admin/hospitals/{other['id']}/peers/{peer['id']}").status_code == 404


def test_a_hospital_goes_only_when_its_name_is_typed(browsers: Browsers, ada: Browser) -> None:
    made = ok(ada.send("POST", "/admin/hospitals", new()))
    path = f"/admin/hospitals/{made['hospital']['id']}"

    assert ada.send("POST", f"{path}/removal", {"name": "hospital"}).status_code == 422
    assert ok(ada.get(path)) == made["hospital"]
    with on_record(browsers) as acts:
        assert ada.send("POST", f"{path}/removal", {"name": made["hospital"]["name"]}).status_code == 204

    assert ada.get(path).status_code == 404
    with pytest.raises(KeyUnknown):
        authenticate(browsers.edges.archive, f"Bearer {made['api_key']}")
    assert [action for _, action, *_ in acts] == ["hospital.remove"]


def tried(browsers: Browsers, ada: Browser, hospital: dict) -> dict:
    """Ask for a connection test, have it run as the flow worker runs it, and read it."""
    path = f"/admin/hospitals/{hospital['id']}/connection-tests"
    begun = ada.send("POST", path)
    assert begun.status_code == 202, begun.text
    assert (begun.json()["state"], begun.json()["good"], begun.json()["lines"]) == ("due", None, [])
    archive = browsers.edges.archive
    while probe_due(archive, probe_sender(archive.installation.key)):
        pass
    return ok(ada.get(f"{path}/{begun.json()['id']}"))


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_connection_test_says_what_works(browsers: Browsers, ada: Browser, chen: Browser) -> None:
    with scripted_pacs() as pacs:
        pacs.takes = (SR, SEG, VERIFICATION)
        address = {"channel": "pacs", "host": "127.0.0.1", "port": pacs.port, "ae_title": AE_TITLE}
        hospital = added(ada, pacs=address)
        done = tried(browsers, ada, hospital)
        said = tried(browsers, chen, hospital)

    assert (done["state"], done["good"]) == ("done", True)
    assert "answers C-ECHO" in done["lines"][0]["text"]
    assert all(CHINESE.search(line["text"]) and "原文" not in line["text"] for line in said["lines"]), said


@pytest.mark.parametrize("what", ["pacs away", "pacs rejects", "webhook away", "webhook unresolved", "nothing"])
def test_a_connection_test_says_what_does_not_work_and_what_to_do(
    browsers: Browsers, ada: Browser, chen: Browser, what: str
) -> None:
    port = closed_port()
    with scripted_pacs() as pacs:
        pacs.rejects = (1, 1, 7)
        given = {
            "pacs away": {"pacs": {"channel": "pacs", "host": "127.0.0.1", "port": port, "ae_title": "P"}},
            "pacs rejects": {"pacs": {"channel": "pacs", "host": "127.0.0.1", "port": pacs.port, "ae_title": "P"}},
            "webhook away": {"webhook": {"channel": "his", "url": f"http://127.0.0.1:{port}/hook"}},
            "webhook unresolved": {"webhook": {"channel": "his", "url": "https://nowhere.invalid/hook"}},
            "nothing": {},
        }[what]
        hospital = added(ada, **given)
        english, chinese = tried(browsers, ada, hospital), tried(browsers, chen, hospital)

    assert (english["good"], chinese["good"]) == (False, False)
    for line in chinese["lines"]:
        assert CHINESE.search(line["text"]), line
        assert "原文" not in line["text"], line


def test_a_test_of_another_hospital_is_not_shown_by_its_path(browsers: Browsers, ada: Browser) -> None:
    one, other = added(ada), added(ada)
    begun = ok(ada.send("POST", f"/admin/hospitals/{one['id']}/connection-tests"))

    assert ada.get(f"/admin/hospitals/{other['id']}/connection-tests/{begun['id']}").status_code == 404


def test_nothing_of_a_patient_is_in_what_is_said_of_hospitals(browsers: Browsers, ada: Browser) -> None:
    customer = browsers.edges.hospital()
    browsers.edges.study(customer)
    said = json.dumps(ok(ada.get("/admin/hospitals")))
    assert "Test" not in said
    assert "P1" not in said
