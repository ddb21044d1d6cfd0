"""What is looked for by a span of time is found by an index: the answer costs what it holds, not what was ever kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from service.archive import delivery_pages, report_audits, track_record
from service.archive.delivery_pages import DeliveryFilter
from service.archive.paging import Paging
from service.archive.store import Archive
from service.domain.wall import HospitalId, Wall

HOSPITAL = HospitalId("h1")
READER = Wall.person("anna", frozenset({HOSPITAL}))


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
    """The statement as it is sent, explained by the database."""
    sent: list[tuple[str, Any]] = []
    with archive.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *asked: sent.append((asked[2], asked[3])))
        ask(connection)
        statement, parameters = next(each for each in sent if each[0].startswith(("SELECT", "WITH")))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert index in str(plan), plan
