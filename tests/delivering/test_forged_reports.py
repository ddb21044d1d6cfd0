"""What somebody changes in rows and objects, past the centre, `consilium report verify` tells: each trace by itself."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from pydicom import Dataset, dcmread
from typer.testing import CliRunner

from service.archive import signing_keys
from service.archive.document_seals import document_seal
from service.archive.objects import object_name
from service.archive.reports import Report
from service.archive.results import Result, ResultKind
from service.cli.main import APP
from service.dicom.part10 import split
from service.domain.hospital import Finalising
from service.domain.record import digest
from service.domain.report import ReportText
from service.domain.review import RejectionReason, ReviewAction
from service.domain.wall import Wall
from service.flow.report_audit import Auditing, audited
from service.signing import keys
from tests.delivering.conftest import Outbox
from tests.delivering.reader import SMALLER, Reader
from tests.delivering.test_verifying import person, released_by, seated, signer_of, wrong

NOT_OURS = "is not what this centre made of the report"
OTHERWISE = "says otherwise than what was signed"
OTHER_PASSWORD = "another password here"


@pytest.fixture
def reader(outbox: Outbox) -> Reader:
    return seated(outbox)


@pytest.fixture
def report(reader: Reader) -> Report:
    return released_by(reader)


@contextmanager
def rows(reader: Reader) -> Iterator[sqlite3.Connection]:
    """The database, as somebody has it who goes round the centre."""
    with closing(sqlite3.connect(reader.outbox.flow.archive.folder / "consilium.db")) as database, database:
        yield database


def put_instead(reader: Reader, made: Result, part10: bytes, *, with_key: bool = False) -> None:
    """Other bytes in a document's place, and its row with their hash; with_key: sealed anew by who has the key too."""
    archive = reader.outbox.flow.archive
    _, begin = split(part10)
    sha256 = hashlib.sha256(part10[begin:]).hexdigest()
    name = object_name(sha256, made.transfer_syntax_uid)
    archive.objects.store(made.hospital, part10, name)
    seal = made.seal
    if with_key:
        seal = document_seal(
            archive.installation.key,
            hospital=made.hospital,
            report_id=made.report_id or "",
            kind=made.kind.value,
            sop_instance_uid=made.sop_instance_uid,
            sha256=sha256,
            is_provisional=made.is_provisional,
        )
    with rows(reader) as database:
        changed = "UPDATE result SET sha256 = ?, object_name = ?, size_bytes = ?, seal = ? WHERE id = ?"
        database.execute(changed, (sha256, name, len(part10), seal, made.id))


def bytes_of(reader: Reader, made: Result) -> bytes:
    return reader.outbox.flow.archive.objects.load(made.hospital, made.object_name)


def corrected(reader: Reader) -> None:
    reader.judge(ReviewAction.CORRECT, said=SMALLER)


def rejected_and_added(reader: Reader) -> None:
    reader.judge(ReviewAction.REJECT, reason=RejectionReason.VESSEL)
    reader.judge(ReviewAction.ADD, said=SMALLER)


def rejected(reader: Reader) -> None:
    reader.judge(ReviewAction.REJECT, reason=RejectionReason.VESSEL)


@pytest.mark.parametrize("review", [corrected, rejected, rejected_and_added])
def test_whatever_the_reader_made_of_a_finding_the_documents_say_it(
    reader: Reader, review: Callable[[Reader], None]
) -> None:
    review(reader)
    released = reader.sign("右肺见一结节。\n  左肺清晰。 ", marked=1)
    reader.outbox.encode()
    assert wrong(reader, released) == []


@pytest.mark.parametrize(
    ("kind", "was", "says", "told"),
    [
        (ResultKind.SR, "右肺见一结节".encode(), "左肺见一结节".encode(), f"{NOT_OURS}; {OTHERWISE}: findings"),
        (ResultKind.PDF, b"%%EOF", b"%%EOX", NOT_OURS),
        (ResultKind.KEY_IMAGES, "最大层面".encode(), "最小层面".encode(), NOT_OURS),
    ],
)
def test_another_document_in_its_place_is_seen_though_its_row_was_changed_with_it(
    reader: Reader, report: Report, kind: ResultKind, was: bytes, says: bytes, told: str
) -> None:
    made = reader.documents(report)[kind]
    ours = bytes_of(reader, made)
    assert was in ours
    put_instead(reader, made, ours.replace(was, says))
    assert wrong(reader, report) == [f"{kind.value} {made.sop_instance_uid} {told}"]


def test_a_document_without_a_seal_is_nobodys(reader: Reader, report: Report) -> None:
    made = reader.documents(report)[ResultKind.PDF]
    with rows(reader) as database:
        database.execute("UPDATE result SET seal = NULL WHERE id = ?", (made.id,))
    assert wrong(reader, report) == [f"PDF {made.sop_instance_uid} {NOT_OURS}"]


def other_words(document: Dataset) -> None:
    (item,) = (each for each in _items(document) if _code(each) == "121073")
    item.TextValue = "未见异常"


def other_name(document: Dataset) -> None:
    document.PatientName = "Other^Patient"


def other_id(document: Dataset) -> None:
    document.PatientID = "OTHER"


def other_finding(document: Dataset) -> None:
    (item,) = (each for each in _items(document) if _code(each) == "121071" and each.ValueType == "CODE")
    item.ConceptCodeSequence[0].CodeValue = "4147007"


def no_finding(document: Dataset) -> None:
    for item in (document, *_items(document)):
        kept = [each for each in item.get("ContentSequence", ()) if _code(each) != "125007"]
        if "ContentSequence" in item:
            item.ContentSequence = kept


def _items(item: Dataset) -> Iterator[Dataset]:
    for each in item.get("ContentSequence", ()):
        yield each
        yield from _items(each)


def _code(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeValue) if "ConceptNameCodeSequence" in item else ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_words, "impression"),
        (other_name, "patient's name"),
        (other_id, "patient ID"),
        (other_finding, "coded findings"),
        (no_finding, "coded findings"),
    ],
)
def test_an_sr_that_says_something_else_is_seen_even_where_the_installations_key_sealed_it(
    reader: Reader, report: Report, change: Callable[[Dataset], None], said: str
) -> None:
    made = reader.documents(report)[ResultKind.SR]
    document = reader.document(report, ResultKind.SR)
    change(document)
    stream = io.BytesIO()
    document.save_as(stream, enforce_file_format=True)
    assert dcmread(io.BytesIO(stream.getvalue())).SOPInstanceUID == made.sop_instance_uid
    put_instead(reader, made, stream.getvalue(), with_key=True)
    assert wrong(reader, report) == [f"SR {made.sop_instance_uid} {OTHERWISE}: {said}"]


@pytest.mark.parametrize("state", ["withdrawn", "draft", "amended"])
def test_a_state_that_nobody_brought_about_is_seen(reader: Reader, report: Report, state: str) -> None:
    with rows(reader) as database:
        database.execute("UPDATE report SET state = ?", (state,))
    (found,) = wrong(reader, report)
    assert found.startswith(f"history ends with released, the report says {state}")


OF_THE_NOTE = "SELECT id FROM result WHERE kind = 'KO-withdrawn'"
NO_NOTE = f"DELETE FROM delivery WHERE result_id IN ({OF_THE_NOTE}); DELETE FROM result WHERE kind = 'KO-withdrawn';"


def withdrawn(reader: Reader, report: Report) -> None:
    reader.withdraw()
    reader.outbox.encode()
    assert wrong(reader, report) == []


def test_the_note_of_a_withdrawal_is_missed(reader: Reader, report: Report) -> None:
    withdrawn(reader, report)
    with rows(reader) as database:
        database.executescript(NO_NOTE)
    assert wrong(reader, report) == ["KO-withdrawn is not there"]


def test_a_withdrawn_report_does_not_become_released_again(reader: Reader, report: Report) -> None:
    withdrawn(reader, report)
    with rows(reader) as database:
        database.executescript(f"{NO_NOTE} UPDATE report SET state = 'released', why = NULL;")
    history, note = wrong(reader, report)
    assert history == (
        "history ends with withdrawn, the report says released;"
        " has report.withdraw as the last act on record, the report says released"
    )
    assert note == "KO-withdrawn is not there"


@pytest.mark.parametrize(
    ("table", "other"),
    [
        ("event WHERE kind IN ('report.withdrawn', 'result.encoded')", "has report.withdraw as the last act on record"),
        ("audit WHERE action = 'report.withdraw'", "ends with withdrawn"),
    ],
)
def test_either_trail_alone_remembers_a_withdrawal(reader: Reader, report: Report, table: str, other: str) -> None:
    withdrawn(reader, report)
    with rows(reader) as database:
        database.executescript(f"{NO_NOTE} UPDATE report SET state = 'released', why = NULL; DELETE FROM {table}")
    assert any(each.startswith(f"history {other}") for each in wrong(reader, report))


def test_who_signs_anew_with_another_key_is_seen(reader: Reader) -> None:
    """Somebody with the database, who makes a key for a person, cannot put other words under their name."""
    reader.judge(ReviewAction.ACCEPT)
    report = reader.sign()
    with reader.outbox.flow.archive.write() as connection:
        keys.make_key(connection, Wall.operator(), str(report.signed_by), OTHER_PASSWORD)
        forged = signing_keys.of_user(connection, str(report.signed_by))
        assert forged is not None
        record = (report.record or "").replace("右肺见一结节", "左肺见一结节")
        signed = signer_of(forged, OTHER_PASSWORD).sign(record.encode())
        connection.exec_driver_sql(
            "UPDATE report SET record = ?, record_sha256 = ?, signature = ?, signing_key = ?,"
            " findings_text = replace(findings_text, '右肺见一结节', '左肺见一结节')",
            (record, digest(record.encode()), signed.text, signed.key_id),
        )
    reader.outbox.encode()

    history, signature = wrong(reader, report)
    assert history == "history has no act on record by which its signer signed this record"
    assert signature.startswith(f"signature was made with key {forged.id} of ")
    assert signature.endswith(", which is younger than the signature")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit WHERE action = 'signing-key.make'",
        "UPDATE audit SET detail = replace(detail, 'sk', 'sx') WHERE action = 'signing-key.make'",
    ],
)
def test_a_key_that_nobody_is_on_record_to_have_made_proves_nothing(
    reader: Reader, report: Report, statement: str
) -> None:
    with rows(reader) as database:
        database.execute(statement)
    (found,) = wrong(reader, report)
    assert found.endswith(", whose making is not on record")


def test_another_public_half_under_an_old_keys_name_is_seen(reader: Reader, report: Report) -> None:
    archive = reader.outbox.flow.archive
    with archive.write() as connection:
        keys.make_key(connection, Wall.operator(), str(report.signed_by), OTHER_PASSWORD)
        forged = signing_keys.of_user(connection, str(report.signed_by))
        assert forged is not None
        signature = signer_of(forged, OTHER_PASSWORD).sign((report.record or "").encode()).text
        connection.exec_driver_sql(
            "UPDATE signing_key SET public_key = ? WHERE id = ?", (forged.public_key, report.signing_key)
        )
        connection.exec_driver_sql("UPDATE report SET signature = ?", (signature,))
    (found,) = wrong(reader, report)
    assert found.endswith(", whose making is not on record")


@pytest.mark.parametrize("text", ["", "x", "{}", '{"text": {"findings": 3}}'])
def test_an_audit_that_is_no_record_is_told_and_all_else_is_looked_at(reader: Reader, text: str) -> None:
    reader.judge(ReviewAction.ACCEPT)
    reader.sign(finalising=Finalising.BY_AUDIT)
    auditor, seal = person(reader.outbox.flow.archive, "ben", "本")
    with reader.outbox.flow.archive.write() as connection:
        released = audited(connection, Wall.person(auditor.id, None), reader.study, Auditing(auditor), seal)
    reader.outbox.encode()
    with rows(reader) as database:
        database.execute("UPDATE report SET audit_record = ?", (text,))

    folder = str(reader.outbox.flow.archive.folder)
    run = CliRunner().invoke(APP, ["report", "verify", released.id, "--data", folder, "--json"])
    seen = json.loads(run.stdout)["seen"]
    assert run.exit_code == 1
    assert {"ok": False, "what": "audit is no record of an audit"} in seen
    assert {"ok": False, "what": "audit's signature does not fit the record"} in seen
    assert sum(each["ok"] and each["what"].startswith("image ") for each in seen) == len(
        reader.outbox.flow.images(reader.study)
    )


def test_the_words_of_an_auditor_are_what_the_sr_has_to_say(reader: Reader) -> None:
    reader.judge(ReviewAction.ACCEPT)
    reader.sign(finalising=Finalising.BY_AUDIT)
    auditor, seal = person(reader.outbox.flow.archive, "ben", "本")
    with reader.outbox.flow.archive.write() as connection:
        auditing = Auditing(auditor, ReportText("右肺上叶结节。", "结节", ""))
        released = audited(connection, Wall.person(auditor.id, None), reader.study, auditing, seal)
    reader.outbox.encode()
    assert wrong(reader, released) == []

    made = reader.documents(released)[ResultKind.SR]
    other = bytes_of(reader, made).replace("右肺上叶结节".encode(), "右肺下叶结节".encode())
    put_instead(reader, made, other, with_key=True)
    assert wrong(reader, released) == [f"SR {made.sop_instance_uid} {OTHERWISE}: findings"]
