"""`consilium report verify` says that a report is what was signed, and that it is not after one changed byte."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from service.archive import signing_keys, users
from service.archive.instances import StoredInstance
from service.archive.reports import Report
from service.archive.results import ResultKind
from service.archive.signing_keys import SigningKey
from service.archive.store import Archive
from service.cli.main import APP
from service.domain.hospital import Finalising, Language, ReadingMode
from service.domain.licence import Licence
from service.domain.record import ReportRecord, Signer, canonical, digest
from service.domain.report import ReportText
from service.domain.review import ReviewAction
from service.domain.user import UserRole
from service.domain.wall import Wall
from service.flow.report_audit import Auditing, audited
from service.flow.sign import Seal, Sealed
from service.signing import keys, verification
from service.signing.seals import unseal
from service.signing.verification import NotSigned
from tests.delivering.conftest import Outbox
from tests.delivering.reader import Reader
from tests.support.flowing import WALL, chest

PASSWORD = "four quiet words here"
TAKEN_OUT = "UPDATE report SET audit_record = NULL, audit_signature = NULL, audit_signing_key = NULL"


def signer_of(key: SigningKey, password: str) -> keys.Signer:
    assert key.sealed_private_key is not None
    private = unseal(key.sealed_private_key, password.encode(), owner=key.id)
    return keys.Signer(key.id, Ed25519PrivateKey.from_private_bytes(private))


def person(archive: Archive, login: str, name: str) -> tuple[Signer, Seal]:
    """Somebody with a key of their own."""
    described = users.NewUser(
        login=login,
        name=name,
        roles=frozenset({UserRole.RADIOLOGIST}),
        hospitals=None,
        language=Language.ZH_CN,
        licence=Licence(f"1105 {login}", "医学影像和放射治疗专业", "主治医师", None),
        password_hash="-",
        must_change_password=False,
    )
    with archive.write() as connection:
        user = users.add(connection, Wall.operator(), described)
        keys.make_key(connection, Wall.operator(), user.id, PASSWORD)
        key = signing_keys.of_user(connection, user.id)
    assert key is not None

    def seal(record: bytes) -> Sealed:
        signed = signer_of(key, PASSWORD).sign(record)
        return Sealed(signed.key_id, signed.text)

    return Signer(user.id, user.name, "主治医师", f"1105 {login}"), seal


def seated(outbox: Outbox) -> Reader:
    """Somebody with a key of their own, at a study with one finding."""
    signer, seal = person(outbox.flow.archive, "anna", "安娜")
    study = outbox.read(*chest())
    return Reader(outbox, outbox.flow.study(study.study_instance_uid), Wall.person(signer.id, None), signer, seal)


def released_by(reader: Reader) -> Report:
    """The finding accepted, one key image, signed; its documents are made."""
    reader.judge(ReviewAction.ACCEPT)
    released = reader.sign(marked=1)
    reader.outbox.encode()
    return released


@pytest.fixture
def reader(outbox: Outbox) -> Reader:
    return seated(outbox)


@pytest.fixture
def report(reader: Reader) -> Report:
    return released_by(reader)


def wrong(reader: Reader, report: Report) -> list[str]:
    seen = verification.verified(reader.outbox.flow.archive, WALL, report.id)
    return [each.words for each in seen if not each.is_whole]


def test_a_report_that_nobody_touched_is_whole_and_everything_was_looked_at(reader: Reader, report: Report) -> None:
    seen = verification.verified(reader.outbox.flow.archive, WALL, report.id)
    images = reader.outbox.flow.images(reader.study)
    assert [each for each in seen if not each.is_whole] == []
    said = [each.words.split()[0] for each in seen]
    own = ["record", "report", "history", "signature", "KO", "PDF", "SR"]
    assert said == [*own, "package's", "package's", *(["image"] * len(images))]


def test_a_report_that_was_signed_when_records_held_one_mode_for_all_packages_stays_whole(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_now = ReportRecord.canonical

    def as_then(record: ReportRecord) -> bytes:
        said = json.loads(as_now(record))
        del said["modes"]
        return canonical({**said, "mode": "second-reader"})

    monkeypatch.setattr(ReportRecord, "canonical", as_then)
    reader.judge(ReviewAction.ACCEPT)
    former = reader.sign(marked=1)
    reader.outbox.encode()

    assert wrong(reader, former) == []
    record = ReportRecord.read(former.record or "")
    assert (record.mode, record.modes) == (ReadingMode.SECOND_READER, ())


def changed(reader: Reader, hospital: str, name: str, at: int) -> None:
    """One bit of a stored object is another."""
    path = reader.outbox.flow.archive.objects.path(hospital, name)  # type: ignore[arg-type]
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.mark.parametrize("kind", [ResultKind.SR, ResultKind.PDF, ResultKind.KEY_IMAGES])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.999])
def test_one_changed_bit_of_a_rendering_is_seen(reader: Reader, report: Report, kind: ResultKind, share: float) -> None:
    made = reader.documents(report)[kind]
    # Behind the file meta information, which no signature is about.
    changed(reader, made.hospital, made.object_name, 400 + int((made.size_bytes - 401) * share))
    assert wrong(reader, report) == [f"{kind.value} {made.sop_instance_uid} has changed"]


@pytest.mark.parametrize("kind", [ResultKind.SEG, ResultKind.SR])
@pytest.mark.parametrize("at", [600, -1])
def test_one_changed_bit_of_what_a_package_said_is_seen(
    reader: Reader, report: Report, kind: ResultKind, at: int
) -> None:
    made = reader.outbox.results(reader.study)[kind]
    changed(reader, made.hospital, made.object_name, at)
    assert wrong(reader, report) == [f"package's {kind.value} {made.sop_instance_uid} has changed"]


@pytest.mark.parametrize("at", [0, 127, 140, 152, 200, 240, 330])
def test_one_changed_bit_before_a_data_set_is_seen(reader: Reader, report: Report, at: int) -> None:
    image, made = reader.outbox.flow.images(reader.study)[3], reader.documents(report)[ResultKind.SR]
    for each in (image, made, reader.outbox.results(reader.study)[ResultKind.SEG]):
        changed(reader, each.hospital, each.object_name, at)
    found = wrong(reader, report)
    assert [each.split()[0] for each in found] == ["SR", "package's", "image"], found


def test_one_changed_bit_of_an_image_is_seen(reader: Reader, report: Report) -> None:
    image: StoredInstance = reader.outbox.flow.images(reader.study)[3]
    changed(reader, image.hospital, image.object_name, -1)
    assert wrong(reader, report) == [f"image {image.sop_instance_uid} has changed"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE report SET impression_text = '未见异常'", ["report differs from its record: text"]),
        ("UPDATE report SET record = replace(record, '右肺', '左肺')", ["record is not the one whose hash was signed"]),
        ("UPDATE report SET signed_by = 'ben'", ["report differs from its record: signer", "signature was not made"]),
        ("UPDATE report SET signed_at = signed_at + 60", ["report differs from its record: time of signature"]),
        ("UPDATE report SET released_at = released_at - 0.002", ["report differs from its record: time of release"]),
        ("UPDATE report SET released_at = NULL", ["report differs from its record: time of release"]),
        (
            "UPDATE report SET hospital_id = 'h1'",
            ["report differs from its record: hospital"],
        ),
        ("UPDATE report SET predecessor_id = id", ["report differs from its record: version before"]),
        ("UPDATE report SET signature = 'ed25519:AAAA'", ["signature does not fit the record"]),
        ("UPDATE report SET language = 'zh-CM'", ["rows cannot be read"]),
        ("UPDATE report SET key_images = '['", ["rows cannot be read"]),
        ("UPDATE instance SET transfer_syntax_uid = '1.2.840.10008.1.2.2'", ["image {first} has another file header"]),
        ("UPDATE result SET transfer_syntax_uid = '1.2.840.10008.1.2.2'", ["SR ", "PDF ", "package's SEG "]),
        ("DELETE FROM instance WHERE id = (SELECT min(id) FROM instance)", ["image {first} is not in the archive"]),
    ],
)
def test_a_changed_row_is_seen(reader: Reader, report: Report, statement: str, expected: list[str]) -> None:
    first = reader.outbox.flow.images(reader.study)[0].sop_instance_uid
    with sqlite3.connect(reader.outbox.flow.archive.folder / "consilium.db") as database:
        database.execute(statement)
    found = wrong(reader, report)
    for words in expected:
        assert any(each.startswith(words.format(first=first)) for each in found), found


def test_a_record_that_is_none_is_told_even_where_its_hash_fits(reader: Reader, report: Report) -> None:
    text = "{}"
    with sqlite3.connect(reader.outbox.flow.archive.folder / "consilium.db") as database:
        database.execute("UPDATE report SET record = ?, record_sha256 = ?", (text, digest(text.encode())))
    found = wrong(reader, report)
    assert "record is not the one whose hash was signed" in found
    assert "signature does not fit the record" in found


def test_an_audit_that_changed_the_words_is_verified_with_them(reader: Reader) -> None:
    released = signed_and_audited(reader, ReportText("右肺上叶结节。", "结节", ""))

    with sqlite3.connect(reader.outbox.flow.archive.folder / "consilium.db") as database:
        database.execute("UPDATE report SET audit_record = replace(audit_record, '上叶', '下叶')")
    found = wrong(reader, released)
    assert "report differs from its record: text" in found
    assert "audit's signature does not fit the record" in found


def signed_and_audited(reader: Reader, text: ReportText | None = None) -> Report:
    """Signed by one, audited by another."""
    reader.judge(ReviewAction.ACCEPT)
    signed = reader.sign(finalising=Finalising.BY_AUDIT)
    assert wrong(reader, signed) == [], "whole while it waits for its audit"
    auditor, seal = person(reader.outbox.flow.archive, "ben", "本")
    with reader.outbox.flow.archive.write() as connection:
        released = audited(connection, Wall.person(auditor.id, None), reader.study, Auditing(auditor, text), seal)
    reader.outbox.encode()
    assert wrong(reader, released) == []
    return released


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE report SET audited_at = audited_at + 60", ["audit was at another time than its record says"]),
        ("UPDATE report SET audited_by = signed_by", ["audit is of another record", "audit's signature was not made"]),
        ("UPDATE report SET released_at = signed_at", ["report differs from its record: time of release"]),
        (
            TAKEN_OUT,
            ["audit is not there"],
        ),
        (f"{TAKEN_OUT}, audited_by = NULL, audited_at = NULL, released_at = signed_at", ["audit is not there"]),
        ("UPDATE report SET audit_record = replace(audit_record, 'T', 'U')", ["audit's signature does not fit"]),
    ],
)
def test_a_changed_audit_is_seen(reader: Reader, statement: str, expected: list[str]) -> None:
    released = signed_and_audited(reader)
    with sqlite3.connect(reader.outbox.flow.archive.folder / "consilium.db") as database:
        database.execute(statement)
    found = wrong(reader, released)
    for words in expected:
        assert any(each.startswith(words) for each in found), found


def test_every_version_of_a_chain_is_whole(reader: Reader) -> None:
    reader.judge(ReviewAction.ACCEPT)
    first = reader.sign("第一版")
    second = reader.sign("第二版")
    reader.outbox.encode()
    reader.withdraw()
    reader.outbox.encode()
    assert [wrong(reader, each) for each in (first, second)] == [[], []]


def test_another_reason_for_a_withdrawal_than_the_one_on_record_is_seen(reader: Reader, report: Report) -> None:
    reader.withdraw()
    reader.outbox.encode()
    assert wrong(reader, report) == []
    with sqlite3.connect(reader.outbox.flow.archive.folder / "consilium.db") as database:
        database.execute("UPDATE report SET why = '患者弄错吗'")
    assert wrong(reader, report) == ["history has another reason on record for report.withdraw than the report says"]


@pytest.mark.parametrize("kind", ["SR", "PDF", "KO"])
def test_a_document_that_is_gone_is_missed(reader: Reader, report: Report, kind: str) -> None:
    with sqlite3.connect(reader.outbox.flow.archive.folder / "consilium.db") as database:
        database.execute("DELETE FROM delivery WHERE result_id IN (SELECT id FROM result WHERE report_id IS NOT NULL)")
        database.execute("DELETE FROM result WHERE kind = ? AND report_id IS NOT NULL", (kind,))
    assert wrong(reader, report) == [f"{kind} is not there"]


def test_what_nobody_signed_cannot_be_verified(reader: Reader) -> None:
    with pytest.raises(NotSigned, match="no signed report"):
        verification.verified(reader.outbox.flow.archive, WALL, "0" * 32)


def test_the_command_ends_with_1_and_says_what_changed(reader: Reader, report: Report) -> None:
    run: Callable[..., object] = CliRunner().invoke
    arguments = ["report", "verify", report.id, "--data", str(reader.outbox.flow.archive.folder), "--json"]
    good = run(APP, arguments)
    assert (good.exit_code, json.loads(good.stdout)["whole"]) == (0, True)  # type: ignore[attr-defined]

    made = reader.documents(report)[ResultKind.PDF]
    changed(reader, made.hospital, made.object_name, -2)
    bad = run(APP, arguments)
    assert (bad.exit_code, json.loads(bad.stdout)["whole"]) == (1, False)  # type: ignore[attr-defined]


def test_versions_are_listed_for_whoever_asks_by_study(reader: Reader, report: Report) -> None:
    run = CliRunner().invoke(
        APP,
        ["report", "list", reader.study.study_instance_uid, "--data", str(reader.outbox.flow.archive.folder), "--json"],
    )
    (listed,) = json.loads(run.stdout)
    assert (listed["report"], listed["state"], listed["record_sha256"]) == (report.id, "released", report.record_sha256)
