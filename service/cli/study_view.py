"""How a study stands, in words and as JSON."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import Connection

from service.archive import analyses, deliveries, events, hospitals, orders, studies
from service.cli import printing
from service.cli.opened import NotFound, opened, the_study
from service.cli.printing import Json
from service.domain.completion import Waiting
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall
from service.flow.complete import waiting_for


def list_view(data: Path | None, hospital: str | None, limit: int, *, json_wanted: bool) -> None:
    """Print studies, newest first."""
    wall = Wall.operator()
    with opened(data) as archive, archive.read() as connection:
        if hospital is not None:
            wall = Wall(frozenset({hospitals.by_name(connection, wall, hospital).id}), wall.role, wall.actor)
        found = studies.listed(connection, wall, studies.StudyFilter(), limit)
        names = {each.id: each.name for each in hospitals.everyone(connection, Wall.operator())}
        rows = [(study, names.get(study.hospital, study.hospital), words(connection, study)) for study in found]
    if json_wanted:
        printing.as_json([_brief(study, name, said) for study, name, said in rows])
        return
    printing.as_table(
        ("hospital", "study", "accession", "images", "revision", "state"),
        [
            (name, study.study_instance_uid, study.accession_number, str(study.image_count), str(study.revision), said)
            for study, name, said in rows
        ],
        "No study has arrived yet. `consilium hospital add` lets a hospital in; `consilium send` sends a folder.",
    )


def show_view(data: Path | None, hospital: str | None, study_instance_uid: str, *, json_wanted: bool) -> None:
    """Print a study whole."""
    wall = Wall.operator()
    with opened(data) as archive, archive.read() as connection:
        study = the_study(connection, wall, hospital, study_instance_uid)
        whole = _whole(connection, wall, study)
    if json_wanted:
        printing.as_json(whole)
        return
    _print(study, whole)


def resolve_identity(data: Path | None, hospital: str | None, study_instance_uid: str) -> None:
    """End an identity conflict. Raises NotFound when there is none."""
    wall = Wall.operator()
    with opened(data) as archive, archive.write() as connection:
        study = the_study(connection, wall, hospital, study_instance_uid)
        if not studies.resolve_identity(connection, wall, study):
            raise NotFound(f"study {study_instance_uid} has no identity conflict")
    sys.stdout.write("The conflict is resolved; the study is analysed now.\n")


def words(connection: Connection, study: studies.Study) -> str:
    """How a study stands and what it waits for."""
    if study.identity_conflict:
        return "two patients under one study: look, then `consilium study resolve`"
    if study.state is not StudyState.RECEIVING:
        by = study.completed_by.value if study.completed_by else "unknown"
        return f"complete (by {by})"
    verdict = waiting_for(connection, Wall.operator(), study)
    if not isinstance(verdict, Waiting):
        return "receiving: complete at the next look"
    if verdict.open_associations:
        return f"receiving: {verdict.open_associations} association(s) still open"
    if verdict.missing_count:
        return f"receiving: {verdict.missing_count} image(s) of the order are missing, or the quiet time has to pass"
    return f"receiving: quiet until {printing.moment(verdict.due_at)}"


def _brief(study: studies.Study, hospital: str, said: str) -> dict[str, Json]:
    return {
        "hospital": hospital,
        "study_instance_uid": study.study_instance_uid,
        "accession_number": study.accession_number,
        "state": study.state.value,
        "revision": study.revision,
        "images": study.image_count,
        "instances": study.instance_count,
        "words": said,
    }


def _whole(connection: Connection, wall: Wall, study: studies.Study) -> dict[str, Json]:
    one_hospital = Wall(frozenset({HospitalId(study.hospital)}), wall.role, wall.actor)
    name = hospitals.get(connection, one_hospital, study.hospital).name
    return {
        **_brief(study, name, words(connection, study)),
        "orders": [
            {"id": order.id, "state": order.state.value}
            for order in orders.of_study(connection, one_hospital, study.id)
        ],
        "analyses": [_analysis(each) for each in analyses.of_study(connection, one_hospital, study.id)],
        "deliveries": [
            {
                "channel": each.channel.value,
                "identity": each.identity,
                "state": each.state.value,
                "attempts": each.attempt,
                "error": each.last_error,
            }
            for each in deliveries.of_study(connection, one_hospital, study.id)
        ],
        "timeline": [
            {"at": printing.moment(each.at), "kind": each.kind.value, "detail": dict(each.detail)}
            for each in events.of_study(connection, one_hospital, study.id)
        ],
    }


def _analysis(analysis: analyses.Analysis) -> dict[str, Json]:
    return {
        "id": analysis.id,
        "package": analysis.package,
        "version": analysis.package_version,
        "revision": analysis.revision,
        "state": analysis.state.value,
        "outcome": analysis.outcome.value if analysis.outcome else None,
        "reason": analysis.reason,
        "detail": analysis.detail,
        "attempt": analysis.attempt,
        "progress": analysis.progress,
    }


def _print(study: studies.Study, whole: dict[str, Json]) -> None:
    sys.stdout.write(
        f"study {study.study_instance_uid}\n  hospital  {whole['hospital']}\n  state     {whole['words']}\n"
    )
    sys.stdout.write(f"  revision  {study.revision}, {study.image_count} images of {study.instance_count} instances\n")
    for title in ("analyses", "deliveries", "timeline"):
        entries = whole[title]
        assert isinstance(entries, list)
        sys.stdout.write(f"{title}\n")
        for entry in entries:
            assert isinstance(entry, dict)
            said = ", ".join(f"{key} {value}" for key, value in entry.items() if value not in (None, "", {}))
            sys.stdout.write(f"  {said}\n")
