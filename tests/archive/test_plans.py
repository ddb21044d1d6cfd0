"""What is looked for by a span of time is found by an index: the answer costs what it holds, not what was ever kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from service.archive import (
    analyses,
    deliveries,
    delivery_pages,
    events,
    examination_rows,
    instances,
    measures,
    notices,
    orders,
    report_audits,
    reports,
    returns,
    reviews,
    studies,
    track_record,
    worklist,
)
from service.archive.delivery_pages import DeliveryFilter
from service.archive.paging import Paging
from service.archive.store import Archive
from service.domain.wall import HospitalId, Wall

HOSPITAL = HospitalId("h1")
READER = Wall.person("anna", frozenset({HOSPITAL}))
OF_TWO = Wall.person("ben", frozenset({HOSPITAL, HospitalId("h2")}))
OF_ALL = Wall.person("chen", None)
GROWS = "analysis|delivery|event|finding|imaging_order|instance|notice|report|result|review_event|series|study"
LOOKS_THROUGH = re.compile(rf"SCAN ({GROWS})\b|SEARCH ({GROWS}) USING .*\(hospital_id=\?\)")
"""A plan that reads every row there is, or every row of a hospital, to find those of one study."""
A_REPORTED_STUDY = """
INSERT INTO hospital (id, name, language, release_pacs, release_his, created_at, finalising)
  VALUES ('h1', 'H', 'en', 'never', 'never', 0, 'signature');
INSERT INTO study (id, hospital_id, study_instance_uid, state, revision, dispatched_revision, patient_id,
    patient_id_issuer, patient_name, patient_birth_date, patient_sex, accession_number, study_date, study_time,
    study_description, study_identifier, referring_physician_name, identity_conflict, instance_count, image_count,
    calling_ae, first_received_at, quiet_since, largest_gap_s, completion_called)
  VALUES (1, 'h1', '1.2', 'complete', 1, 1, 'P1', '', '', '', '', '', '', '', '', '', '', 0, 1, 1, 'A', 0, 0, 0, 0);
INSERT INTO report (id, hospital_id, study_id, version, state, edition, author, changed_by, language, template,
    findings_text, impression_text, advice_text, key_images, created_at, changed_at, signed_at)
  VALUES ('r', 'h1', 1, 1, 'released', 1, 'anna', 'anna', 'en', '', '', '', '', '[]', 0, 0, 0);
"""


@contextmanager
def plans(connection: Connection) -> Iterator[list[str]]:
    """How the database goes about every question that is asked of it meanwhile, one text a question."""
    sent: list[tuple[str, Any]] = []

    def listen(*asked: Any) -> None:
        sent.append((asked[2], asked[3]))

    found: list[str] = []
    event.listen(connection, "before_cursor_execute", listen)
    yield found
    event.remove(connection, "before_cursor_execute", listen)
    for statement, parameters in sent:
        if statement.startswith(("SELECT", "WITH")):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.append(f"{statement}\n" + "\n".join(row[3] for row in plan))


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda c: track_record.track_record(c, READER, HOSPITAL, "ct", "1.0.0", since=1.0), "report_signed"),
        (lambda c: report_audits.rates(c, READER, since=1.0), "report_audited"),
        (lambda c: report_audits.rates(c, READER, since=1.0), "report_signed"),
        (lambda c: delivery_pages.page(c, Wall.operator(), DeliveryFilter(), Paging()), "delivery_page"),
    ],
    ids=["a package's record", "audits of a span", "returns of a span", "a page of deliveries"],
)
def test_a_span_of_time_is_read_by_its_index(archive: Archive, ask: Callable[[Connection], object], index: str) -> None:
    with archive.read() as connection, plans(connection) as found:
        ask(connection)
    assert index in found[0], found


OF_ONE_STUDY: tuple[Callable[[Connection, Wall, int], object], ...] = (
    studies.get,
    studies.series_of,
    orders.of_study,
    analyses.of_study,
    reports.of_study,
    reviews.of_study,
    notices.of_study,
    notices.count_open,
    returns.standing,
    deliveries.of_study,
    events.of_study,
    instances.of_study,
    measures.of_study,
    worklist.of_study,
    lambda connection, _wall, study_id: examination_rows.renew(connection, study_id),
)
"""A line of the worklist asks most of these: among 100,000 studies each of them cost as much as all."""


@pytest.mark.parametrize("wall", [READER, OF_TWO, OF_ALL], ids=["of one hospital", "of two", "of all"])
def test_what_is_of_one_study_is_found_by_the_study_whatever_the_wall(archive: Archive, wall: Wall) -> None:
    with archive.write() as connection:
        for statement in A_REPORTED_STUDY.strip().split(";\n"):
            connection.exec_driver_sql(statement)
        with plans(connection) as found:
            for ask in OF_ONE_STUDY:
                ask(connection, wall, 1)
    assert len(found) > len(OF_ONE_STUDY)
    assert [plan for plan in found if LOOKS_THROUGH.search(plan.partition("\n")[2])] == []
