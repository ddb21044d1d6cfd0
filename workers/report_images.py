"""The images of a report's study as its documents need them: by name, by header, by place in the patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pydicom import Dataset

from models.frames import text_of
from service.archive.instances import StoredInstance
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.review import Description
from service.results.drawn_lines import Slices, image_of
from workers.result_context import header_of


@dataclass(frozen=True)
class ReportImages:
    """Images are read when they are asked for. members: those that were signed."""

    archive: Archive
    study: Study
    members: tuple[StoredInstance, ...]

    @cached_property
    def _by_uid(self) -> Mapping[str, StoredInstance]:
        return {each.sop_instance_uid: each for each in self.members if each.is_image}

    def stored(self, sop_instance_uid: str | None) -> StoredInstance | None:
        """The image of a UID; None where the archive does not have it any more."""
        return None if sop_instance_uid is None else self._by_uid.get(sop_instance_uid)

    def header(self, sop_instance_uid: str | None) -> Dataset | None:
        """What the image says of itself."""
        image = self.stored(sop_instance_uid)
        return None if image is None else header_of(self.archive, image, self.study)

    def one_a_series(self) -> tuple[Dataset, ...]:
        """The header of one image of each series."""
        by_series = {each.series_instance_uid: each for each in self.members}
        return tuple(header_of(self.archive, each, self.study) for each in by_series.values())

    def frame_of_reference_uid(self, said: Description | None) -> str | None:
        """Of the image a reader named; None where none was, or it has none."""
        header = None if said is None else self.header(said.sop_instance_uid)
        return None if header is None else text_of(header, "FrameOfReferenceUID") or None

    def drawn_on(self, said: Description | None) -> Slices | None:
        """The image that a reader drew diameters on; None where none was drawn."""
        if said is None or (said.long_axis is None and said.short_axis is None):
            return None
        header = self.header(said.sop_instance_uid)
        return None if header is None else image_of(header, said.frame_number)
