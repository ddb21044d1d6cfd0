"""Our own results are among a study's series once they are made: for readers always, for machines by the policy."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest
from pydicom.dataset import FileDataset
from sqlalchemy import update

from service.archive import instances, quarantine, reports, studies
from service.archive.quarantine import QuarantineState
from service.archive.reading_tables import REPORT
from service.archive.results import ResultKind
from service.archive.studies import Study
from service.archive.tables import STUDY
from service.domain.hospital import Language, ReleasePolicy
from service.domain.report import ReportContent, ReportState, ReportText
from service.domain.wall import Wall
from service.flow.own import own_object, show
from tests.people.browsers import Browsers
from tests.support.edges import SYSTEM, Customer, Edges, file_bytes, with_policy
from tests.support.series import ct_slice

JSON = "application/dicom+json"


@dataclass(frozen=True)
class Made:
    """A study with a result that was made and has not come home."""

    customer: Customer
    study: Study
    own: FileDataset

    @property
    def series(self) -> str:
        return f"/studies/{self.study.study_instance_uid}/series/{self.own.SeriesInstanceUID}"

    def paths(self) -> list[str]:
        """Every way to something of the result, below a root."""
        study = f"/studies/{self.study.study_instance_uid}"
        instance = f"{self.series}/instances/{self.own.SOPInstanceUID}"
        searches = ["/studies?ModalitiesInStudy=MR", "/series?Modality=MR", "/instances?Modality=MR"]
        searches += [f"{study}/series?Modality=MR", f"{study}/instances?Modality=MR", f"{self.series}/instances"]
        parts = ["", "/metadata", "/frames/1", "/rendered", "/thumbnail", "/bulkdata/7FE00010", "/pixeldata"]
        return [*searches, self.series, f"{self.series}/metadata", *(f"{instance}{part}" for part in parts)]


def made(edges: Edges, release: ReleasePolicy) -> Made:
    """A CT study, and an MR image that stands for its result: it has pixels, and another modality."""
    customer = edges.hospital(release=release)
    study = edges.study(customer)
    result = edges.result(edges.analysis(study), ResultKind.SC)
    series = f"{study.study_instance_uid}.77"
    own = ct_slice(study_uid=study.study_instance_uid, series_uid=series, index=0, size=16, modality="MR")
    own.SOPInstanceUID = own.file_meta.MediaStorageSOPInstanceUID = result.sop_instance_uid
    own.SeriesDescription = "AI nodule"
    content = file_bytes(own)
    kept = own_object(customer.id, content)
    edges.archive.objects.store(customer.id, content, kept.data_set.object_name)
    with edges.archive.write() as connection:
        show(connection, SYSTEM, kept)
        show(connection, SYSTEM, kept)
    return Made(customer, study, own)


def statuses(client: httpx.Client, root: str, paths: list[str]) -> set[int]:
    return {client.get(f"{root}{path}").status_code for path in paths}


@pytest.mark.parametrize("release", list(ReleasePolicy))
def test_a_reader_sees_what_was_made_whatever_the_hospital_is_told(edges: Edges, release: ReleasePolicy) -> None:
    found = made(edges, release)
    browsers = Browsers(edges)
    anna = browsers.at(browsers.person(hospitals=[found.customer.id])).client

    assert statuses(anna, f"/dicom-web/h/{found.customer.id}", found.paths()) == {200}
    listed = anna.get(f"/dicom-web/h/{found.customer.id}/studies/{found.study.study_instance_uid}/series").json()
    assert [each["0008103E"]["Value"][0] for each in listed] == ["test series", "AI nodule"]


def test_a_machine_sees_it_where_results_are_released_at_once_and_not_a_trace_elsewhere(edges: Edges) -> None:
    for release in ReleasePolicy:
        found = made(edges, release)
        client = edges.client(found.customer)
        expected = {200} if release is ReleasePolicy.AT_ONCE else {204, 404}

        assert statuses(client, "/dicom-web", found.paths()) <= expected
        uid = found.study.study_instance_uid
        listed = client.get("/dicom-web/studies", params={"StudyInstanceUID": uid}).json()[0]
        counts = [listed[tag]["Value"] for tag in ("00201206", "00201208", "00080061")]
        assert counts == ([[2], [3], ["CT", "MR"]] if release is ReleasePolicy.AT_ONCE else [[1], [2], ["CT"]])


def test_a_policy_that_changes_counts_from_the_next_request_on(edges: Edges) -> None:
    found = made(edges, ReleasePolicy.AT_ONCE)
    client = edges.client(found.customer)
    frame = found.paths()[-4]
    assert [client.get(f"/dicom-web{frame}").status_code for _ in range(3)] == [200, 200, 200]

    with_policy(edges, found.customer, ReleasePolicy.NEVER)

    assert client.get(f"/dicom-web{frame}").status_code == 404


def test_a_released_report_lets_out_what_waits_for_it_and_its_withdrawal_takes_that_back(edges: Edges) -> None:
    found = made(edges, ReleasePolicy.AFTER_SIGNATURE)
    client = edges.client(found.customer)
    content = ReportContent(ReportText("", "", ""), (), "", Language.EN)
    with edges.archive.write() as connection:
        report = reports.begin(connection, Wall.person("anna", None), found.study, content)

    def in_state(state: ReportState) -> set[int]:
        with edges.archive.write() as connection:
            connection.execute(update(REPORT).where(REPORT.c.id == report.id).values(state=state.value))
        return statuses(client, "/dicom-web", found.paths())

    assert in_state(ReportState.DRAFT) <= {204, 404}
    assert in_state(ReportState.RELEASED) == {200}
    assert in_state(ReportState.WITHDRAWN) <= {204, 404}


def test_nothing_else_of_the_centre_takes_it_for_an_instance_that_was_received(edges: Edges) -> None:
    found = made(edges, ReleasePolicy.NEVER)
    client = edges.client(found.customer)

    now = edges.row(found.customer, found.study.study_instance_uid)
    with edges.archive.read() as connection:
        members = instances.of_study(connection, SYSTEM, now.id)
        series = studies.series_of(connection, SYSTEM, now.id)
    assert (now.state, now.revision, now.instance_count, now.image_count) == (
        found.study.state,
        found.study.revision,
        2,
        2,
    )
    assert (len(members), [each.modality for each in series]) == (2, ["CT"])
    assert client.get("/api/v1/studies", params={"modality": "MR"}).json()["items"] == []
    assert "MR" not in client.get(f"/api/v1/studies/{now.study_instance_uid}").text


@pytest.mark.parametrize("changed_on_the_way", [False, True])
def test_what_comes_home_takes_its_place(edges: Edges, changed_on_the_way: bool) -> None:
    found = made(edges, ReleasePolicy.AT_ONCE)
    if changed_on_the_way:
        found.own.SeriesDescription = "coerced by the PACS"
    edges.receive(found.customer, found.own)

    now = edges.row(found.customer, found.study.study_instance_uid)
    with edges.archive.read() as connection:
        members = instances.of_study(connection, SYSTEM, now.id)
        held = quarantine.listed(connection, SYSTEM, [QuarantineState.HELD])
    client = edges.client(found.customer, Accept=JSON)
    (shown,) = client.get(f"/dicom-web{found.series}/metadata").json()

    assert shown["0008103E"]["Value"] == [found.own.SeriesDescription]
    assert [each.is_ours for each in members].count(True) == 1
    assert (now.revision, now.instance_count, now.image_count) == (found.study.revision, 3, 2)
    assert not [each for each in held if each.data_set.sop_instance_uid == found.own.SOPInstanceUID]


def test_an_erased_study_is_not_given_results_any_more(edges: Edges) -> None:
    customer = edges.hospital()
    study = edges.study(customer)
    own = ct_slice(study_uid=study.study_instance_uid, series_uid="1.2.3.9", index=0, size=16)
    with edges.archive.write() as connection:
        connection.execute(update(STUDY).where(STUDY.c.id == study.id).values(state="erased"))
        show(connection, SYSTEM, own_object(customer.id, file_bytes(own)))

    assert (
        edges.client(customer).get(f"/dicom-web/studies/{study.study_instance_uid}/series/1.2.3.9").status_code == 410
    )
