"""What was agreed with a hospital counts: one refusal for each rule, and nothing is lost by one (AC-71)."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread

from service.access import hospital_settings, people
from service.archive import hospitals, instances
from service.domain.agreement import Agreement, AtEnd, ExaminationKind, Refusal, Service, SignedBy
from service.domain.hospital import PackageRule
from service.domain.wall import HospitalId, Wall
from service.flow.dispatch import dispatch_due
from service.flow.hand_back import FolderTaken, NotWhole, hand_back
from tests.people.browsers import Browsers
from tests.people.test_signing import OWN_PASSWORD, kept, path, seated, sign, submitted
from tests.support.edges import PACKAGE, Customer

OPERATOR = Wall.operator()
ORDER = {"accession_number": "A7", "exam_class": "outpatient"}
CT_AND_REPORTS = Agreement(services=frozenset({Service.REPORTING}), modalities=frozenset({"CT"}))
NO_FOETUS = Agreement(excluded=frozenset({ExaminationKind.PRENATAL}))
HOSPITALS = st.sampled_from([HospitalId("h1"), HospitalId("h2")])
AGREEMENTS = st.builds(
    Agreement,
    services=st.frozensets(st.sampled_from(Service)),
    modalities=st.frozensets(st.sampled_from(["CT", "MR", "DX"])),
    excluded=st.frozensets(st.sampled_from(ExaminationKind)),
    signed_by=st.sampled_from(SignedBy),
)


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


def test_a_hospital_whose_data_are_to_be_returned_is_removed_only_when_it_has_all_of_them(
    browsers: Browsers, hospital: Customer, tmp_path: Path
) -> None:
    archive = browsers.edges.archive
    study = browsers.edges.study(hospital)
    agree(browsers, hospital, Agreement(at_end=AtEnd.RETURN))
    with archive.read() as connection:
        known = hospitals.known(connection, OPERATOR, hospital.id)
        stored = instances.of_study(connection, OPERATOR, study.id)
    with pytest.raises(hospital_settings.DataNotReturned, match="return-data"):
        hospital_settings.remove(archive, OPERATOR, hospital.id, typed_name=known.name)

    done = hand_back(archive, OPERATOR, known, tmp_path)

    assert (done.objects, done.studies) == (len(stored), 1)
    for each in stored:
        file = tmp_path / study.study_instance_uid / f"{each.sop_instance_uid}.dcm"
        assert file.read_bytes() == archive.objects.load(hospital.id, each.object_name)
        assert dcmread(file).SOPInstanceUID == each.sop_instance_uid
    lines = list(csv.DictReader((tmp_path / "manifest.csv").open(encoding="utf-8")))
    assert {(each["sop_instance_uid"], each["data_set_sha256"]) for each in lines} == {
        (each.sop_instance_uid, each.sha256) for each in stored
    }
    for each in lines:
        assert hashlib.sha256((tmp_path / each["file"]).read_bytes()).hexdigest() == each["file_sha256"]
    assert hand_back(archive, OPERATOR, known, tmp_path) == done
    browsers.edges.study(hospital)
    with pytest.raises(hospital_settings.DataNotReturned):
        hospital_settings.remove(archive, OPERATOR, hospital.id, typed_name=known.name)
    hand_back(archive, OPERATOR, known, tmp_path)
    hospital_settings.remove(archive, OPERATOR, hospital.id, typed_name=known.name)


def test_a_changed_byte_or_a_foreign_file_stops_the_return_and_nothing_is_called_returned(
    browsers: Browsers, hospital: Customer, tmp_path: Path
) -> None:
    archive = browsers.edges.archive
    study = browsers.edges.study(hospital)
    agree(browsers, hospital, Agreement(at_end=AtEnd.RETURN))
    with archive.read() as connection:
        known = hospitals.known(connection, OPERATOR, hospital.id)
        first, second, *_ = instances.of_study(connection, OPERATOR, study.id)
    taken = tmp_path / study.study_instance_uid / f"{first.sop_instance_uid}.dcm"
    taken.parent.mkdir()
    taken.write_bytes(b"another's")
    with pytest.raises(FolderTaken, match="empty folder"):
        hand_back(archive, OPERATOR, known, tmp_path)
    assert taken.read_bytes() == b"another's"

    where = archive.objects.path(hospital.id, second.object_name)
    where.chmod(0o600)
    content = bytearray(where.read_bytes())
    content[-1] ^= 1
    where.write_bytes(content)
    with pytest.raises(NotWhole, match="doctor"):
        hand_back(archive, OPERATOR, known, tmp_path / "other")
    with pytest.raises(hospital_settings.DataNotReturned):
        hospital_settings.remove(archive, OPERATOR, hospital.id, typed_name=known.name)


def agree(browsers: Browsers, hospital: Customer, agreement: Agreement, **more: object) -> None:
    hospital_settings.change(
        browsers.edges.archive,
        OPERATOR,
        hospital.id,
        lambda known: replace(known, agreement=agreement, **more),
        packages={PACKAGE},
    )


@pytest.mark.parametrize(
    ("agreement", "ordered", "code"),
    [
        (NO_FOETUS, {"examination_kind": "prenatal"}, "examination-excluded"),
        (CT_AND_REPORTS, {"modality": "MR"}, "modality-not-agreed"),
        (CT_AND_REPORTS, {"modality": "CT", "packages": [PACKAGE]}, "analysis-not-agreed"),
    ],
)
def test_an_order_that_is_not_agreed_on_is_refused_with_a_code_and_enters_nothing(
    browsers: Browsers, hospital: Customer, agreement: Agreement, ordered: dict, code: str
) -> None:
    client = browsers.edges.client(hospital)
    before = client.post("/api/v1/orders", json={**ORDER, **ordered})
    assert before.status_code == 201
    assert {name: before.json()[name] for name in ordered} == ordered
    agree(browsers, hospital, agreement, packages=())

    refused = client.post("/api/v1/orders", json={**ORDER, **ordered})

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert "中心" in refused.json()["detail"] or "centre" in refused.json()["detail"]
    assert len(client.get("/api/v1/orders").json()["items"]) == 1
    assert client.post("/api/v1/orders", json={**ORDER, "modality": "CT"}).status_code == 201


def test_no_report_is_signed_where_reports_are_not_agreed_on_and_the_draft_stays(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    agree(browsers, hospital, Agreement(services=frozenset({Service.ANALYSIS})))

    refused = sign(anna, study, password=OWN_PASSWORD)

    assert (refused.status_code, refused.json()["code"]) == (403, "not-agreed")
    assert kept(browsers, study).state == "preliminary"
    assert "no reports in it" in anna.get(path(study, "reading")).json()["withheld"]
    agree(browsers, hospital, Agreement())
    assert sign(anna, study, password=OWN_PASSWORD).status_code == 200


def test_where_the_hospitals_own_physicians_sign_its_practice_site_has_to_be_theirs_by_name(
    browsers: Browsers, hospital: Customer
) -> None:
    user, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    agree(browsers, hospital, Agreement(signed_by=SignedBy.HOSPITAL))
    assert sign(anna, study, password=OWN_PASSWORD).json()["code"] == "not-agreed"

    assert user.licence is not None
    at_site = replace(user.licence, sites=frozenset({hospital.id}))
    people.change(browsers.edges.archive, OPERATOR, user.id, lambda known: replace(known, licence=at_site))

    assert sign(anna, study, password=OWN_PASSWORD).status_code == 200


def test_images_of_a_modality_that_is_not_agreed_on_are_kept_and_listed_but_no_package_reads_them(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    asked = (PackageRule(PACKAGE, ()),)
    agree(browsers, hospital, Agreement(modalities=frozenset({"MR"})), packages=asked)
    study = browsers.edges.study(hospital)
    dispatch_due(browsers.edges.archive, browsers.edges.catalogue)

    page = anna.get(path(study, "reading")).json()

    assert (page["image_count"], page["analyses"]) == (study.image_count, [])
    assert "not-agreed" in [each["kind"] for each in page["banners"]]
    events = browsers.edges.client(hospital).get("/api/v1/events").text
    assert "不含" in events or "not part of the agreement" in events


@given(agreement=AGREEMENTS, modality=st.sampled_from(["", "CT", "MR"]), kind=st.sampled_from(ExaminationKind))
def test_an_order_is_taken_only_where_every_rule_lets_it(
    agreement: Agreement, modality: str, kind: ExaminationKind
) -> None:
    refusal = agreement.refuses_order(modality=modality, kind=kind, asks_analysis=True)
    kept_rules = (
        kind not in agreement.excluded,
        not modality or not agreement.modalities or modality in agreement.modalities,
        Service.ANALYSIS in agreement.services,
    )
    assert (refusal is None) == all(kept_rules)


@given(agreement=AGREEMENTS, hospital=HOSPITALS, sites=st.none() | st.frozensets(HOSPITALS))
def test_a_signature_is_taken_only_where_reports_are_agreed_on_and_by_whom(
    agreement: Agreement, hospital: HospitalId, sites: frozenset[HospitalId] | None
) -> None:
    refusal = agreement.refuses_signature(hospital, sites)
    if Service.REPORTING not in agreement.services:
        assert refusal is Refusal.REPORTING
    elif agreement.signed_by is SignedBy.HOSPITAL and (sites is None or hospital not in sites):
        assert refusal is Refusal.SIGNATURE
    else:
        assert refusal is None
