"""The system administrator sees what waits, what went wrong and why, puts it right, and learns of no patient."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import generate_uid

from models.contract import RefusalReason
from service.api.room.admin import deliveries as admin_deliveries
from service.api.room.admin import queue_shapes
from service.archive import analysis_leases, deliveries, hospitals, results
from service.archive.analysis_leases import Ending
from service.archive.deliveries import Wanted
from service.archive.results import MAX_ENCODE_ATTEMPTS, EncodeState, Encoding, ResultKind
from service.archive.schema import METADATA
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.analysis import AnalysisEvent, AnalysisOutcome
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel, Language, PackageRule
from service.domain.order import Priority
from service.flow.bell import Step
from service.flow.deliver import Senders, deliver_due
from service.flow.peers import PeerAway, PeerFailure, PeerRefused
from service.flow.put_right import may_park
from tests.people.administering import administrator, ok, on_record
from tests.people.browsers import Browser, Browsers
from tests.support.edges import serving
from tests.support.flowing import PACKAGE, WALL, Flow, chest, flowing, no_nodule, note
from tests.support.series import ct_slice

PATIENT = ("Test^One", "张^三", "P1", "19700101", "A1")
OF_PEOPLE = {"audit", "installation", "user", "session", "sign_in_attempt", "signing_key"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass
class Office:
    """A centre with one hospital at work, and two administrators at their browsers."""

    browsers: Browsers
    flow: Flow
    ada: Browser
    chen: Browser

    @property
    def archive(self) -> Archive:
        return self.flow.archive

    def work(self, path: str, browser: Browser | None = None, **query: object) -> dict:
        """What an answer says, which is never who a patient is."""
        answer = (browser or self.ada).get(f"/admin{path}", **query)
        assert answer.status_code == 200, answer.text
        for secret in PATIENT:
            assert f'"{secret}' not in answer.text, (path, secret)
        return answer.json()

    def read_and_fail(self, study: Study) -> None:
        """The next analysis breaks."""
        claimed = self.flow.claim()
        assert claimed is not None
        assert claimed.study_id == study.id
        ending = Ending(AnalysisEvent.DETERMINISTIC_ERROR, AnalysisOutcome.FAILED, "package-failed", "secret detail")
        with self.archive.write() as connection:
            analysis_leases.end(connection, WALL, claimed, ending)


@dataclass
class Staff:
    """The centre's server and its two administrators, who stay while hospitals come and go."""

    browsers: Browsers
    ada: Browser
    chen: Browser


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    archive = Archive(tmp_path_factory.mktemp("work"))
    with serving(archive) as edges:
        browsers = Browsers(edges)
        yield Staff(browsers, administrator(browsers)[1], administrator(browsers, Language.ZH_CN)[1])
    archive.close()


@pytest.fixture
def office(staff: Staff) -> Iterator[Office]:
    archive = staff.browsers.edges.archive
    with archive.write() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        emptied = [table for table in reversed(METADATA.sorted_tables) if table.name not in OF_PEOPLE]
        for table in (*emptied, *emptied):  # a trigger counts anew when studies go
            connection.execute(table.delete())
    with flowing(archive, webhook_url="http://127.0.0.1:9/hook") as flow:
        yield Office(staff.browsers, flow, staff.ada, staff.chen)


def rows(archive: Archive) -> dict[str, list]:
    """Every row but those of sessions, people and the record."""
    with archive.read() as connection:
        return {
            name: connection.execute(table.select()).all()
            for name, table in METADATA.tables.items()
            if name not in OF_PEOPLE
        }


# Packages and the dry run


def test_installed_packages_say_what_they_are_for_and_who_asks_them(office: Office) -> None:
    (package,) = office.work("/packages")["packages"]

    assert (package["name"], package["is_newest"], package["modality"]) == (PACKAGE, True, "CT")
    assert package["intended_use"]
    assert package["use_status"]["word"] == "research"
    assert [each["id"] for each in package["asked_by"]] == [office.flow.hospital]
    assert CHINESE.search(office.work("/packages", office.chen)["packages"][0]["intended_use"])


def of_many_kinds(flow: Flow) -> dict[str, list[FileDataset]]:
    """Studies that dispatch treats differently."""
    two = generate_uid()
    ordered = chest(modality="MR")
    flow.place(study_uid=str(ordered[0].StudyInstanceUID), packages=(PACKAGE,), priority=Priority.HIGH)
    return {
        "fit": chest(),
        "another modality": chest(modality="MR"),
        "ordered on another modality": ordered,
        "too few": chest(count=2),
        "too thick": chest(spacing_mm=7.5),
        "of two series": [*chest(study_uid=two), *chest(study_uid=two, spacing_mm=2.5, count=42)],
    }


RULES = {
    "as they are": None,
    "for CT": [{"package": PACKAGE, "modalities": ["CT"]}],
    "for MR": [{"package": PACKAGE, "modalities": ["MR"]}],
    "none": [],
    "of a package that is not here": [{"package": "mri_brain"}, {"package": PACKAGE}],
}


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_dispatch_does_what_the_dry_run_said_study_by_study(office: Office, rules: list | None) -> None:
    flow = office.flow
    kinds = of_many_kinds(flow)
    for images in kinds.values():
        flow.arrive(*images)
        flow.call_complete(flow.study(str(images[0].StudyInstanceUID)))
    flow.complete()
    before = rows(flow.archive)

    path = f"/admin/hospitals/{flow.hospital}/dry-run"
    said = ok(office.ada.send("POST", path, {"packages": rules}))

    assert rows(flow.archive) == before, "nothing is written"
    assert said["next"] is None
    assert [each["study_instance_uid"] for each in said["items"]] == [
        str(images[0].StudyInstanceUID) for images in reversed(kinds.values())
    ]
    for secret in PATIENT:
        assert secret not in json.dumps(said, ensure_ascii=False)
    if rules is not None:
        with flow.archive.write() as connection:
            known = hospitals.get(connection, WALL, flow.hospital)
            made = tuple(PackageRule(each["package"], tuple(each.get("modalities", ()))) for each in rules)
            hospitals.keep(connection, WALL, type(known)(**{**_fields(known), "packages": made}))
    assert flow.dispatch() == len(kinds)
    for each in said["items"]:
        study = flow.study(each["study_instance_uid"])
        asked = {package["package"]: package for package in each["packages"] if package["outcome"] != "not-asked"}
        made = {analysis.package: analysis for analysis in flow.analyses(study)}
        assert asked.keys() == made.keys()
        for name, package in asked.items():
            analysis = made[name]
            assert package["version"] == analysis.package_version
            assert package["series_instance_uid"] == analysis.series_instance_uid
            assert (package["outcome"] == "refused") is (analysis.outcome is AnalysisOutcome.REFUSED)
            assert (package["refusal"] or {}).get("word") == analysis.reason
            assert package["selection"] == list(analysis.selection)
    again = ok(office.ada.send("POST", path, {}))
    outcomes = {package["outcome"] for each in again["items"] for package in each["packages"]}
    assert outcomes <= {"stands", "not-asked"}, "what was dispatched is not asked twice"


def _fields(value: object) -> dict:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}  # type: ignore[attr-defined]


def test_a_dry_run_says_why_in_the_readers_language(office: Office) -> None:
    office.flow.dispatched(*chest(modality="MR"))
    path = f"/admin/hospitals/{office.flow.hospital}/dry-run"

    (study,) = ok(office.chen.send("POST", path, {"packages": [{"package": PACKAGE}]}))["items"]
    (package,) = study["packages"]

    assert package["refusal"]["word"] == RefusalReason.WRONG_MODALITY.value
    for text in (package["route"]["text"], package["refusal"]["text"], package["detail"], package["standing"]["text"]):
        assert CHINESE.search(text), text


def test_a_dry_run_goes_through_all_studies_page_by_page(office: Office) -> None:
    made = [str(office.flow.dispatched(*chest(count=1)).study_instance_uid) for _ in range(5)]
    path, after, seen = f"/admin/hospitals/{office.flow.hospital}/dry-run", None, []

    for _ in range(3):
        page = ok(office.ada.send("POST", path, {"limit": 2, "after": after}))
        seen += [each["study_instance_uid"] for each in page["items"]]
        after = page["next"]

    assert seen == made[::-1]
    assert after is None
    assert office.ada.send("POST", path, {"after": "nonsense"}).json()["code"] == "bad-cursor"


def test_a_dry_run_shows_no_study_of_another_hospital(office: Office) -> None:
    other = office.browsers.edges.hospital()
    office.flow.dispatched(*chest(count=1))

    assert ok(office.ada.send("POST", f"/admin/hospitals/{other.id}/dry-run", {}))["items"] == []
    assert office.ada.send("POST", "/admin/hospitals/h0/dry-run", {}).status_code == 404


# What a study is called


def test_every_list_says_what_a_study_examined_and_when_beside_its_uid(office: Office) -> None:
    images = [*chest(), *chest(count=1, modality="PT")]
    for each in images:
        each.StudyInstanceUID, each.StudyDescription = images[0].StudyInstanceUID, "Chest routine"
    said = {
        "modalities": ["CT", "PT"],
        "body_part": "CHEST",
        "description": "Chest routine",
        "study_date": "2026-06-01",
    }
    study = office.flow.dispatched(*images, note(str(images[0].StudyInstanceUID)))

    def listed(path: str, part: str) -> list[tuple[str, dict | None]]:
        return [(each["study_instance_uid"], each["study"]) for each in office.work(path)[part]]

    told = [(study.study_instance_uid, said)]
    assert listed("/queue", "pending") == told
    claimed = office.flow.claim()
    assert claimed is not None
    assert listed("/queue", "running") == told
    office.flow.conclude(claimed, no_nodule(images[:-1]))
    assert listed("/queue", "encoding") == told
    with office.archive.write() as connection:
        (peer,) = hospitals.peers(connection, WALL, office.flow.hospital)
        wanted = Wanted(office.flow.hospital, peer.id, Channel.HIS, study.id, identity="message", body="{}")
        deliveries.want(connection, WALL, wanted)
    assert told[0] in listed("/deliveries", "items")
    rival = ct_slice(study_uid=str(images[0].StudyInstanceUID), series_uid=images[0].SeriesInstanceUID, index=0, seed=1)
    rival.SOPInstanceUID = rival.file_meta.MediaStorageSOPInstanceUID = images[0].SOPInstanceUID
    office.flow.arrive(rival)
    assert listed("/quarantine", "items") == told
    with office.archive.write() as connection:
        connection.exec_driver_sql("UPDATE study SET state = 'erased'")
    assert listed("/quarantine", "items") == [(study.study_instance_uid, None)]


def test_two_hospitals_studies_of_one_uid_are_each_called_by_their_own_words(office: Office) -> None:
    here, there = chest(), chest()
    for each in (*here, *there):
        each.StudyInstanceUID = here[0].StudyInstanceUID
    for each in there:
        each.StudyDescription = "Another hospital's words"
    other = office.browsers.edges.hospital()
    study = office.flow.dispatched(*here)
    office.browsers.edges.receive(other, *there)

    (waiting,) = office.work("/queue")["pending"]

    assert (waiting["study_instance_uid"], waiting["study"]["description"]) == (study.study_instance_uid, "")


# The queue


def test_the_queue_is_shown_in_the_order_in_which_it_is_worked_off(office: Office) -> None:
    flow = office.flow
    first = flow.dispatched(*chest())
    urgent = chest()
    flow.place(study_uid=str(urgent[0].StudyInstanceUID), priority=Priority.HIGH)
    second = flow.dispatched(*urgent)

    shown = office.work("/queue")["pending"]

    assert [(each["position"], each["study_instance_uid"]) for each in shown] == [
        (1, second.study_instance_uid),
        (2, first.study_instance_uid),
    ]
    claimed = flow.claim()
    assert claimed is not None
    assert claimed.study_id == second.id
    view = office.work("/queue", office.chen)
    assert view["counts"] == {"pending": 1, "running": 1, "failed": 0, "encoding": 0}
    (running,) = view["running"]
    assert running["lease_until"] is not None
    assert (running["attempt"], CHINESE.search(running["state"]["text"]) is not None) == (1, True)


def test_a_failed_analysis_is_shown_with_what_to_do_and_read_once_more_when_asked(office: Office) -> None:
    study = office.flow.dispatched(*chest())
    office.read_and_fail(study)
    (failed,) = office.work("/queue")["failed"]
    assert failed["reason"]["word"] == "package-failed"
    assert "retry" in failed["reason"]["text"]
    path = f"/admin/queue/{study.hospital}/{study.study_instance_uid}/retry"
    office.browsers.edges.bell.rung.clear()

    with on_record(office.browsers) as acts:
        again = ok(office.ada.send("POST", path))

    assert again == {"analyses": 1, "encoded": 0}
    assert [action for _, action, *_ in acts] == ["analysis.retry"]
    assert Step.ANALYSE in office.browsers.edges.bell.rung
    view = office.work("/queue")
    assert (len(view["failed"]), [each["run"] for each in view["pending"]]) == (0, [2])
    assert office.ada.send("POST", path).json()["code"] == "wrong-state"


def test_results_that_could_not_be_encoded_wait_for_a_person(office: Office) -> None:
    images = chest()
    study = office.flow.dispatched(*images)
    claimed = office.flow.claim()
    assert claimed is not None
    office.flow.conclude(claimed, no_nodule(images))
    (step,) = office.work("/queue")["encoding"]
    assert (step["what"]["word"], step["state"]["word"], step["attempt"]) == ("objects", "due", 0)
    for _ in range(MAX_ENCODE_ATTEMPTS):
        with office.archive.write() as connection:
            connection.exec_driver_sql("UPDATE encode_step SET due_at = due_at - 60")
            taken = results.claim_step(connection, WALL)
            assert taken is not None
            assert taken.what is Encoding.OBJECTS
            results.step_failed(connection, WALL, taken, "Test^One broke it")

    (step,) = office.work("/queue", office.chen)["encoding"]

    assert step["state"]["word"] == "failed"
    assert CHINESE.search(step["state"]["text"])
    path = f"/admin/queue/{study.hospital}/{study.study_instance_uid}/retry"
    assert ok(office.ada.send("POST", path)) == {"analyses": 0, "encoded": 1}
    assert office.work("/queue")["encoding"][0]["state"]["word"] == "due"


def test_an_analysis_of_a_study_in_doubt_says_why_nobody_takes_it(office: Office) -> None:
    images = chest()
    office.flow.dispatched(*images)
    stranger = ct_slice(
        study_uid=images[0].StudyInstanceUID, series_uid=images[0].SeriesInstanceUID, index=90, size=16, patient_id="P9"
    )
    office.flow.arrive(stranger)

    (waiting,) = office.work("/queue", office.chen)["pending"]

    assert "患者" in waiting["waits"]


# Deliveries


def sent(office: Office, failure: PeerFailure | None) -> dict:
    """A message to the HIS that was tried once."""
    study = office.flow.dispatched(*chest(count=1))
    with office.archive.write() as connection:
        (peer,) = hospitals.peers(connection, WALL, office.flow.hospital)
        wanted = Wanted(office.flow.hospital, peer.id, Channel.HIS, study.id, identity=generate_uid(), body="{}")
        deliveries.want(connection, WALL, wanted)

    def his(*_: object) -> None:
        if failure is not None:
            raise failure

    deliver_due(office.archive, office.flow.bell, Senders(pacs=lambda *_: None, his=his))
    return office.work("/deliveries")["items"][0]


FAILURES = {
    "refused": (PeerRefused("the webhook answered 410: it wants no more messages"), "failed"),
    "away": (PeerAway("the webhook at his.example did not answer in time"), "pending"),
    "a PACS' own words": (PeerRefused("C-STORE status C001", "no patient 张三 Test"), "failed"),
    "through": (None, "delivered"),
}


@pytest.mark.parametrize(("failure", "state"), FAILURES.values(), ids=FAILURES)
def test_a_delivery_says_how_it_stands_and_why_without_the_peers_words(
    office: Office, failure: PeerFailure | None, state: str
) -> None:
    english = sent(office, failure)
    (chinese,) = office.work("/deliveries", office.chen)["items"]

    assert (english["state"]["word"], english["channel"], english["what"]["word"]) == (state, "his", "message")
    assert english["where"] == "http://127.0.0.1:9/hook"
    assert (english["reason"] is None) is (failure is None)
    if failure is not None:
        assert CHINESE.search(chinese["reason"])
        assert "原文" not in chinese["reason"]
        assert "张三" not in f"{english['reason']}{chinese['reason']}"


def test_a_refused_delivery_is_put_aside_and_sent_again(office: Office) -> None:
    one = sent(office, PeerRefused("the webhook answered 410: it wants no more messages"))
    assert (one["can_retry"], one["can_park"]) == (True, True)

    with on_record(office.browsers) as acts:
        parked = ok(office.ada.send("POST", f"/admin/deliveries/{one['id']}/park"))
        again = ok(office.ada.send("POST", f"/admin/deliveries/{one['id']}/retry"))

    assert (parked["state"]["word"], parked["can_park"]) == ("parked", False)
    assert (again["state"]["word"], again["can_retry"]) == ("pending", False)
    assert [action for _, action, *_ in acts] == ["delivery.park", "delivery.resume"]
    assert Step.DELIVER in office.browsers.edges.bell.rung


def test_a_delivery_that_arrived_is_neither_parked_nor_sent_again(office: Office) -> None:
    one = sent(office, None)
    for act in ("park", "retry"):
        refused = office.ada.send("POST", f"/admin/deliveries/{one['id']}/{act}")
        assert refused.json()["code"] == "wrong-state"
    with office.archive.read() as connection:
        kept = deliveries.get(connection, WALL, one["id"])
    assert kept is not None
    assert not may_park(kept)
    assert office.ada.send("POST", "/admin/deliveries/d0/park").status_code == 404


def test_a_message_about_what_was_superseded_is_not_sent_after_its_successor(office: Office) -> None:
    study = office.flow.dispatched(*chest())
    (analysis,) = office.flow.analyses(study)
    with office.archive.write() as connection:
        (peer,) = hospitals.peers(connection, WALL, office.flow.hospital)
        identity = f"{analysis.id}:result"
        deliveries.want(connection, WALL, Wanted(study.hospital, peer.id, Channel.HIS, study.id, identity, body="{}"))
        connection.exec_driver_sql("UPDATE delivery SET state = 'failed'")
        connection.exec_driver_sql("UPDATE analysis SET state = 'superseded'")
    (one,) = office.work("/deliveries")["items"]

    assert office.ada.send("POST", f"/admin/deliveries/{one['id']}/retry").json()["code"] == "wrong-state"


def test_deliveries_are_narrowed_and_paged(office: Office) -> None:
    for failure in (None, PeerRefused("the webhook answered 410: it wants no more messages"), None):
        sent(office, failure)
    other = office.browsers.edges.hospital()

    assert [each["state"]["word"] for each in office.work("/deliveries", state="failed")["items"]] == ["failed"]
    assert office.work("/deliveries", hospital=other.id)["items"] == []
    first = office.work("/deliveries", limit=2)
    second = office.work("/deliveries", limit=2, after=first["next"])
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    assert first["counts"] == {"delivered": 2, "failed": 1}
    assert office.ada.get("/admin/deliveries", after="x").json()["code"] == "bad-cursor"


# The quarantine


def in_quarantine(office: Office, **differing: str) -> tuple[FileDataset, dict]:
    """An image, and a rival of it that is held."""
    (image,) = chest(count=1)
    rival = ct_slice(
        study_uid=image.StudyInstanceUID, series_uid=image.SeriesInstanceUID, index=0, size=16, seed=1, spacing_mm=5.0
    )
    rival.SOPInstanceUID = rival.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    for keyword, value in differing.items():
        setattr(rival, keyword, value)
    office.flow.arrive(image, rival)
    (entry,) = office.work("/quarantine")["items"]
    return image, entry


def test_a_held_data_set_is_compared_with_what_is_served_and_tells_no_patient(office: Office) -> None:
    image, entry = in_quarantine(office, SeriesDescription="other", PatientName="Secret^Name", PatientID="P1")

    whole = office.work(f"/quarantine/{entry['id']}")
    chinese = office.work(f"/quarantine/{entry['id']}", office.chen)

    assert (entry["sop_instance_uid"], entry["state"]) == (str(image.SOPInstanceUID), "held")
    by_path = {each["path"]: each for each in whole["differences"]}
    assert (by_path["SeriesDescription"]["served"], by_path["SeriesDescription"]["held"]) == ("test series", "other")
    assert by_path["PatientName"]["served"] is None
    assert "Secret" not in json.dumps(whole)
    for each in (*chinese["differences"], {"how": chinese["reason"]}):
        assert CHINESE.search(each["how"])
        assert "原文" not in each["how"]


def test_a_held_data_set_is_accepted_or_discarded_once(office: Office) -> None:
    image, entry = in_quarantine(office)
    path = f"/admin/quarantine/{entry['id']}"

    with on_record(office.browsers) as acts:
        accepted = ok(office.ada.send("POST", f"{path}/acceptance"))
    assert accepted["state"] == "accepted"
    assert office.flow.study(str(image.StudyInstanceUID)).revision == 2
    assert office.ada.send("POST", f"{path}/discard").json()["code"] == "wrong-state"
    (former,) = office.work("/quarantine")["items"]
    assert ok(office.ada.send("POST", f"/admin/quarantine/{former['id']}/discard"))["state"] == "discarded"
    assert office.work("/quarantine")["items"] == []
    assert [action for _, action, *_ in acts] == ["quarantine.accept"]
    assert office.ada.get("/admin/quarantine/999").status_code == 404


# The centre


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (admin_deliveries.STATES, DeliveryState),
        (admin_deliveries.KINDS, ResultKind),
        (queue_shapes.ENCODE_WORDS, EncodeState),
        (queue_shapes.ENCODING_WORDS, Encoding),
    ],
)
def test_every_state_and_kind_has_its_words(words: dict, kinds: type) -> None:
    assert set(words) == set(kinds)


def test_the_centre_is_shown_as_far_as_it_is_known(office: Office) -> None:
    idle = office.work("/system")
    assert (idle["version"], idle["hospitals"], idle["packages"]) == ("0.1.0", 1, 1)
    assert idle["disk"]["free_bytes"] > 0
    assert not idle["disk"]["low"]
    assert idle["node"]["answers"] is None
    assert {each["waited_s"] for each in idle["steps"]} == {None}

    office.flow.dispatched(*chest())
    with office.archive.write() as connection:
        connection.exec_driver_sql("UPDATE analysis SET due_at = due_at - 600")
    steps = {each["word"]: each for each in office.work("/system", office.chen)["steps"]}

    assert steps["analyse"]["late"]
    assert 590 < steps["analyse"]["waited_s"] < 700
    assert CHINESE.search(steps["analyse"]["text"])
    assert not steps["deliver"]["late"]
