"""A patient with images in a real archive, and a browser that is signed in to read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, BrowserContext
from pydicom.dataset import FileDataset

from models.catalogue import Catalogue
from service.access.reader_doors import COOKIE
from service.api.pages import create_router as pages_router
from service.api.room.router import create_router as room_router
from service.archive import studies
from service.archive.store import Archive
from service.dicomweb.router import create_router as dicomweb_router
from service.dicomweb.store import Intake
from service.domain.hospital import Language
from service.domain.user import User
from service.flow.complete import complete_due
from service.flow.group_commit import GroupCommit
from service.flow.receive import Receiver
from service.pixels.pool import PixelPool
from tests.people.browsers import Browsers
from tests.support.edges import PACKAGES, SYSTEM, CountingBell, Customer, Edges
from tests.support.running import running_centre
from tests.support.series import ct_slice
from tests.web.served import application, running

SIZE = 128
WATER_HU, TISSUE_HU = 0, 40
NOW, BEFORE = "20261128", "20260301"


@dataclass(frozen=True)
class Made:
    """One series. Slices are told apart by a white square whose row is that of their number from the feet."""

    study: str
    series: str
    name: str
    number: int
    count: int
    spacing_mm: float
    date: str
    frame_of_reference: str
    lowest_mm: float = 0.0

    def slices(self) -> list[FileDataset]:
        return [self._slice(index) for index in range(self.count)]

    def place_mm(self, shown: int) -> float:
        """Of the slice that is shown as `shown`, counted from the head, 1-based."""
        return self.lowest_mm + (self.count - shown) * self.spacing_mm

    def sop(self, shown: int) -> str:
        """SOP Instance UID of the slice that is shown as `shown`."""
        return f"{self.series}.{self.count - shown + 1}"

    def _slice(self, index: int) -> FileDataset:
        made = ct_slice(
            study_uid=self.study, series_uid=self.series, index=index, size=SIZE, spacing_mm=self.spacing_mm,
            patient_id="P-77",
        )  # fmt: skip
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = f"{self.series}.{index + 1}"
        made.SeriesNumber, made.SeriesDescription, made.StudyDate = self.number, self.name, self.date
        made.FrameOfReferenceUID = self.frame_of_reference
        made.ImagePositionPatient = [0, 0, self.lowest_mm + index * self.spacing_mm]
        pixels = np.full((SIZE, SIZE), WATER_HU, dtype=np.int16)
        pixels[:, SIZE // 2 :] = TISSUE_HU
        row = 2 * index
        pixels[row : row + 2, :4] = 3000
        made.PixelData = pixels.tobytes()
        return made


THIN = Made("1.2.826.0.1.99.1", "1.2.826.0.1.99.1.1", "Lung 1.25", 1, 48, 1.25, NOW, "1.2.826.0.1.99.1.9")
THICK = Made("1.2.826.0.1.99.1", "1.2.826.0.1.99.1.2", "Chest 5", 2, 12, 5.0, NOW, "1.2.826.0.1.99.1.9", 1.0)
PRIOR = Made("1.2.826.0.1.99.2", "1.2.826.0.1.99.2.1", "Lung 1.25", 1, 30, 2.5, BEFORE, "1.2.826.0.1.99.2.9", -6.0)
OTHER = Made("1.2.826.0.1.99.3", "1.2.826.0.1.99.3.1", "Head", 1, 4, 5.0, BEFORE, "1.2.826.0.1.99.3.9")


@contextmanager
def reading_room(archive: Archive) -> Iterator[Browsers]:
    """Pages, room and images of an archive behind one server, and the people who sit there."""
    bell, catalogue, pixels = CountingBell(), Catalogue.of((PACKAGES,)), PixelPool()
    commits = GroupCommit(archive)
    app = application(
        pages_router(),
        dicomweb_router(archive, pixels, Intake(Receiver(archive, commits, watermark_bytes=0), bell)),
        room_router(archive, running_centre(bell=bell, catalogue=catalogue, pixels=pixels)),
    )
    try:
        with running(app) as url:
            edges = Edges(archive, app, url, bell, catalogue)
            yield Browsers(edges)
            edges.close()
    finally:
        pixels.close()
        commits.close()


def taken_in(edges: Edges, hospital: Customer, *series: Made) -> None:
    """Take series in and call their studies complete."""
    for each in series:
        edges.receive(hospital, *each.slices())
    for uid in {each.study for each in series}:
        called_complete(edges, hospital, uid)


def called_complete(edges: Edges, hospital: Customer, study_uid: str) -> None:
    """As a study is some time after its last image."""
    study = edges.row(hospital, study_uid)
    with edges.archive.write() as connection:
        studies.call_complete(connection, SYSTEM, study)
    complete_due(edges.archive)


def reader_at(browser: Browser, browsers: Browsers, reader: User) -> BrowserContext:
    """A browser whose reader is signed in."""
    signed_in = browsers.at(reader)
    locale = "zh-CN" if reader.language is Language.ZH_CN else "en-GB"
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale=locale)
    assert signed_in.token is not None
    host = urlsplit(browsers.edges.url).hostname
    context.add_cookies([{"name": COOKIE, "value": signed_in.token, "domain": host, "path": "/"}])
    return context
