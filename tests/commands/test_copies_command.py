"""Copies for viewers as an operator meets them: the doctor says what is missing, a command removes what was made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.archive import copies_due
from service.archive.store import Archive
from service.cli import copies_check
from service.flow.viewer_copies import Copier
from service.pixels.pool import PixelPool
from service.settings import Settings
from tests.support.centre import consilium
from tests.support.edges import SYSTEM, serving


def test_the_setting_is_off_unless_it_is_asked_for() -> None:
    assert Settings().viewer_copies is False
    assert copies_check.copies_check(Settings()).seen.startswith("off")


def test_the_doctor_names_what_is_missing_and_the_command_that_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Settings(viewer_copies=True)
    assert copies_check.copies_check(asked).good

    monkeypatch.setattr(copies_check, "encoder_is_installed", lambda: False)

    missing = copies_check.copies_check(asked)
    assert not missing.good
    assert missing.mend.startswith("pip install imagecodecs==")
    assert copies_check.copies_check(Settings()).good, "who does not ask for copies misses nothing"


def test_copies_are_counted_and_removed_of_one_hospital_or_of_all(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with serving(archive) as centre, PixelPool() as pixels:
        for name in ("Here", "There"):
            study = centre.study(centre.hospital(name), count=2)
            with archive.write() as connection:
                copies_due.want(connection, SYSTEM, study.hospital, study.id)
        while Copier(archive, pixels, watermark_bytes=0).make_copies(SYSTEM):
            pass
    archive.close()
    data = ("--data", str(tmp_path))

    def held(*options: str) -> int:
        return int(json.loads(consilium("copies", "show", *data, "--json", *options).stdout)["copies"])

    assert (held(), held("--hospital", "Here")) == (4, 2)
    doctor = json.loads(consilium("doctor", *data, "--json", check=False).stdout)
    assert any("4 take" in each["seen"] for each in doctor["checks"])
    assert "2 copies" in consilium("copies", "remove", *data, "--hospital", "Here").stdout
    assert (held(), held("--hospital", "Here")) == (2, 0)
    consilium("copies", "remove", *data)
    assert held() == 0
    assert [path for path in (tmp_path / "copies").rglob("*") if path.is_file()] == []
    assert "no hospital named" in consilium("copies", "show", *data, "--hospital", "Nowhere", check=False).stderr
