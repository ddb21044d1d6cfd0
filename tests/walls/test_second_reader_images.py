"""What a package made of a study is kept from its reader on every way to images, as its marks are on the page."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from service.access.reader_doors import COOKIE
from service.api.full_viewer.application import create_app
from service.archive.analyses import Analysis
from service.archive.results import ResultKind
from service.archive.store import Archive
from service.archive.studies import Study
from service.dicomweb.router import create_readers_router
from service.domain.hospital import PackageRule, ReadingMode, ReleasePolicy
from service.domain.reading_modes import ReadingModes
from service.domain.visibility import lists_outcome, shows_findings, unsigned_to
from service.domain.wall import Wall
from service.flow import review
from service.flow.own import own_object, show
from service.pixels.pool import PixelPool
from tests.people.browsers import Browser, Browsers
from tests.support.edges import CLOSED_AT_ONCE, NOBODY_TRUSTED, SYSTEM, Customer, Edges, file_bytes, serving
from tests.support.series import ct_slice
from tests.walls.test_walls import DICOMWEB
from tests.web.served import running

EMPTY = {204, 404}
MODALITY = "MR"


class Reading:
    """A hospital whose package works in one mode, a study it read, and an object it made, which has pixels to show."""

    def __init__(self, edges: Edges, viewer: str, mode: ReadingMode) -> None:
        self.edges, self.viewer = edges, viewer
        self.customer: Customer = edges.hospital(release=ReleasePolicy.AT_ONCE)
        self.study: Study = edges.study(self.customer)
        self.analysis: Analysis = edges.analysis(self.study, findings=1)
        with edges.archive.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO package_rule (hospital_id, package, modalities, reading_mode) VALUES (?, ?, '[]', ?)",
                (self.customer.id, self.analysis.package, mode.value),
            )
        self.series_uid = f"{self.study.study_instance_uid}.77"
        self.instance_uid = self.made(self.analysis, self.series_uid)

    def made(self, analysis: Analysis, series_uid: str) -> str:
        """The UID of an object that the analysis made, in a series of its own."""
        result = self.edges.result(analysis, ResultKind.SC)
        own = ct_slice(
            study_uid=self.study.study_instance_uid, series_uid=series_uid, index=0, size=16, modality=MODALITY
        )
        own.SOPInstanceUID = own.file_meta.MediaStorageSOPInstanceUID = result.sop_instance_uid
        own.SeriesNumber = 0
        content = file_bytes(own)
        kept = own_object(self.customer.id, content)
        self.edges.archive.objects.store(self.customer.id, content, kept.data_set.object_name)
        with self.edges.archive.write() as connection:
            show(connection, SYSTEM, kept)
        return str(result.sop_instance_uid)

    def retrievals(self) -> list[str]:
        """Every route that names a series, on the series that was made."""
        names = {
            "{study}": self.study.study_instance_uid,
            "{series}": self.series_uid,
            "{instance}": self.instance_uid,
            "{path}": "7FE00010",
            "{frames}": "1",
            "{frame}": "1",
        }
        paths = []
        for route in DICOMWEB:
            if "{series}" in route:
                path = route.removeprefix("/dicom-web")
                for name, value in names.items():
                    path = path.replace(name, value)
                paths.append(path)
        return paths

    def searches(self) -> list[str]:
        """Every search, for the modality that only the made object has."""
        study = f"/studies/{self.study.study_instance_uid}"
        return [
            f"/studies?ModalitiesInStudy={MODALITY}",
            *(f"{inside}/{what}?Modality={MODALITY}" for inside in ("", study) for what in ("series", "instances")),
        ]

    def of_the_study(self) -> list[str]:
        """Every route that answers with the whole study."""
        study = f"/studies/{self.study.study_instance_uid}"
        return [
            study,
            f"{study}/metadata",
            f"{study}/series",
            f"{study}/instances",
            "/studies",
            "/series",
            "/instances",
        ]

    def pictures(self, client: httpx.Client) -> int:
        """How many pictures the study is rendered to: those of its first series, of which its thumbnail is one, too."""
        study = f"/studies/{self.study.study_instance_uid}"
        rendered = client.get(f"{study}/rendered", headers={"Accept": "multipart/related; type=image/png"})
        assert rendered.status_code == 200, rendered.text
        assert client.get(f"{study}/thumbnail").status_code == 200
        return rendered.content.count(b"Content-Type: image/png")

    def clients(self, browser: Browser) -> Iterator[httpx.Client]:
        """The reader's ways to images: the reading room's root, and the full viewer's port."""
        root = f"/dicom-web/h/{self.customer.id}"
        yield httpx.Client(
            base_url=f"{browser.client.base_url}".rstrip("/") + root,
            cookies=browser.client.cookies,
            timeout=60,
            verify=NOBODY_TRUSTED,
            limits=CLOSED_AT_ONCE,
            trust_env=False,
        )
        yield httpx.Client(
            base_url=self.viewer + root,
            cookies={COOKIE: browser.token or ""},
            timeout=60,
            verify=NOBODY_TRUSTED,
            limits=CLOSED_AT_ONCE,
            trust_env=False,
        )

    def page(self, browser: Browser) -> dict:
        answer = browser.get(f"/studies/{self.customer.id}/{self.study.study_instance_uid}/reading")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def lock(self, browser: Browser) -> None:
        answer = browser.send(
            "POST", f"/studies/{self.customer.id}/{self.study.study_instance_uid}/first-impression", {}
        )
        assert answer.status_code == 200, answer.text


class Centre:
    """Edges, and the port of the full viewer on the same archive."""

    def __init__(self, edges: Edges, viewer: str) -> None:
        self.edges, self.viewer, self.browsers = edges, viewer, Browsers(edges)

    def reading(self, mode: ReadingMode) -> Reading:
        return Reading(self.edges, self.viewer, mode)

    def reader_of(self, reading: Reading) -> Browser:
        return self.browsers.at(self.browsers.person(hospitals=[reading.customer.id]))


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    archive, pool = Archive(tmp_path_factory.mktemp("centre")), PixelPool()
    with serving(archive) as edges, running(create_app([create_readers_router(archive, pool)])) as viewer:
        yield Centre(edges, viewer)
    pool.close()
    archive.close()


def statuses(client: httpx.Client, paths: list[str]) -> dict[str, int]:
    return {path: client.get(path).status_code for path in paths}


def require_hidden(reading: Reading, browser: Browser) -> None:
    for client in reading.clients(browser):
        for path, status in statuses(client, [*reading.retrievals(), *reading.searches()]).items():
            assert status in EMPTY, path
        for path in reading.of_the_study():
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert reading.series_uid.encode() not in answer.content, path
            assert reading.instance_uid.encode() not in answer.content, path
        assert reading.pictures(client) == 2
        (listed,) = client.get("/studies", params={"StudyInstanceUID": reading.study.study_instance_uid}).json()
        assert [listed[tag]["Value"] for tag in ("00201206", "00201208", "00080061")] == [[1], [2], ["CT"]]
    page = reading.page(browser)
    assert (page["hidden_findings"], page["findings"]) == (True, [])


def require_shown(reading: Reading, browser: Browser) -> None:
    for client in reading.clients(browser):
        found = statuses(client, [*reading.retrievals(), *reading.searches(), *reading.of_the_study()])
        assert found == dict.fromkeys(found, 200)
        assert reading.pictures(client) == 1
    page = reading.page(browser)
    assert (page["hidden_findings"], len(page["findings"])) == (False, 1)


def test_the_walk_takes_every_route_that_can_name_a_result() -> None:
    taken = {route for route in DICOMWEB if "{series}" in route or route.rpartition("/")[2] in {"series", "instances"}}
    whole = {"", "/metadata", "/rendered", "/thumbnail"}
    assert {*DICOMWEB} - taken == {"/dicom-web/studies", *(f"/dicom-web/studies/{{study}}{rest}" for rest in whole)}


def test_a_second_reader_is_shown_nothing_of_the_package_before_their_own_impression_is_locked(centre: Centre) -> None:
    reading = centre.reading(ReadingMode.SECOND_READER)
    anna, ben = centre.reader_of(reading), centre.reader_of(reading)

    require_hidden(reading, anna)
    reading.lock(anna)

    require_shown(reading, anna)
    require_hidden(reading, ben)
    require_shown(reading, anna)


@pytest.mark.parametrize("mode", [ReadingMode.SECOND_READER, ReadingMode.TRIAGE_ONLY])
def test_what_another_package_made_of_the_same_study_is_shown_at_once(centre: Centre, mode: ReadingMode) -> None:
    reading = centre.reading(mode)
    anna = centre.reader_of(reading)
    beside = centre.edges.analysis(reading.study, package="second_opinion")
    series_uid = f"{reading.study.study_instance_uid}.78"
    instance_uid = reading.made(beside, series_uid)

    for client in reading.clients(anna):
        for path in reading.retrievals():
            assert client.get(path).status_code == 404, path
            open_path = path.replace(reading.series_uid, series_uid).replace(reading.instance_uid, instance_uid)
            assert client.get(open_path).status_code == 200, open_path
        for path in (*reading.of_the_study(), *reading.searches()):
            content = client.get(path).content
            assert reading.series_uid.encode() not in content, path
            assert reading.instance_uid.encode() not in content, path
        (listed,) = client.get("/studies", params={"StudyInstanceUID": reading.study.study_instance_uid}).json()
        assert [listed[tag]["Value"] for tag in ("00201206", "00201208", "00080061")] == [[2], [3], ["CT", MODALITY]]

    reading.lock(anna)
    is_shown = mode is ReadingMode.SECOND_READER
    for client in reading.clients(anna):
        assert set(statuses(client, reading.retrievals()).values()) == {200 if is_shown else 404}


def test_where_packages_only_sort_the_list_their_objects_are_shown_to_no_reader(centre: Centre) -> None:
    reading = centre.reading(ReadingMode.TRIAGE_ONLY)
    anna = centre.reader_of(reading)

    require_hidden(reading, anna)
    reading.lock(anna)

    require_hidden(reading, anna)


def test_read_together_everything_is_shown_at_once(centre: Centre) -> None:
    reading = centre.reading(ReadingMode.CONCURRENT)

    require_shown(reading, centre.reader_of(reading))


@pytest.mark.parametrize("mode", list(ReadingMode))
def test_the_hospitals_own_machines_are_told_as_its_release_policy_says(centre: Centre, mode: ReadingMode) -> None:
    reading = centre.reading(mode)
    client = centre.edges.client(reading.customer)

    paths = [f"/dicom-web{each}" for each in (*reading.retrievals(), *reading.searches())]
    assert statuses(client, paths) == dict.fromkeys(paths, 200)


def test_what_a_physician_signed_is_shown_in_every_mode(centre: Centre) -> None:
    reading = centre.reading(ReadingMode.TRIAGE_ONLY)
    anna = centre.reader_of(reading)
    with centre.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE result SET signed = 1 WHERE sop_instance_uid = ?", (reading.instance_uid,))

    for client in reading.clients(anna):
        found = statuses(client, [*reading.retrievals(), *reading.searches()])
        assert found == dict.fromkeys(found, 200)


def test_another_studys_impression_opens_nothing(centre: Centre) -> None:
    reading = centre.reading(ReadingMode.SECOND_READER)
    other = centre.edges.study(reading.customer)
    anna = centre.browsers.person(hospitals=[reading.customer.id])
    with centre.edges.archive.write() as connection:
        review.lock_impression(connection, Wall.person(anna.id, frozenset({reading.customer.id})), other)

    require_hidden(reading, centre.browsers.at(anna))


def test_a_result_that_came_home_from_the_pacs_is_kept_back_like_the_one_that_was_made(centre: Centre) -> None:
    reading = centre.reading(ReadingMode.SECOND_READER)
    anna = centre.reader_of(reading)
    home = ct_slice(
        study_uid=reading.study.study_instance_uid, series_uid=reading.series_uid, index=0, size=16, modality=MODALITY
    )
    home.SeriesNumber = 0
    home.SOPInstanceUID = home.file_meta.MediaStorageSOPInstanceUID = reading.instance_uid
    centre.edges.receive(reading.customer, home)

    require_hidden(reading, anna)
    assert [each["modality"] for each in reading.page(anna)["series"]] == ["CT"]
    reading.lock(anna)
    require_shown(reading, anna)
    assert sorted(each["modality"] for each in reading.page(anna)["series"]) == ["CT", MODALITY]


def test_one_rule_decides_for_a_page_and_for_many_studies() -> None:
    """Typed from the meaning of the modes, not from the code."""
    expected = {
        (ReadingMode.CONCURRENT, False): True,
        (ReadingMode.CONCURRENT, True): True,
        (ReadingMode.SECOND_READER, False): False,
        (ReadingMode.SECOND_READER, True): True,
        (ReadingMode.TRIAGE_ONLY, False): False,
        (ReadingMode.TRIAGE_ONLY, True): False,
    }
    assert {
        (mode, locked): shows_findings(mode, impression_locked=locked)
        for mode in ReadingMode
        for locked in (False, True)
    } == expected
    assert unsigned_to("anna", ()) == "shown"
    listed = {**expected, (ReadingMode.TRIAGE_ONLY, False): True, (ReadingMode.TRIAGE_ONLY, True): True}
    assert {each: lists_outcome(each[0], impression_locked=each[1]) for each in expected} == listed


def test_what_a_reader_says_of_their_own_was_said_in_the_strictest_mode_of_all_that_read_the_study() -> None:
    modes = ReadingModes.by(PackageRule(each, (), each) for each in ReadingMode)
    concurrent, second, triage = ReadingMode
    assert modes.strictest(()) is concurrent
    assert modes.strictest(("asked by the order", concurrent)) is concurrent
    assert modes.strictest((concurrent, second)) is second
    assert modes.strictest((triage, second, concurrent)) is triage
