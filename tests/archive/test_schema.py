"""The steps of the schema lead to the tables the code works with; an older version leaves a newer archive alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import IntegrityError

from service.archive import migrations, query, results, signing_keys, users
from service.archive.document_seals import document_seal
from service.archive.matches import Level
from service.archive.matching import NameLike
from service.archive.query import Query
from service.archive.reading_tables import EXAMINATION
from service.archive.schema import METADATA
from service.archive.store import Archive, ArchiveTooNew, ArchiveUnavailable
from service.archive.tables import ANALYSIS, FINDING, HOSPITAL, PACKAGE_RULE, STUDY
from service.dicom.attributes import Tag
from service.domain.licence import IMAGING
from service.domain.visibility import Unsigned
from service.domain.wall import HospitalId, Wall

A_RESULT_SENT = """
INSERT INTO hospital (id, name, language, release_pacs, release_his, created_at, audit_asked)
  VALUES ('h', 'H', 'en', 'never', 'never', 0, 0);
INSERT INTO peer (id, hospital_id, channel) VALUES ('p', 'h', 'pacs');
INSERT INTO study (id, hospital_id, study_instance_uid, state, revision, dispatched_revision, patient_id,
    patient_id_issuer, patient_name, patient_birth_date, patient_sex, accession_number, study_date, study_time,
    study_description, study_identifier, referring_physician_name, identity_conflict, instance_count, image_count,
    calling_ae, first_received_at, quiet_since, largest_gap_s, completion_called)
  VALUES (1, 'h', '1.2', 'complete', 1, 1, '', '', '', '', '', '', '', '', '', '', '', 0, 1, 1, 'A', 0, 0, 0, 0);
INSERT INTO analysis (id, hospital_id, study_id, revision, package, package_version, package_digest, fingerprint, run,
    urgency, state, selection, attempt, progress, created_at)
  VALUES ('a', 'h', 1, 1, 'ct', '1', 'd', 'f', 1, 1, 'concluded', '[]', 1, 1, 0);
INSERT INTO encode_step (id, hospital_id, analysis_id, what, state, attempt) VALUES (1, 'h', 'a', 'objects', 'done', 1);
INSERT INTO result (id, hospital_id, analysis_id, kind, sop_class_uid, sop_instance_uid, series_instance_uid,
    transfer_syntax_uid, sha256, object_name, size_bytes, signed, created_at)
  VALUES ('r', 'h', 'a', 'SR', '1.1', '1.3', '1.4', '1.5', 's', 'o', 7, 0, 0);
INSERT INTO delivery (id, hospital_id, peer_id, channel, result_id, study_id, identity, rank, state, attempt,
    created_at)
  VALUES ('d', 'h', 'p', 'pacs', 'r', 1, '1.3', 1, 'delivered', 1, 0);
"""


@contextmanager
def archive_of_schema(folder: Path, revision: str) -> Iterator[Connection]:
    """The database as the version that ended with this revision left it."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(f"sqlite:///{folder / 'consilium.db'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        yield connection
    engine.dispose()


def test_a_fresh_archive_has_exactly_the_tables_of_the_code(archive: Archive) -> None:
    with archive.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)

    assert differences == []


def test_event_numbers_are_never_used_again(archive: Archive) -> None:
    with sqlite3.connect(archive.folder / "consilium.db") as database:
        (made,) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'event'").fetchone()

    assert "AUTOINCREMENT" in made


def test_an_archive_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Archive(tmp_path).close()
    with sqlite3.connect(tmp_path / "consilium.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(ArchiveTooNew, match="newer version"):
        Archive(tmp_path)


def test_studies_of_a_former_version_are_found_by_any_writing_of_their_names(tmp_path: Path) -> None:
    with archive_of_schema(tmp_path, "0002") as connection:
        names = {"name": "H", "language": "zh-CN", "release_pacs": "never", "release_his": "never"}
        connection.execute(HOSPITAL.insert(), [{"id": each, "created_at": 0.0, **names} for each in ("h1", "h2")])
        study = {"state": "complete", "revision": 1, "first_received_at": 0.0, "quiet_since": 0.0}
        connection.execute(
            STUDY.insert(),
            [
                {
                    "hospital_id": "h2" if number == 7 else "h1",
                    "study_instance_uid": f"1.2.{number}",
                    "patient_name": "=單^雄信" if number % 1000 == 7 else "Doe^John",
                    "referring_physician_name": "",
                    **study,
                }
                for number in range(2500)
            ],
        )

    opened = Archive(tmp_path)

    wanted = Query(HospitalId("h1"), Level.STUDY, {Tag.PATIENT_NAME: NameLike("shan^*")}, unsigned=Unsigned.SHOWN)
    with opened.read() as connection:
        hits = list(query.search(connection, Wall.operator(), wanted, offset=0, limit=10))
    opened.close()
    assert [hit.values[Tag.STUDY_INSTANCE_UID] for hit in hits] == ["1.2.2007", "1.2.1007"]


def test_results_of_a_former_version_and_what_refers_to_them_are_kept(tmp_path: Path) -> None:
    with archive_of_schema(tmp_path, "0008") as connection:
        for statement in filter(str.strip, A_RESULT_SENT.split(";")):
            connection.exec_driver_sql(statement)

    opened = Archive(tmp_path)

    with opened.write() as connection:
        (kept,) = results.of_analysis(connection, Wall.operator(), "a")
        assert (kept.id, kept.report_id, kept.size_bytes) == ("r", None, 7)
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            connection.exec_driver_sql("DELETE FROM result WHERE id = 'r'")
        with pytest.raises(IntegrityError, match="CHECK"):
            connection.exec_driver_sql("UPDATE result SET analysis_id = NULL")
    opened.close()


A_REPORT_SENT = """
INSERT INTO report (id, hospital_id, study_id, version, state, edition, author, changed_by, language, template,
    findings_text, impression_text, advice_text, key_images, created_at, changed_at)
  VALUES ('v', 'h', 1, 1, 'released', 1, 'u', 'u', 'en', '', '', '', '', '[]', 0, 0);
INSERT INTO result (id, hospital_id, report_id, kind, sop_class_uid, sop_instance_uid, series_instance_uid,
    transfer_syntax_uid, sha256, object_name, size_bytes, signed, created_at)
  VALUES ('s', 'h', 'v', 'PDF', '1.1', '1.6', '1.7', '1.5', 's', 'o', 7, 1, 0);
INSERT INTO user (id, login, name, roles, language, password_hash, must_change_password, is_demo, created_at)
  VALUES ('u', 'anna', 'Anna', '[]', 'en', '', 0, 0, 0);
INSERT INTO signing_key (id, user_id, public_key, created_at) VALUES ('k', 'u', x'00', 0);
"""


def test_documents_and_keys_of_a_former_version_are_sealed_and_put_on_record_once(tmp_path: Path) -> None:
    with archive_of_schema(tmp_path, "0026") as connection:
        former = A_RESULT_SENT.replace(", audit_asked)", ")").replace("'never', 0, 0)", "'never', 0)")
        for statement in filter(str.strip, f"{former}{A_REPORT_SENT}".split(";")):
            connection.exec_driver_sql(statement)

    opened = Archive(tmp_path)

    with opened.read() as connection:
        (ours,) = results.of_analysis(connection, Wall.operator(), "a")
        (document,) = results.of_report(connection, Wall.operator(), "v")
        key = signing_keys.get(connection, "k")
        assert key is not None
        assert signing_keys.is_on_record(connection, Wall.operator(), key)
    named = {"hospital": "h", "report_id": "v", "kind": "PDF", "sop_instance_uid": "1.6", "sha256": "s"}
    sealed = document_seal(opened.installation.key, **named, is_provisional=False)
    assert (ours.seal, document.seal) == (None, sealed)
    opened.close()


def test_a_database_without_its_key_is_not_opened(tmp_path: Path) -> None:
    Archive(tmp_path).close()
    (tmp_path / "secrets" / "installation.key").unlink()

    with pytest.raises(ArchiveUnavailable, match="key"):
        Archive(tmp_path)


def test_the_key_is_readable_by_its_owner_only_and_stays_the_same(tmp_path: Path) -> None:
    first = Archive(tmp_path)
    uid = first.installation.uid
    first.close()
    key = tmp_path / "secrets" / "installation.key"

    again = Archive(tmp_path)

    assert key.stat().st_mode & 0o077 == 0
    assert again.installation.uid == uid
    again.close()


@pytest.mark.parametrize(
    ("scope", "named"), [("医学影像和放射治疗专业", False), ("Radiology", False), ("", True), ("外科专业", True)]
)
def test_whoever_signed_with_a_scope_of_a_former_version_signs_on(tmp_path: Path, scope: str, named: bool) -> None:
    with archive_of_schema(tmp_path, "0013") as connection:
        connection.exec_driver_sql(
            "INSERT INTO user (id, login, name, roles, language, licence_number, licence_scope, licence_title,"
            " password_hash, must_change_password, is_demo, created_at)"
            " VALUES ('u', 'anna', 'Anna', '[\"radiologist\"]', 'en', '1105', ?, '', '', 0, 0, 0)",
            (scope,),
        )
    archive = Archive(tmp_path)
    try:
        with archive.read() as connection:
            licence = users.get(connection, "u").licence
    finally:
        archive.close()
    assert licence is not None
    assert (licence.covers >= IMAGING, licence.modalities is not None) == (True, named)


def test_rows_of_a_former_version_take_back_what_they_told_of_a_second_reader(tmp_path: Path) -> None:
    cases = [  # the word, what came of the package that is kept back and of the other; then word and score as they are
        (("findings", "findings", None), ("analysed", None)),
        (("findings", "findings", "no_finding"), ("analysed", None)),
        (("findings", "findings", "findings"), ("findings", 0.4)),
        (("no_finding", "no_finding", None), ("analysed", None)),
        (("reading", "findings", None), ("reading", None)),
        (("findings", None, "findings"), ("findings", 0.9)),
    ]
    with archive_of_schema(tmp_path, "0028") as connection:
        names = {"name": "H", "language": "zh-CN", "release_pacs": "never", "release_his": "never"}
        connection.execute(HOSPITAL.insert().values(id="h", created_at=0.0, **names))
        for package, mode in (("kept", "second-reader"), ("open", "concurrent")):
            ruled = {"package": package, "modalities": [], "reading_mode": mode}
            connection.execute(PACKAGE_RULE.insert().values(hospital_id="h", **ruled))
        for study, ((word, *outcomes), _) in enumerate(cases, start=1):
            listed(connection, study, word)
            for package, outcome, score in zip(("kept", "open"), outcomes, (0.9, 0.4), strict=True):
                if outcome is not None:
                    read(connection, study, package, outcome, score)

    Archive(tmp_path).close()

    with sqlite3.connect(tmp_path / "consilium.db") as database:
        rows = database.execute("SELECT word, score, score_rank FROM examination ORDER BY study_id").fetchall()
    assert [row[:2] for row in rows] == [after for _, after in cases]
    assert [row[2] for row in rows] == [-(score or 0.0) for _, score, _ in rows]


def listed(connection: Connection, study: int, word: str) -> None:
    """A study with its row in the worklist, which stands there by a score of 0.9."""
    arrived = {"state": "complete", "revision": 1, "first_received_at": 0.0, "quiet_since": 0.0}
    connection.execute(STUDY.insert().values(id=study, hospital_id="h", study_instance_uid=f"1.2.{study}", **arrived))
    rank = {"score": 0.9, "class_rank": 2, "urgency_rank": 2, "score_rank": -0.9, "waiting_since": 0.0}
    row = {"word": word, "is_open": True, "modality": "CT", "changed_at": 0.0, **rank}
    connection.execute(EXAMINATION.insert().values(study_id=study, hospital_id="h", **row))


def read(connection: Connection, study: int, package: str, outcome: str, score: float) -> None:
    """A package has read a study, and found one thing or nothing."""
    about = {"package": package, "package_version": "1", "package_digest": "d", "fingerprint": "f", "selection": []}
    done = {"revision": 1, "run": 1, "urgency": 1, "state": "concluded", "outcome": outcome, "created_at": 0.0}
    name = f"{package} {study}"
    connection.execute(ANALYSIS.insert().values(id=name, hospital_id="h", study_id=study, **about, **done))
    if outcome == "findings":
        codes = {f"{of}_{part}": "x" for of in ("code", "site") for part in ("value", "scheme", "meaning")}
        said = {"number": 1, "presence": "present", "probability": score, "tracking_uid": "2.25.1", **codes}
        connection.execute(FINDING.insert().values(id=name, hospital_id="h", analysis_id=name, **said))
