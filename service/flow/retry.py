"""A person asks once more for what failed for good: analyses, and results that could not be encoded."""

from __future__ import annotations

from dataclasses import dataclass

from service.archive import analyses, audit, examination_rows, reports, results
from service.archive.analyses import Analysis
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.wall import Wall
from service.flow.bell import Bell, Step


@dataclass(frozen=True, slots=True)
class Retried:
    """What is made once more: analyses (the new runs), and the ids of analyses and reports that are encoded again."""

    analyses: tuple[Analysis, ...]
    encoded: tuple[str, ...]


def retry_failed(archive: Archive, wall: Wall, bell: Bell, study: Study) -> Retried:
    """Have a study's failed analyses read, and its failed encodings made, once more."""
    with archive.write() as connection:
        failed = [each for each in analyses.failed_for_good(connection, wall) if each.study_id == study.id]
        again = tuple(made for each in failed if (made := analyses.retry(connection, wall, each)) is not None)
        not_again = {each.id for each in failed}
        encoded = tuple(
            each.id
            for each in analyses.of_study(connection, wall, study.id)
            if each.id not in not_again and results.retry_steps(connection, wall, each.hospital, each.id)
        )
        encoded += tuple(
            each.id
            for each in reports.of_study(connection, wall, study.id)
            if results.retry_steps(connection, wall, each.hospital, each.id)
        )
        for action, ids in (("analysis.retry", [each.id for each in again]), ("result.retry", encoded)):
            for subject in ids:
                audit.act(connection, wall, hospital=study.hospital, action=action, subject=subject)
        examination_rows.renew(connection, study.id)
    bell.ring(Step.ANALYSE)
    bell.ring(Step.ENCODE)
    return Retried(again, encoded)
