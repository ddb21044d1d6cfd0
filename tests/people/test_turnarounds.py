"""The system administrator sees how long reports took and what waits too long, by hospital and class; no patient."""

from __future__ import annotations

import pytest

from service.domain.user import UserRole
from service.flow.clock import tell_due
from tests.people.browsers import Browsers
from tests.people.test_signing import OWN_PASSWORD, seated, sign, submitted

HOUR_S = 3600.0


def test_released_and_waiting_examinations_are_counted_and_patients_are_not_named(browsers: Browsers) -> None:
    hospital = browsers.edges.hospital()
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    waiting = browsers.edges.study(hospital, patient_id="SECRET-77")
    with browsers.edges.archive.write() as connection:
        for table in ("study", "examination"):
            moved = "completed_at = completed_at" if table == "study" else "clock_since = clock_since"
            connection.exec_driver_sql(
                f"UPDATE {table} SET {moved} - ? WHERE hospital_id = ?", (20 * HOUR_S, hospital.id)
            )
        connection.exec_driver_sql("UPDATE examination SET clock_due_at = 0 WHERE hospital_id = ?", (hospital.id,))
    tell_due(browsers.edges.archive)
    assert sign(anna, study, password=OWN_PASSWORD).status_code == 200

    _, system, _ = browsers.enrolled(UserRole.SYSTEM_ADMIN)
    answer = system.get("/admin/turnarounds")
    (row,) = [each for each in answer.json()["rows"] if each["hospital"]["id"] == hospital.id]

    assert (row["exam_class"], row["done"], row["in_time"]) == (None, 1, 1)
    assert row["median_s"] == row["p90_s"] == pytest.approx(20 * HOUR_S, abs=60)
    assert row["passed"] == {"50": 0, "80": 1, "100": 0}
    assert "SECRET-77" not in answer.text
    assert waiting.study_instance_uid not in answer.text
