"""A report's key images as pictures, with what stands of the findings drawn on them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydicom import Dataset

from models.contract import SeriesReading, SliceSource
from models.frames import number
from service.archive.store import Archive
from service.domain.report import KeyImage
from service.pixels.pool import DecodeFault, PixelPool, Polygon
from service.results.shown_window import shown_window
from service.results.signed_report import KeyPicture, SignedFinding, SignedReport
from workers.report_images import ReportImages

MOST: Final = 4
"""A page of paper holds no more that a physician can still see something on."""
_LOG: Final = logging.getLogger("consilium.encode")


@dataclass(frozen=True, slots=True)
class ReportPictures:
    """Draws the first key images of a report."""

    archive: Archive
    pixels: PixelPool
    images: ReportImages

    def of(self, report: SignedReport) -> tuple[KeyPicture, ...]:
        """In the order the reader marked them; of an image whose pixels cannot be decoded the place alone."""
        return tuple(self._pictures(report))

    def _pictures(self, report: SignedReport) -> Iterator[KeyPicture]:
        there = [each for each in report.content.key_images if self.images.stored(each.sop_instance_uid) is not None]
        for marked in there[:MOST]:
            header = self.images.header(marked.sop_instance_uid)
            if header is not None:
                yield KeyPicture(
                    png=self._drawn(marked, header, report),
                    series_number=_whole(header, "SeriesNumber"),
                    image_number=marked.frame_number or _whole(header, "InstanceNumber"),
                    note=marked.note,
                )

    def _drawn(self, marked: KeyImage, header: Dataset, report: SignedReport) -> bytes | None:
        stored = self.images.stored(marked.sop_instance_uid)
        assert stored is not None, "only images that are there are drawn"
        path = self.archive.objects.path(stored.hospital, stored.object_name)
        polygons = tuple(each for finding in report.findings for each in self._on(finding, marked))
        try:
            return self.pixels.mark(path, marked.frame_number or 1, polygons, (), shown_window(header))
        except DecodeFault as fault:
            _LOG.warning("a key image of a report is not drawn: %s", fault)
            return None

    def _on(self, finding: SignedFinding, marked: KeyImage) -> Iterator[Polygon]:
        """The outline where the package's region stands, else the diameters; on this image."""
        if finding.segment is not None and finding.proposed is not None:
            yield from self._outline(finding.proposed.outcome, finding.proposed.finding.number, marked)
            return
        for line in finding.marks:
            if _is(line.source, marked) and not line.is_spot:
                yield tuple((float(column), float(row)) for column, row in line.ends)

    def _outline(self, outcome: SeriesReading, finding_number: int, marked: KeyImage) -> Iterator[Polygon]:
        place = next((at for at, source in enumerate(outcome.sources) if _is(source, marked)), None)
        segment = next(each.segment for each in outcome.reading.findings if each.number == finding_number)
        if place is None or segment is None:
            return
        first_slice, first_row, first_column = segment.corner
        if 0 <= place - first_slice < len(segment.mask) and segment.mask[place - first_slice].any():
            for polygon in self.pixels.outline(segment.mask[place - first_slice]):
                yield tuple((column + first_column, row + first_row) for column, row in polygon)


def _is(source: SliceSource, marked: KeyImage) -> bool:
    same_frame = (source.frame_number or 1) == (marked.frame_number or 1)
    return source.sop_instance_uid == marked.sop_instance_uid and same_frame


def _whole(header: Dataset, keyword: str) -> int | None:
    stated = number(header, keyword)
    return None if stated is None else int(stated)
