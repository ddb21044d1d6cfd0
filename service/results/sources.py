"""The images a result is about: as evidence of an SR, and as the planes a SEG lies on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from models.contract import SeriesReading, SliceSource
from service.results.document import ResultContext, StudyContext

_EMPTY: Final = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
)


def stand_in(
    context: StudyContext, *, series_instance_uid: str, sop_instance_uid: str, sop_class_uid: str = CTImageStorage
) -> Dataset:
    """An instance as highdicom may see it: its place in the study and nothing that a hospital may have filled in oddly.

    highdicom 0.28.2 raises for a Patient's Sex outside its enumeration, a missing Patient ID, a private SOP Class; what
    the source says is written afterwards, by apply_header and evidence.
    """
    instance = Dataset()
    instance.StudyInstanceUID = context.sources[0].StudyInstanceUID
    instance.SeriesInstanceUID = series_instance_uid
    instance.SOPClassUID = sop_class_uid
    instance.SOPInstanceUID = sop_instance_uid
    for keyword in _EMPTY:
        setattr(instance, keyword, "")
    return instance


@dataclass(frozen=True, slots=True)
class InstanceName:
    """An instance of a study, as references name it."""

    series_instance_uid: str
    sop_class_uid: str
    sop_instance_uid: str


def evidence(context: ResultContext, outcome: SeriesReading | None, objects: list[Dataset]) -> list[Dataset]:
    """Current Requested Procedure Evidence Sequence: every instance that was read, and our objects that are referenced.

    Of a study of which nothing was read it names the one instance whose header is at hand.
    """
    header = context.sources[0]
    if outcome is None:
        read = [InstanceName(header.SeriesInstanceUID, header.SOPClassUID, header.SOPInstanceUID)]
    else:
        series = outcome.series_instance_uid
        read = [InstanceName(series, each.sop_class_uid, each.sop_instance_uid) for each in instances(outcome.sources)]
    made = [InstanceName(one.SeriesInstanceUID, one.SOPClassUID, one.SOPInstanceUID) for one in objects]
    return hierarchical(header.StudyInstanceUID, [*read, *made])


def hierarchical(study_instance_uid: str, named: Iterable[InstanceName]) -> list[Dataset]:
    """Instances of one study by series, in the order they are named (PS3.3 table C.17-3)."""
    by_series: dict[str, list[Dataset]] = {}
    for each in dict.fromkeys(named):
        by_series.setdefault(each.series_instance_uid, []).append(reference(each.sop_class_uid, each.sop_instance_uid))
    study = Dataset()
    study.StudyInstanceUID = study_instance_uid
    study.ReferencedSeriesSequence = [_series(uid, references) for uid, references in by_series.items()]
    return [study]


def _series(series_instance_uid: str, references: list[Dataset]) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = series_instance_uid
    series.ReferencedSOPSequence = references
    return series


def reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    """An item that names an instance (PS3.3 table 10-11)."""
    named = Dataset()
    named.ReferencedSOPClassUID, named.ReferencedSOPInstanceUID = sop_class_uid, sop_instance_uid
    return named


def instances(sources: tuple[SliceSource, ...]) -> list[SliceSource]:
    """One source an instance, in the order of the slices: the frames of a multi-frame image are one instance."""
    return list({source.sop_instance_uid: source for source in sources}.values())


def instance_reference(source: SliceSource) -> Dataset:
    """An item that names an instance (PS3.3 table 10-11)."""
    return reference(source.sop_class_uid, source.sop_instance_uid)


def frame_reference(source: SliceSource) -> Dataset:
    """An item that names an instance and, where it has several, the frame (PS3.3 table 10-3)."""
    named = instance_reference(source)
    if source.frame_number is not None:
        named.ReferencedFrameNumber = source.frame_number
    return named


@dataclass(frozen=True)
class Planes:
    """The slices of a reading as single-frame images, whatever they came from.

    highdicom takes single-frame series with one orientation to the letter, or whole multi-frame images with shared
    geometry; planes hold for every source: two phases in one instance, frames in any order, a tilted gantry.
    """

    context: ResultContext
    outcome: SeriesReading

    def image(self, index: int) -> Dataset:
        """One slice. Its SOP Instance UID is plane_name(index), a name for this package only, never written."""
        grid = self.outcome.grid
        row, column = _unit(grid.column_step_mm), _unit(grid.row_step_mm)
        spacing_mm = abs(float(np.dot(grid.slice_step_mm, np.cross(row, column))))
        image = stand_in(
            self.context,
            series_instance_uid=self.outcome.series_instance_uid,
            sop_instance_uid=plane_name(index),
        )
        image.Modality = "CT"
        image.Rows, image.Columns = grid.shape[1:]
        image.FrameOfReferenceUID = self.outcome.frame_of_reference_uid
        image.PixelSpacing = _decimals(grid.spacing_mm[1:])
        image.ImageOrientationPatient = _decimals((*row, *column))
        image.ImagePositionPatient = _decimals(self._position_mm(index))
        image.SpacingBetweenSlices = image.SliceThickness = _decimals((spacing_mm,))[0]
        return image

    def _position_mm(self, index: int) -> NDArray[np.float64]:
        """The centre of a slice's first voxel: the source's own digits where they lie on the grid, else the grid's.

        A series may deviate from an even grid by what its reader tolerates; viewers that look for a SEG frame's image
        by position want the image's own. A source that lies elsewhere (its reader turned the axes) is not the grid's.
        """
        on_grid = self.outcome.grid.lps_mm(np.array([index, 0, 0], dtype=np.float64))
        stated = self._stated_position_mm(self.outcome.sources[index])
        if stated is not None and float(np.linalg.norm(stated - on_grid)) < min(self.outcome.grid.spacing_mm) / 2:
            return stated
        return on_grid

    def _stated_position_mm(self, source: SliceSource) -> NDArray[np.float64] | None:
        header = self._headers.get(source.sop_instance_uid)
        if header is None:
            return None
        holders = [header] if source.frame_number is None else _plane_positions(header, source.frame_number)
        stated = (holder.get("ImagePositionPatient") for holder in holders)
        return next((np.array([float(v) for v in values]) for values in stated if values and len(values) == 3), None)

    @cached_property
    def _headers(self) -> dict[str, Dataset]:
        return {str(header.SOPInstanceUID): header for header in self.context.sources}


def plane_name(index: int) -> str:
    """The SOP Instance UID of a plane inside this package: replaced by its source's before anything is written."""
    return f"2.25.{index + 1}"


def _plane_positions(header: Dataset, frame_number: int) -> list[Dataset]:
    per_frame = header.get("PerFrameFunctionalGroupsSequence") or []
    shared = header.get("SharedFunctionalGroupsSequence") or []
    groups = [*per_frame[frame_number - 1 : frame_number], *shared]
    return [position for group in groups for position in group.get("PlanePositionSequence") or []]


def _unit(step_mm: tuple[float, float, float]) -> NDArray[np.float64]:
    step = np.asarray(step_mm, dtype=np.float64)
    return step / float(np.linalg.norm(step))


def _decimals(values: Iterable[float]) -> list[float]:
    """Numbers without the noise of arithmetic: they print in 16 characters, as the decimal string they came from."""
    return [round(float(value), 9) + 0.0 for value in values]
