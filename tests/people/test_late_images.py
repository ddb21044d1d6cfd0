"""Images that come after the signature are looked at: the examination is open again, says why, and its clock runs."""

from __future__ import annotations

import pytest

from service.archive import events
from service.archive.events import EventKind
from service.archive.studies import Study
from tests.people.browsers import Browser, Browsers
from tests.people.test_returned import completed, slices
from tests.people.test_signing import OWN_PASSWORD, PIN, seated, sign, submitted
from tests.people.test_signing import path as report_path
from tests.people.test_worklist_pages import path
from tests.support.edges import SYSTEM, Customer


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


def open_ones(browser: Browser) -> list[str]:
    return [each["study_instance_uid"] for each in browser.get("/worklist", limit=200).json()["items"]]


def banners(browser: Browser, study: Study) -> list[str]:
    return [each["kind"] for each in browser.get(report_path(study, "reading")).json()["banners"]]


def last_event(browsers: Browsers, study: Study) -> int:
    with browsers.edges.archive.read() as connection:
        return events.of_study(connection, SYSTEM, study.id)[-1].seq


def told_since(browsers: Browsers, study: Study, seq: int) -> list[str]:
    """What happened to a study since, of what pages that listen are told."""
    with browsers.edges.archive.read() as connection:
        return [each.kind.value for each in events.of_study(connection, SYSTEM, study.id) if each.seq > seq]


def test_images_after_the_release_open_it_until_the_amendment_that_saw_them(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    assert sign(anna, study, password=OWN_PASSWORD).status_code == 200
    assert study.study_instance_uid not in open_ones(anna)
    browsers.edges.receive(hospital, *slices(study.study_instance_uid, range(10, 15)))
    study = completed(browsers, hospital, study.study_instance_uid)
    line = anna.get(path(study)).json()
    assert (line["status"]["word"], line["status"]["text"]) == ("late_images", "images after signature")
    assert line["clock"]["elapsed_s"] < 60
    assert study.study_instance_uid in open_ones(anna)
    assert "after-signature" in banners(anna, study)

    anna.send("POST", report_path(study, "report"), {"edition": 0, "text": {}, "language": "en"})
    edition = anna.get(report_path(study, "reading")).json()["report"]["edition"]
    assert anna.send("POST", report_path(study, "report/submit"), {"edition": edition}).status_code == 200
    seen = {"edition": edition, "revision": study.revision, "image_count": study.image_count, "review_version": 0}
    signed = anna.send("POST", report_path(study, "report/sign"), {**seen, "pin": PIN})
    assert signed.status_code == 200, signed.text
    assert anna.get(path(study)).json()["status"]["word"] == "released"
    assert "after-signature" not in banners(anna, study)


def test_images_after_the_release_show_while_they_arrive(browsers: Browsers, hospital: Customer) -> None:
    """Not only once the study is complete again, and with a clock that does not run from the former images."""
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    sign(anna, study, password=OWN_PASSWORD)
    before = last_event(browsers, study)
    browsers.edges.receive(hospital, *slices(study.study_instance_uid, range(10, 12)))
    line = anna.get(path(study)).json()
    assert (line["status"]["word"], line["clock"]) == ("late_images", None)
    assert study.study_instance_uid in open_ones(anna)
    assert {"after-signature", "receiving"} <= set(banners(anna, study))
    assert told_since(browsers, study, before) == ["study.revised", "study.late_images"], (
        "listening pages are told, once"
    )


def test_a_report_signed_while_images_arrive_says_that_more_came(browsers: Browsers, hospital: Customer) -> None:
    """No revision opens, since the study was never complete."""
    _, anna = seated(browsers, hospital)
    study = browsers.edges.study(hospital, complete=False)
    anna.send("POST", report_path(study, "report"), {"edition": 0, "text": {"findings": "x"}, "language": "en"})
    anna.send("POST", report_path(study, "report/submit"), {"edition": 1})
    assert sign(anna, study, password=OWN_PASSWORD).status_code == 200
    assert anna.get(path(study)).json()["status"]["word"] == "released"
    before = last_event(browsers, study)
    browsers.edges.receive(hospital, *slices(study.study_instance_uid, range(10, 12)))
    assert anna.get(path(study)).json()["status"]["word"] == "late_images"
    assert told_since(browsers, study, before) == ["study.late_images"]


def test_who_writes_on_after_a_withdrawal_is_told_that_the_hospital_has_no_report(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    (released,) = sign(anna, study, password=OWN_PASSWORD).json()["versions"]
    begun = {"edition": 0, "text": {"findings": "Amended."}, "language": "en"}
    assert anna.send("POST", report_path(study, "report"), begun).status_code == 200
    assert "withdrawn" not in banners(anna, study)

    body = {"report_id": released["id"], "why": "the wrong patient"}
    assert anna.send("POST", report_path(study, "report/withdraw"), body).status_code == 200

    assert "withdrawn" in banners(anna, study)


def test_a_report_that_did_not_arrive_stays_so_when_images_come_after_it_and_both_are_said(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    sign(anna, study, password=OWN_PASSWORD)
    documents(browsers, study, "failed")
    closed = anna.get(path(study)).json()
    assert (closed["status"]["word"], closed["clock"]) == ("delivery_failed", None)
    assert study.study_instance_uid not in open_ones(anna)
    assert "not-delivered" in banners(anna, study)

    before = last_event(browsers, study)
    browsers.edges.receive(hospital, *slices(study.study_instance_uid, range(10, 12)))

    coming = anna.get(path(study)).json()
    assert coming["status"]["word"] == "delivery_failed"
    assert coming["status"]["reason"].startswith("Images came after the signature.")
    assert coming["clock"] is None
    assert study.study_instance_uid in open_ones(anna), "there is something to read again"
    assert {"not-delivered", "after-signature"} <= set(banners(anna, study))
    assert told_since(browsers, study, before) == ["study.revised", "study.late_images"]
    completed(browsers, hospital, study.study_instance_uid)
    assert anna.get(path(study)).json()["clock"]["elapsed_s"] < 60

    documents(browsers, study, "done")
    assert anna.get(path(study)).json()["status"]["word"] == "late_images"


def documents(browsers: Browsers, study: Study, state: str) -> None:
    """What became of the report's documents, as the encode step and its event tell."""
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "UPDATE encode_step SET state = ? WHERE report_id = (SELECT id FROM report WHERE study_id = ?)",
            (state, study.id),
        )
        events.append(connection, SYSTEM, EventKind.RESULT_NOT_ENCODED, study.subject)


def test_other_objects_after_the_release_leave_it_closed(browsers: Browsers, hospital: Customer) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    sign(anna, study, password=OWN_PASSWORD)
    (note,) = slices(study.study_instance_uid, range(10, 11))
    note.SOPClassUID = note.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.88.59"
    note.Modality, note.SeriesInstanceUID = "KO", f"{study.study_instance_uid}.9"
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(note, keyword)
    browsers.edges.receive(hospital, note)
    assert anna.get(path(study)).json()["status"]["word"] == "released"
