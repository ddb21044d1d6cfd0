"""A report's key images are pictures on paper, with what stands of the findings drawn where it lies."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset

from service.archive.reports import Report
from service.archive.results import ResultKind
from service.domain.review import RejectionReason, ReviewAction
from service.results.signed_report import KeyPicture
from tests.delivering.conftest import Outbox
from tests.delivering.reader import Reader
from tests.delivering.test_drawn_diameters import LONG_PX, SHORT_PX, drawn
from tests.delivering.test_report_on_paper import printed
from tests.support.flowing import chest
from workers.report_context import ReportSource, report_rows_of
from workers.report_pictures import MOST, ReportPictures

SLICE = 4
"""Where the package's nodule begins: 3 x 3 pixels from row 5, column 6 (tests.support.flowing.one_nodule)."""


@pytest.fixture
def images() -> list[FileDataset]:
    return chest()


@pytest.fixture
def reader(outbox: Outbox, images: list[FileDataset]) -> Reader:
    study = outbox.read(*images)
    return Reader(outbox, outbox.flow.study(study.study_instance_uid))


def pictures(reader: Reader, released: Report) -> tuple[KeyPicture, ...]:
    archive, encoder = reader.outbox.flow.archive, reader.outbox.encoder
    source = ReportSource(archive, encoder.centre, report_rows_of(archive, released.id))
    return ReportPictures(archive, encoder.pixels, source.images).of(source.signed_report())


def coloured(picture: KeyPicture) -> tuple[NDArray[np.float64], float]:
    """(column, row) of every coloured pixel, in pixels of the image, and how much larger the picture is."""
    assert picture.png is not None
    shown = np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGB")).astype(int)
    scale = shown.shape[0] / 16
    rows, columns = np.nonzero(np.ptp(shown, axis=2) > 60)
    return np.stack([columns, rows], axis=1) / scale - 0.5, scale


def test_the_region_of_an_accepted_finding_is_outlined_where_it_lies(reader: Reader) -> None:
    reader.judge(ReviewAction.ACCEPT)
    (first,) = pictures(reader, reader.sign(marked=1, first=SLICE))
    places, _ = coloured(first)
    np.testing.assert_allclose([places.min(axis=0), places.max(axis=0)], [[5.5, 4.5], [8.5, 7.5]], atol=0.2)
    assert (first.series_number, first.image_number, first.note) == (1, SLICE + 1, "最大层面")


def test_what_the_reader_measured_is_drawn_as_the_reader_drew_it(reader: Reader, images: list[FileDataset]) -> None:
    reader.judge(ReviewAction.REJECT, reason=RejectionReason.VESSEL)
    reader.judge(ReviewAction.ADD, said=drawn(images[9]))
    (picture,) = pictures(reader, reader.sign(marked=1, first=9))
    places, _ = coloured(picture)
    ends = np.array([*LONG_PX, *SHORT_PX])
    np.testing.assert_allclose([places.min(axis=0), places.max(axis=0)], [ends.min(axis=0), ends.max(axis=0)], atol=0.4)


def test_what_was_rejected_is_not_drawn(reader: Reader) -> None:
    reader.judge(ReviewAction.REJECT, reason=RejectionReason.VESSEL)
    (picture,) = pictures(reader, reader.sign(marked=1, first=SLICE))
    assert len(coloured(picture)[0]) == 0


def test_a_report_without_key_images_has_no_pictures(reader: Reader) -> None:
    assert pictures(reader, reader.sign()) == ()


@pytest.mark.system
def test_paper_shows_the_first_four_with_their_slices_on_a_page_of_their_own(reader: Reader, tmp_path: Path) -> None:
    reader.judge(ReviewAction.ACCEPT)
    released = reader.sign(marked=6, first=SLICE)
    reader.outbox.encode()
    pages = printed(reader, released, tmp_path)
    listed = subprocess.run(
        ["pdfimages", "-list", tmp_path / "report.pdf"], check=True, capture_output=True, timeout=60
    ).stdout.decode()
    on_pages = [line.split()[0] for line in listed.splitlines()[2:]]
    assert on_pages == ["2"] * MOST
    assert len(pages) == 2
    for at in range(MOST):
        assert f"图{at + 1}序列1第{SLICE + at + 1}层最大层面" in pages[1]
    assert "第9层" not in pages[1]


@pytest.mark.system
def test_an_image_that_cannot_be_decoded_is_said_to_be_and_stops_no_report(outbox: Outbox, tmp_path: Path) -> None:
    images = chest()
    images[0].PixelData = images[0].PixelData[:100]
    study = outbox.read(*images)
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    released = reader.sign(marked=2)
    outbox.encode()
    assert ResultKind.PDF in reader.documents(released)
    page = printed(reader, released, tmp_path)[1]
    assert "图1序列1第1层（图像无法解码" in page
    assert "图2序列1第2层最大层面" in page
