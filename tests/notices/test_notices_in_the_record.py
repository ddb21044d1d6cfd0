"""A signed report says who was told of urgent findings and who heard, as it stood at the signature (AC-74)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from service.archive.store import Archive
from service.domain.hospital import Finalising, Language
from service.domain.notice import Heard, Via
from service.domain.record import ReportRecord
from service.domain.review import ReviewAction as A
from service.domain.wording import Communicated, communication_line
from service.flow import report, sign
from service.flow.sign import Shown, Signing
from tests.notices.ward import HEAD, NURSE, WARD, Ward, ward
from tests.reviewing.test_sign import ANNA_SIGNS, seal
from tests.reviewing.writing import ANNA, content


@pytest.fixture
def here(archive: Archive) -> Iterator[Ward]:
    with ward(archive) as opened:
        opened.rule()
        yield opened


def signed(here: Ward) -> list[dict[str, Any]]:
    """The communications in the record that was signed."""
    with here.archive.write() as connection:
        begun = report.begin(connection, ANNA, here.study, content("Right lung nodule, 3 mm."))
        report.submit(connection, ANNA, here.study, edition=begun.edition)
        asked = Signing(
            ANNA_SIGNS,
            Finalising.BY_SIGNATURE,
            Shown(1, here.study.revision, here.study.image_count),
            frozenset(),
            close_rest=True,
        )
        made = sign.sign(connection, ANNA, here.study, asked, seal)
    assert made.record is not None
    assert ReportRecord.read(made.record).canonical().decode() == made.record, "read and written again, byte for byte"
    return list(json.loads(made.record)["communications"])


def test_who_heard_is_part_of_what_is_signed(here: Ward) -> None:
    here.judge(A.ACCEPT)
    here.sweep()
    here.acknowledge(Heard("Nurse Wang", "telephone, repeated it"), Via.CALL, ANNA)
    (said,) = signed(here)
    notice = here.only
    assert (said["notice_id"], said["tracking_uid"], said["contact"]) == (notice.id, notice.tracking_uid, WARD)
    assert (said["acknowledged_by"], said["read_back"], said["via"]) == ("Nurse Wang", "telephone, repeated it", "call")
    assert said["raised_at"] < said["told_at"] <= said["acknowledged_at"]


def test_an_open_notice_blocks_no_signature_and_the_record_says_that_nobody_has_heard(here: Ward) -> None:
    here.judge(A.ACCEPT)
    here.sweep()
    here.flow.pass_time(700.0)
    here.sweep()
    (said,) = signed(here)
    assert (said["contact"], said["acknowledged_by"], said["acknowledged_at"], said["via"]) == (HEAD, None, None, None)
    here.acknowledge(NURSE)
    assert here.states == ["acknowledged"], "and it is told on until somebody has"


def test_what_was_taken_back_is_not_in_the_report(here: Ward) -> None:
    here.judge(A.ACCEPT)
    here.sweep()
    here.judge(A.DOUBT)
    assert signed(here) == []


@pytest.mark.parametrize(
    ("told", "heard", "zh", "en"),
    [
        (None, None, "尚未通知到", "not reached"),
        (datetime(2026, 11, 28, 8, 15, tzinfo=UTC), None, "尚未确认", "was told at 2026-11-28 08:15"),
        (None, ("Wang", datetime(2026, 11, 28, 8, 19, tzinfo=UTC)), "Wang 于 2026-11-28 08:19", "Wang acknowledged"),
    ],
)
def test_a_report_does_not_say_that_somebody_was_told_whom_nobody_reached(
    told: datetime | None, heard: tuple[str, datetime] | None, zh: str, en: str
) -> None:
    line = Communicated(WARD, datetime(2026, 11, 28, 8, 10, tzinfo=UTC), told, heard)
    assert zh in communication_line(line, Language.ZH_CN)
    assert en in communication_line(line, Language.EN)
    assert WARD in communication_line(line, Language.ZH_CN)
