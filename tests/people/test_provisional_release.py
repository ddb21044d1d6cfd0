"""An emergency released before its audit, from its order to the final report, as HIS, readers and PACS see it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydicom import Dataset
from pynetdicom.dsutils import decode

from service.archive import results
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.user import UserRole
from service.domain.wall import Wall
from service.flow.clock import tell_due
from service.flow.deliver import Senders, deliver_due
from service.flow.peers import PeerRefused
from service.pixels.pool import PixelPool
from tests.people.browsers import Browser, Browsers
from tests.people.test_signing import OWN_PASSWORD, PIN, kept, path, seated, sign, submitted
from tests.support.edges import Customer, serving
from tests.support.flowing import pass_time
from tests.support.pacs import AE_TITLE, SC, SEG, SR, VERIFICATION, ScriptedPacs, scripted_pacs
from workers.encode import Encoder
from workers.outgoing import to_pacs
from workers.result_context import Centre

PDF = "1.2.840.10008.5.1.4.1.1.104.1"
KO = "1.2.840.10008.5.1.4.1.1.88.59"
HOUR_S = 3600.0
SECRET = {"pin": PIN, "password": OWN_PASSWORD}


def _no_his(*_: object) -> None:
    raise PeerRefused("no webhook in this test")


@dataclass
class Office:
    """A hospital by whose contract emergencies go out first, its PACS, and the centre's flow worker."""

    browsers: Browsers
    hospital: Customer
    pacs: ScriptedPacs
    encoder: Encoder

    @property
    def archive(self) -> Archive:
        return self.browsers.edges.archive

    def work(self) -> None:
        """What a flow worker does until nothing is due."""
        while self._encoded() or deliver_due(self.archive, self.browsers.edges.bell, Senders(to_pacs, _no_his)):
            pass

    def _encoded(self) -> bool:
        with self.archive.write() as connection:
            step = results.claim_step(connection, Wall.operator())
        if step is not None:
            self.encoder.encode(step)
        return step is not None

    def stored(self, sop_class_uid: str) -> list[Dataset]:
        """What the hospital's PACS has of a class, oldest first."""
        return [
            decode(io.BytesIO(each.data_set), each.transfer_syntax_uid.startswith("1.2.840.10008.1.2\0"), True)
            for each in self.pacs.stored
            if each.sop_class_uid == sop_class_uid
        ]

    @property
    def his(self) -> httpx.Client:
        return self.browsers.edges.client(self.hospital)

    def emergency(self, browser: Browser) -> tuple[Study, str]:
        """A written report on an emergency, and the order's id."""
        study = submitted(self.browsers, self.hospital, browser)
        order = {"study_instance_uid": study.study_instance_uid, "exam_class": "emergency"}
        answer = self.his.post("/api/v1/orders", json=order)
        assert answer.status_code == 201, answer.text
        return study, answer.json()["id"]

    def order(self, order_id: str) -> str:
        state: str = self.his.get(f"/api/v1/orders/{order_id}").json()["state"]
        return state

    def reports(self, study: Study) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.his.get(f"/api/v1/studies/{study.study_instance_uid}/reports").json()[
            "items"
        ]
        return items

    def events(self, study: Study) -> list[str]:
        items = self.his.get("/api/v1/events", params={"limit": 500}).json()["items"]
        return [each["kind"] for each in items if each["study_instance_uid"] == study.study_instance_uid]


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    archive = Archive(tmp_path_factory.mktemp("provisional"))
    with serving(archive) as served:
        yield Browsers(served)
    archive.close()


@pytest.fixture
def office(browsers: Browsers) -> Iterator[Office]:
    hospital = browsers.edges.hospital()
    _, ada, _ = browsers.enrolled(UserRole.SYSTEM_ADMIN)
    (shown,) = [each for each in ada.get("/admin/hospitals").json()["hospitals"] if each["id"] == hospital.id]
    change = {"edition": shown["edition"], "finalising": "audit-emergencies-first"}
    changed = ada.send("PATCH", f"/admin/hospitals/{hospital.id}", change)
    assert changed.json()["finalising"] == "audit-emergencies-first", changed.text
    with scripted_pacs() as pacs, PixelPool() as pixels:
        pacs.takes = (SR, SEG, SC, PDF, KO, VERIFICATION)
        peer = {
            "channel": "pacs", "host": "127.0.0.1", "port": pacs.port, "ae_title": AE_TITLE, "calling_ae": None,
            "companions": ["pdf"],
        }  # fmt: skip
        added = ada.send("POST", f"/admin/hospitals/{hospital.id}/peers", peer)
        assert added.status_code in {200, 201}, added.text
        centre = Centre("centre", "0.1.0", "+0800")
        yield Office(browsers, hospital, pacs, Encoder(browsers.edges.archive, pixels, centre))


def line(browser: Browser, study: Study) -> dict[str, Any]:
    """The examination as the worklist lists what waits for an audit; the list asks for both words at once."""
    listed = browser.get("/worklist", status=["signed", "provisional"]).json()["items"]
    (row,) = [each for each in listed if each["study_instance_uid"] == study.study_instance_uid]
    return row  # type: ignore[no-any-return]


def test_an_emergency_is_at_the_hospital_with_its_signature_and_final_with_its_audit(office: Office) -> None:
    _, anna = seated(office.browsers, office.hospital, title="住院医师")
    _, ben = seated(office.browsers, office.hospital, UserRole.SENIOR_RADIOLOGIST, "主任医师")
    study, order_id = office.emergency(anna)
    assert anna.get(path(study, "reading")).json()["after_signature"] == "provisional"

    signed = sign(anna, study, password=OWN_PASSWORD)
    assert signed.json()["report"]["state"]["word"] == "provisional", signed.text
    assert signed.json()["report"]["audit_due_at"] is not None
    office.work()

    (provisional,) = office.stored(SR)
    assert (provisional.PreliminaryFlag, provisional.VerificationFlag) == ("PRELIMINARY", "UNVERIFIED")
    assert len(office.stored(PDF)) == 1
    assert office.order(order_id) == "preliminary"
    (shown,) = office.reports(study)
    assert (shown["status"], shown["audited_by"], shown["released_at"]) == ("provisional", None, None)
    assert shown["audit_due_at"] is not None
    assert "report.provisional" in office.events(study)

    row = line(ben, study)
    assert (row["status"]["word"], row["clock"]["of"], row["clock"]["target_s"]) == ("provisional", "audit", 86400.0)
    assert [each["word"] for each in row["flags"]] == []

    report = kept(office.browsers, study).id
    done = ben.send("POST", path(study, "report/audit"), {"report_id": report, **SECRET})
    assert done.json()["versions"][0]["state"]["word"] == "released", done.text
    office.work()

    final = office.stored(SR)[-1]
    assert (final.PreliminaryFlag, final.VerificationFlag) == ("FINAL", "VERIFIED")
    (predecessor,) = final.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert predecessor.ReferencedSOPInstanceUID == provisional.SOPInstanceUID
    assert len(final.VerifyingObserverSequence) == 2
    assert office.order(order_id) == "final"
    (shown,) = office.reports(study)
    assert (shown["status"], shown["audited_by"]["title"]) == ("signed", "主任医师")
    assert [each["kind"] for each in shown["results"]] == ["PDF", "SR"], "the final ones alone"


def test_an_audit_that_is_late_is_marked_for_readers_and_told_to_the_hospital(office: Office) -> None:
    _, anna = seated(office.browsers, office.hospital)
    study, _ = office.emergency(anna)
    sign(anna, study, password=OWN_PASSWORD)
    pass_time(office.archive, 24.5 * HOUR_S)
    tell_due(office.archive)

    assert office.events(study)[-1] == "report.audit_overdue"
    _, ben = seated(office.browsers, office.hospital, UserRole.SENIOR_RADIOLOGIST, "主任医师")
    row = line(ben, study)
    assert [each["word"] for each in row["flags"]] == ["audit-overdue"]
    assert row["clock"]["share"] > 1


def test_who_returns_it_has_it_withdrawn_and_who_signed_takes_it_back_with_a_reason_alone(office: Office) -> None:
    _, anna = seated(office.browsers, office.hospital, title="住院医师")
    _, ben = seated(office.browsers, office.hospital, UserRole.SENIOR_RADIOLOGIST, "主任医师")
    study, _ = office.emergency(anna)
    sign(anna, study, password=OWN_PASSWORD)
    office.work()
    report = kept(office.browsers, study).id
    assert anna.send("POST", path(study, "report/recall")).json()["code"] == "wrong-state"
    returned = ben.send("POST", path(study, "report/return"), {"report_id": report, "why": "side"})
    assert [each["state"]["word"] for each in returned.json()["versions"]] == ["withdrawn", "draft"], returned.text
    office.work()

    assert office.stored(KO)[-1].ConceptNameCodeSequence[0].CodeValue == "113001"
    (shown,) = office.reports(study)
    assert (shown["status"], shown["withdrawn_because"]) == ("withdrawn", "side")

    again, _ = office.emergency(anna)
    sign(anna, again)
    asked = {"report_id": kept(office.browsers, again).id, "why": "wrong patient"}
    withdrawn = anna.send("POST", path(again, "report/withdraw"), asked)
    assert withdrawn.json()["versions"][0]["state"]["word"] == "withdrawn", withdrawn.text


def test_the_hospitals_own_people_see_that_it_is_provisional(office: Office) -> None:
    _, anna = seated(office.browsers, office.hospital)
    study, _ = office.emergency(anna)
    sign(anna, study, password=OWN_PASSWORD)
    own = office.browsers.at(office.browsers.person(UserRole.HOSPITAL, hospitals=[office.hospital.id]))
    shown = own.get(f"/own/studies/{study.hospital}/{study.study_instance_uid}").json()
    assert (shown["result"]["word"], shown["has_report"]) == ("provisional", True)
    assert shown["report"]["audit_due_at"] is not None
