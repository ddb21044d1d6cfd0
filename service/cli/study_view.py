"""How a study stands, in words and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from service.archive import analyses, deliveries, events, hospitals, orders, studies
from service.cli import printing
from service.cli.opened import NotFound, opened, the_study
from service.cli.printing import Json
from service.domain.completion import Waiting
from service.domain.delivery import DeliveryState
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall
from service.flow.bell import SilentBell
from service.flow.complete import waiting_for
from service.flow.retry import retry_failed
from service.flow.state_words import waited_for
from service.his.event_words import event_words


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


def retry_view(data: Path | None, hospital: str | None, study_instance_uid: str, *, json_wanted: bool) -> None:
    """Ask once more for what failed, and print what that is. Raises NotFound when nothing has failed for good."""
    wall = Wall.operator()
    with opened(data) as archive:
        with archive.read() as connection:
            study = the_study(connection, wall, hospital, study_instance_uid)
        again = retry_failed(archive, wall, SilentBell(), study)
    if not (again.analyses or again.encoded):
        raise NotFound(f"nothing of study {study_instance_uid} has failed; `consilium study show` says how it stands")
    if json_wanted:
        printing.as_json(
            {
                "study_instance_uid": study_instance_uid,
                "analyses": [
                    {"id": each.id, "package": each.package, "version": each.package_version, "run": each.run}
                    for each in again.analyses
                ],
                "encoded_again": list(again.encoded),
            }
        )
        return
    for each in again.analyses:
        sys.stdout.write(f"{each.package} {each.package_version} reads the study once more (run {each.run}).\n")
    for analysis_id in again.encoded:
        sys.stdout.write(f"The results of analysis {analysis_id} are encoded once more.\n")


def resolve_identity(data: Path | None, hospital: str | None, study_instance_uid: str) -> None:
    """End an identity conflict. Raises NotFound when there is none."""
    wall = Wall.operator()
    with opened(data) as archive, archive.write() as connection:
        study = the_study(connection, wall, hospital, study_instance_uid)
        if not studies.resolve_identity(connection, wall, study):
            raise NotFound(f"study {study_instance_uid} has no identity conflict")
    whose = study.patient_id or "not said"
    sys.stdout.write(f"The conflict is resolved: the study's Patient ID is {whose}; it is analysed now.\n")


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
    of_study = analyses.of_study(connection, one_hospital, study.id)
    sent = deliveries.of_study(connection, one_hospital, study.id)
    return {
        **_brief(study, name, words(connection, study)),
        "waits_for": [*_waits_for(connection, study, of_study), *(each for d in sent if (each := _still_to_send(d)))],
        "orders": [
            {"id": order.id, "state": order.state.value}
            for order in orders.of_study(connection, one_hospital, study.id)
        ],
        "analyses": [_analysis(each) for each in of_study],
        "deliveries": [_delivery(each) for each in sent],
        "timeline": [
            {
                "at": printing.moment(each.at),
                "kind": each.kind.value,
                "words": event_words(each.kind, each.detail).en,
                "detail": dict(each.detail),
            }
            for each in events.of_study(connection, one_hospital, study.id)
        ],
    }


def _waits_for(connection: Connection, study: studies.Study, of_study: Sequence[analyses.Analysis]) -> list[str]:
    arrival = waiting_for(connection, Wall.operator(), study) if study.state is StudyState.RECEIVING else None
    return [text.en for text in waited_for(study, arrival, of_study)]


def _still_to_send(delivery: deliveries.Delivery) -> str | None:
    """What a delivery waits for, in words; None when it is at its end."""
    what = f"{delivery.channel.value.upper()} delivery {delivery.identity}"
    match delivery.state:
        case DeliveryState.PENDING:
            again = f", tried again at {printing.moment(delivery.due_at)} ({delivery.last_error})"
            return f"{what} is due{again if delivery.last_error else ''}."
        case DeliveryState.SENDING:
            return f"{what} is being sent."
        case DeliveryState.FAILED:
            return f"{what} was refused ({delivery.last_error}); a person has to look."
        case _:
            return None


def _analysis(analysis: analyses.Analysis) -> dict[str, Json]:
    return {
        "id": analysis.id,
        "package": analysis.package,
        "version": analysis.package_version,
        "revision": analysis.revision,
        "run": analysis.run,
        "state": analysis.state.value,
        "outcome": analysis.outcome.value if analysis.outcome else None,
        "reason": analysis.reason,
        "detail": analysis.detail,
        "attempt": analysis.attempt,
        "progress": analysis.progress,
    }


def _delivery(delivery: deliveries.Delivery) -> dict[str, Json]:
    return {
        "channel": delivery.channel.value,
        "identity": delivery.identity,
        "state": delivery.state.value,
        "attempts": delivery.attempt,
        "error": delivery.last_error,
    }


def _print(study: studies.Study, whole: dict[str, Json]) -> None:
    say = sys.stdout.write
    say(f"study {study.study_instance_uid}\n  hospital  {whole['hospital']}\n  state     {whole['words']}\n")
    say(f"  revision  {study.revision}, {study.image_count} images of {study.instance_count} instances\n")
    say("waits for\n")
    for sentence in _entries(whole, "waits_for") or ["Nothing."]:
        say(f"  {sentence}\n")
    for title in ("analyses", "deliveries"):
        say(f"{title}\n")
        for entry in _entries(whole, title) or ["none"]:
            fields = entry.items() if isinstance(entry, dict) else [(str(entry), "")]
            say("  " + ", ".join(f"{key} {value}".strip() for key, value in fields if value is not None) + "\n")
    say("timeline\n")
    for entry in _entries(whole, "timeline"):
        assert isinstance(entry, dict)
        say(f"  {entry['at']}  {entry['words']}\n")


def _entries(whole: dict[str, Json], title: str) -> Sequence[Json]:
    entries = whole[title]
    assert isinstance(entries, list)
    return entries
