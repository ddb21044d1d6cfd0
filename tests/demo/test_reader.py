"""Whoever tries the demo can go the whole way: sign in, read, sign, and the report is final."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from service.access.onboarding import NewHospital, add_hospital
from service.archive import signing_keys, users
from service.archive.store import Archive
from service.demo.reader import mark, reader_of
from service.domain.hospital import LOOPBACK, Language, Sender, ae_title
from service.domain.wall import Wall

TODAY = date(2026, 11, 28)


def test_the_demos_reader_signs_alone_and_the_report_is_final(tmp_path: Path) -> None:
    mark(tmp_path)
    archive = Archive(tmp_path)
    sender = Sender(ae_title("DEMO_PACS"), ae_title("CONSILIUM"), LOOPBACK)
    added = add_hospital(archive, Wall.operator(), NewHospital("Demo hospital", Language.EN, (sender,)))
    login = reader_of(tmp_path, added.hospital_id)
    assert login is not None
    with archive.read() as connection:
        known = users.by_login(connection, login.login)
        assert known is not None
        assert known[0].may_release(TODAY)
        assert signing_keys.of_user(connection, known[0].id) is not None
    archive.close()
