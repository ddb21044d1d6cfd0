"""Disagreements as a data scientist gets them: pseudonyms for studies and patients, codes and numbers, no free text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Final

from models.contract import Code, Point
from service.archive import audit, disagreements
from service.archive.disagreements import Disagreement, Wanted
from service.archive.paging import Paging
from service.archive.store import Archive
from service.domain.codes import is_known
from service.domain.disagreement import DisagreementKind
from service.domain.hospital import ReadingMode
from service.domain.pseudonym import patient_pseudonym, study_pseudonym
from service.domain.review import RejectionReason
from service.domain.wall import Wall

PAGE_ROWS: Final = 500
EXPORTED: Final = "explore.export"
"""The act on record when disagreements are taken out of the centre."""
_OF_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says of a finding. Codes by their values; center_mm in the patient (LPS, PS3.3 C.7.6.2.1.1).

    concept, site: None for a code outside the code table that a reader brought, which could be any text.
    """

    concept: Code | None
    site: Code | None
    laterality: Code | None
    center_mm: Point | None
    long_axis_mm: float | None
    short_axis_mm: float | None
    volume_mm3: float | None


@dataclass(frozen=True, slots=True)
class DisagreementLine:
    """One disagreement without its study's identity. id: its own in this centre. signed: year and month.

    study, patient: pseudonyms of this installation; patient is empty where the images name none.
    by_package: None for what a reader added. by_reader: None for what a reader rejected.
    """

    id: str
    study: str
    patient: str
    hospital: str
    signed: str
    package: str
    version: str
    kind: DisagreementKind
    reason: RejectionReason | None
    mode: ReadingMode
    probability: float | None
    by_package: Said | None
    by_reader: Said | None
    modality: str
    manufacturer: str
    model_name: str
    slice_thickness_mm: float | None


def line(installation_key: bytes, found: Disagreement) -> DisagreementLine:
    """A disagreement as it may be shown."""
    return DisagreementLine(
        id=f"{found.seq}-{found.analysis_id}",
        study=study_pseudonym(installation_key, found.hospital, found.study_instance_uid),
        patient=patient_pseudonym(installation_key, found.hospital, found.patient_id_issuer, found.patient_id),
        hospital=found.hospital,
        signed=datetime.fromtimestamp(found.signed_at, UTC).strftime("%Y-%m"),
        package=found.package,
        version=found.version,
        kind=found.kind,
        reason=found.event.reason,
        mode=found.event.mode,
        probability=None if found.proposed is None else found.proposed.probability,
        by_package=_by_package(found),
        by_reader=_by_reader(found),
        modality=found.scanner.modality,
        manufacturer=found.scanner.manufacturer,
        model_name=found.scanner.model_name,
        slice_thickness_mm=found.scanner.slice_thickness_mm,
    )


def exported(archive: Archive, wall: Wall, wanted: Wanted, form: str) -> Iterator[DisagreementLine]:
    """Every line of a choice, page by page; who took what is on record before the first. form: of the file."""
    narrowed = wanted.narrowed
    given = {
        "form": form,
        "package": narrowed.package,
        "version": narrowed.version,
        "kind": ",".join(sorted(wanted.kinds)),
        "reason": wanted.reason,
        "since": _day(narrowed.since),
        "until": _day(narrowed.until),
    }
    with archive.write() as connection:
        audit.act(
            connection,
            wall,
            hospital=narrowed.hospital,
            action=EXPORTED,
            subject="disagreements",
            detail={name: str(value) for name, value in given.items() if value},
        )
    return _pages(archive, wall, wanted)


def as_json_lines(lines: Iterable[DisagreementLine]) -> Iterator[str]:
    """One JSON object a line (UTF-8, keys as the fields, null for what there is not)."""
    for each in lines:
        yield json.dumps(asdict(each), ensure_ascii=False, separators=(",", ":")) + "\n"


def as_csv(lines: Iterable[DisagreementLine]) -> Iterator[str]:
    """RFC 4180 with a head, UTF-8 with its mark; a cell that a spreadsheet would run as a formula is quoted by '."""
    yield "\ufeff" + _csv_row(_HEAD)
    for each in lines:
        yield _csv_row([_cell(value) for value in _flat(each).values()])


def _pages(archive: Archive, wall: Wall, wanted: Wanted) -> Iterator[DisagreementLine]:
    after: tuple[float, str] | None = None
    while True:
        with archive.read() as connection:
            page = disagreements.listed(connection, wall, wanted, Paging(after=after, limit=PAGE_ROWS))
        yield from (line(archive.installation.key, each) for each in page)
        if len(page) < PAGE_ROWS:
            return
        after = float(page[-1].seq), page[-1].analysis_id


def _by_package(found: Disagreement) -> Said | None:
    said = found.proposed
    if said is None:
        return None
    return Said(
        concept=said.concept,
        site=said.site,
        laterality=said.laterality,
        center_mm=said.center_mm,
        long_axis_mm=said.long_axis_mm,
        short_axis_mm=said.short_axis_mm,
        volume_mm3=said.volume_mm3,
    )


def _by_reader(found: Disagreement) -> Said | None:
    said = found.event.said
    if said is None:
        return None
    return Said(
        concept=_of_table(said.concept),
        site=_of_table(said.site),
        laterality=None if said.laterality is None else _of_table(said.laterality),
        center_mm=said.center_mm,
        long_axis_mm=None if said.long_axis is None else said.long_axis.length_mm,
        short_axis_mm=None if said.short_axis is None else said.short_axis.length_mm,
        volume_mm3=said.volume_mm3,
    )


def _of_table(code: Code) -> Code | None:
    return code if is_known(code) else None


def _day(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


def _flat(each: DisagreementLine) -> dict[str, str | float | None]:
    sides = {"by_package": each.by_package, "by_reader": each.by_reader}
    plain = {field.name: getattr(each, field.name) for field in fields(each) if field.name not in sides}
    for side, said in sides.items():
        for name in ("concept", "site", "laterality"):
            code = None if said is None else getattr(said, name)
            plain[f"{side}_{name}"] = None if code is None else f"{code.scheme}:{code.value}"
        x, y, z = (None, None, None) if said is None or said.center_mm is None else said.center_mm
        plain |= {f"{side}_center_x_mm": x, f"{side}_center_y_mm": y, f"{side}_center_z_mm": z}
        for name in ("long_axis_mm", "short_axis_mm", "volume_mm3"):
            plain[f"{side}_{name}"] = None if said is None else getattr(said, name)
    return plain


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    return f"'{value}" if value.startswith(_OF_FORMULAS) else value


def _csv_row(cells: Iterable[str]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerow(cells)
    return made.getvalue()


_SIDES: Final = ("concept", "site", "laterality", "center_x_mm", "center_y_mm", "center_z_mm")
_MEASURES: Final = ("long_axis_mm", "short_axis_mm", "volume_mm3")
_HEAD: Final = (
    *(field.name for field in fields(DisagreementLine) if field.name not in {"by_package", "by_reader"}),
    *(f"{side}_{name}" for side in ("by_package", "by_reader") for name in (*_SIDES, *_MEASURES)),
)
