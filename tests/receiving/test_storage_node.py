"""What a sender is told is true: Success means durable and indexed, everything else says why and keeps nothing."""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid
from pynetdicom import AE
from sqlalchemy import event

from dicom_node.node import MAX_ASSOCIATIONS_A_SENDER
from service.archive import events, hospitals, instances, quarantine, studies
from service.archive.quarantine import QuarantineState
from service.archive.studies import StudyFilter
from service.dicom.part10 import NotPart10
from service.domain.wall import HospitalId, Wall
from service.flow.bell import SilentBell, Step
from service.flow.quarantine import accept, discard
from tests.receiving.conftest import CALLED_AE, Listening
from tests.support.centre import until
from tests.support.sender import Answer, association, data_set_of, store
from tests.support.series import CT, write_series

WALL = Wall.operator()


def send(listening: Listening, calling_ae: str, *paths: Path) -> list[Answer]:
    """The files over one association, as their bytes."""
    contents = [data_set_of(path) for path in paths]
    return send_bytes(listening, calling_ae, *contents)


def send_bytes(listening: Listening, calling_ae: str, *contents: tuple[bytes, str, str, str]) -> list[Answer]:
    contexts = [(sop_class, syntax) for _, sop_class, _, syntax in contents]
    with association(
        "127.0.0.1", listening.port, calling_ae=calling_ae, called_ae=CALLED_AE, contexts=contexts
    ) as opened:
        return [
            store(opened, data, sop_class_uid=sop_class, sop_instance_uid=instance, transfer_syntax_uid=syntax)
            for data, sop_class, instance, syntax in contents
        ]


def held(listening: Listening) -> int:
    with listening.archive.read() as connection:
        return sum(study.instance_count for study in studies.listed(connection, WALL, StudyFilter(), 1000))


def parts_left(listening: Listening) -> int:
    return len(list((listening.archive.folder / "incoming").iterdir()))


def test_success_means_that_row_and_bytes_are_there(listening: Listening, tmp_path: Path) -> None:
    hospital = listening.hospital("CT1")
    study_uid, paths = write_series(tmp_path / "files", count=3)

    answers = send(listening, "CT1", *paths)

    assert [answer.status for answer in answers] == [0, 0, 0]
    for path in paths:
        data_set, _, sop_instance, _ = data_set_of(path)
        with listening.archive.read() as connection:
            stored = instances.by_uid(connection, WALL, hospital, sop_instance)
        assert stored is not None
        assert stored.study_instance_uid == study_uid
        assert listening.archive.objects.load(hospital, stored.object_name).endswith(data_set)
    assert parts_left(listening) == 0
    until(lambda: Step.COMPLETE in listening.bell.rung, 10, lambda: listening.bell.rung)


def test_an_unknown_caller_is_rejected_with_the_reason_of_the_standard(listening: Listening) -> None:
    listening.hospital("CT1")

    for calling, called, diagnostic in (("NOBODY", CALLED_AE, 3), ("CT1", "OTHER", 7)):
        ae = AE(ae_title=calling)
        ae.add_requested_context(CT)
        opened = ae.associate("127.0.0.1", listening.port, ae_title=called)
        assert opened.is_rejected
        answer = opened.acceptor.primitive
        assert (answer.result, answer.result_source, answer.diagnostic) == (1, 1, diagnostic)


def test_a_removed_hospital_is_rejected_at_once(listening: Listening) -> None:
    hospital = listening.hospital("CT1")
    with listening.archive.write() as connection:
        hospitals.remove(connection, WALL, hospital)

    ae = AE(ae_title="CT1")
    ae.add_requested_context(CT)
    assert ae.associate("127.0.0.1", listening.port, ae_title=CALLED_AE).is_rejected


def test_echo_answers_and_services_that_are_not_storage_are_refused_by_context(listening: Listening) -> None:
    listening.hospital("CT1")
    ae = AE(ae_title="CT1")
    ae.add_requested_context("1.2.840.10008.1.1")
    ae.add_requested_context("1.2.840.10008.5.1.4.1.2.2.1")
    ae.add_requested_context("1.2.840.10008.5.1.4.31")
    ae.add_requested_context("1.2.840.10008.1.3.10")
    ae.add_requested_context(CT, "1.2.3.4")
    ae.add_requested_context("1.2.3.4.5.6.7.8")
    opened = ae.associate("127.0.0.1", listening.port, ae_title=CALLED_AE)

    assert opened.send_c_echo().Status == 0
    assert {str(context.abstract_syntax) for context in opened.accepted_contexts} == {
        "1.2.840.10008.1.1",
        "1.2.3.4.5.6.7.8",
    }
    opened.release()


def test_more_associations_than_one_sender_may_hold_are_told_to_come_later(listening: Listening) -> None:
    listening.hospital("CT1")
    ae = AE(ae_title="CT1")
    ae.add_requested_context(CT)
    opened = [
        ae.associate("127.0.0.1", listening.port, ae_title=CALLED_AE) for _ in range(MAX_ASSOCIATIONS_A_SENDER + 1)
    ]

    assert [each.is_established for each in opened] == [True] * MAX_ASSOCIATIONS_A_SENDER + [False]
    last = opened[-1].acceptor.primitive
    assert (last.result, last.result_source, last.diagnostic) == (2, 3, 2)
    for each in opened[:-1]:
        each.release()


def test_the_same_bytes_again_are_success_and_change_nothing(listening: Listening, tmp_path: Path) -> None:
    listening.hospital("CT1")
    _, paths = write_series(tmp_path / "files", count=2)
    send(listening, "CT1", *paths)

    again = send(listening, "CT1", *paths)

    assert [answer.status for answer in again] == [0, 0]
    assert held(listening) == 2


def conflicting(path: Path) -> tuple[bytes, str, str, str]:
    """The same SOP Instance UID with other pixels."""
    data_set, sop_class, sop_instance, syntax = data_set_of(path)
    return data_set[:-2] + bytes([data_set[-2] ^ 1]) + data_set[-1:], sop_class, sop_instance, syntax


def test_other_bytes_under_a_held_uid_are_kept_in_quarantine_and_the_first_stay(
    listening: Listening, tmp_path: Path
) -> None:
    hospital = listening.hospital("CT1")
    _, (path,) = write_series(tmp_path / "files", count=1)
    send(listening, "CT1", path)
    rival = conflicting(path)

    answers = send_bytes(listening, "CT1", rival, rival)

    assert [answer.status for answer in answers] == [0xC111, 0xC111]
    with listening.archive.read() as connection:
        entries = quarantine.listed(connection, WALL, list(QuarantineState))
        served = instances.by_uid(connection, WALL, hospital, rival[2])
    assert len(entries) == 1, "the same rival twice is one entry"
    assert listening.archive.objects.load(hospital, entries[0].data_set.object_name).endswith(rival[0])
    assert served is not None
    assert listening.archive.objects.load(hospital, served.object_name).endswith(data_set_of(path)[0])


def test_accepting_a_quarantined_data_set_serves_it_and_keeps_the_former_in_quarantine(
    listening: Listening, tmp_path: Path
) -> None:
    hospital = listening.hospital("CT1")
    study_uid, (path,) = write_series(tmp_path / "files", count=1)
    send(listening, "CT1", path)
    rival = conflicting(path)
    send_bytes(listening, "CT1", rival)
    with listening.archive.read() as connection:
        (entry,) = quarantine.listed(connection, WALL, [QuarantineState.HELD])

    accept(listening.archive, WALL, SilentBell(), entry.id)

    with listening.archive.read() as connection:
        served = instances.by_uid(connection, WALL, hospital, rival[2])
        (former,) = quarantine.listed(connection, WALL, [QuarantineState.HELD])
        study = studies.by_uid(connection, WALL, hospital, study_uid)
    assert served is not None
    assert listening.archive.objects.load(hospital, served.object_name).endswith(rival[0])
    assert listening.archive.objects.load(hospital, former.data_set.object_name).endswith(data_set_of(path)[0])
    assert study is not None
    assert study.revision == 2


def test_a_discarded_data_set_is_not_held_again(listening: Listening, tmp_path: Path) -> None:
    hospital = listening.hospital("CT1")
    _, (path,) = write_series(tmp_path / "files", count=1)
    send(listening, "CT1", path)
    rival = conflicting(path)
    send_bytes(listening, "CT1", rival)
    with listening.archive.read() as connection:
        (entry,) = quarantine.listed(connection, WALL, [QuarantineState.HELD])

    discard(listening.archive, WALL, entry.id)
    (answer,) = send_bytes(listening, "CT1", rival)

    assert answer.status == 0xC111
    with listening.archive.read() as connection:
        assert quarantine.listed(connection, WALL, [QuarantineState.HELD]) == ()
        assert instances.by_uid(connection, WALL, hospital, rival[2]) is not None


def test_two_hospitals_hold_the_same_uids_and_share_nothing(listening: Listening, tmp_path: Path) -> None:
    one, other = listening.hospital("CT1"), listening.hospital("CT2")
    study_uid, (path,) = write_series(tmp_path / "files", count=1)
    send(listening, "CT1", path)
    rival = conflicting(path)

    (answer,) = send_bytes(listening, "CT2", rival)

    assert answer.status == 0
    with listening.archive.read() as connection:
        first = instances.by_uid(connection, Wall(frozenset({one}), WALL.role, "t"), one, rival[2])
        second = instances.by_uid(connection, Wall(frozenset({other}), WALL.role, "t"), other, rival[2])
        through = instances.by_uid(connection, Wall(frozenset({one}), WALL.role, "t"), other, rival[2])
    assert first is not None
    assert second is not None
    assert first.sha256 != second.sha256
    assert through is None
    assert study_uid == first.study_instance_uid == second.study_instance_uid


def test_a_second_patient_under_one_study_is_stored_and_waits_for_a_person(
    listening: Listening, tmp_path: Path
) -> None:
    hospital = listening.hospital("CT1")
    study_uid, one = write_series(tmp_path / "one", count=1, patient_id="P1")
    _, other = write_series(tmp_path / "other", count=1, patient_id="P2", study_uid=study_uid)

    answers = send(listening, "CT1", *one, *other)

    assert [answer.status for answer in answers] == [0, 0]
    with listening.archive.read() as connection:
        study = studies.by_uid(connection, WALL, hospital, study_uid)
        assert study is not None
        kinds = [event.kind.value for event in events.of_study(connection, WALL, study.id)]
    assert study.identity_conflict
    assert "study.identity_conflict" in kinds


def test_a_data_set_cut_anywhere_is_refused_and_leaves_nothing(listening: Listening, tmp_path: Path) -> None:
    listening.hospital("CT1")
    _, (path,) = write_series(tmp_path / "files", count=1)
    data_set, sop_class, sop_instance, syntax = data_set_of(path)
    chance = random.Random(5)
    cuts = [len(data_set) * share // 100 & ~1 for share in (1, 10, 50, 90, 99)]
    cuts += [chance.randrange(2, len(data_set) - 2) & ~1 for _ in range(40)]

    answers = send_bytes(listening, "CT1", *((data_set[:cut], sop_class, sop_instance, syntax) for cut in cuts))

    assert all(answer.status in {0xC001, 0xC000, 0xA900} for answer in answers), answers
    assert all(answer.comment and len(answer.comment) <= 64 for answer in answers)
    assert held(listening) == 0
    assert parts_left(listening) == 0
    (whole,) = send(listening, "CT1", path)
    assert whole.status == 0


@pytest.mark.parametrize("uid", ["../../x", "1.2.3/../../4", "", "1..2", "1.2.a", "9" * 65])
def test_an_illegal_uid_never_becomes_a_file(listening: Listening, tmp_path: Path, uid: str) -> None:
    listening.hospital("CT1")
    _, (path,) = write_series(tmp_path / "files", count=1)
    header = dcmread(path)
    header.add_new("StudyInstanceUID", "UI", uid)
    header.save_as(tmp_path / "bad.dcm", enforce_file_format=True)

    (answer,) = send(listening, "CT1", tmp_path / "bad.dcm")

    assert answer.status == 0xA900
    assert "Study Instance UID" in answer.comment
    assert held(listening) == 0
    names = {each.name for each in listening.archive.folder.rglob("*") if each.is_file()}
    assert not any(name == "x" or ".." in name for name in names)


def test_a_data_set_that_is_not_the_commands_is_refused(listening: Listening, tmp_path: Path) -> None:
    listening.hospital("CT1")
    _, (path,) = write_series(tmp_path / "files", count=1)
    data_set, sop_class, _, syntax = data_set_of(path)

    (answer,) = send_bytes(listening, "CT1", (data_set, sop_class, generate_uid(), syntax))

    assert answer.status == 0xA900
    assert held(listening) == 0


def test_a_nearly_full_disk_asks_the_sender_to_come_later(listening: Listening, tmp_path: Path) -> None:
    listening.hospital("CT1")
    _, (path,) = write_series(tmp_path / "files", count=1)
    listening.node._receiver._watermark_bytes = 1 << 60

    (answer,) = send(listening, "CT1", path)

    assert answer.status == 0xA700
    assert "disk" in answer.comment
    assert held(listening) == 0


def test_a_locked_database_asks_the_sender_to_come_later_and_then_works_again(
    listening: Listening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening.hospital("CT1")
    _, paths = write_series(tmp_path / "files", count=2)
    send(listening, "CT1", paths[0])
    monkeypatch.setattr("service.archive.store.BUSY_TIMEOUT_S", 0.2)
    rival = sqlite3.connect(listening.archive.folder / "consilium.db", isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")

    (answer,) = send(listening, "CT1", paths[1])
    rival.execute("ROLLBACK")
    rival.close()
    (again,) = send(listening, "CT1", paths[1])

    assert answer.status == 0xA700
    assert "database" in answer.comment
    assert again.status == 0
    assert held(listening) == 2


def test_a_database_without_room_asks_the_sender_to_come_later_and_then_works_again(
    listening: Listening, tmp_path: Path
) -> None:
    listening.hospital("CT1")
    _, paths = write_series(tmp_path / "files", count=2)
    send(listening, "CT1", paths[0])
    bounded = _bounded_to_its_pages(listening)

    answers = [send(listening, "CT1", *write_series(tmp_path / str(n), count=8)[1])[-1] for n in range(4)]
    bounded.clear()
    (again,) = send(listening, "CT1", paths[1])

    assert answers[-1].status == 0xA700, answers
    assert "database" in answers[-1].comment
    assert again.status == 0


def _bounded_to_its_pages(listening: Listening) -> list[int]:
    """Let the database not grow, as on a full disk, until the returned list is emptied."""
    with listening.archive.read() as connection:
        bounds = [int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())]

    def bound(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {bounds[0] if bounds else 1 << 30}")

    event.listen(listening.archive._writer, "checkout", bound)
    return bounds


def test_eight_associations_at_once_store_everything(listening: Listening, tmp_path: Path) -> None:
    listening.hospital("CT1")
    _, paths = write_series(tmp_path / "files", count=40)
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda part=part: answers.extend(send(listening, "CT1", *paths[part::8])))
        for part in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status for answer in answers] == [0] * 40
    assert held(listening) == 40


def stored_by_dcmtk(listening: Listening, folder: Path) -> int:
    listening.hospital("STORESCU")
    write_series(folder, count=10)
    command = ["/usr/bin/storescu", "-aet", "STORESCU", "-aec", CALLED_AE, "+sd", "127.0.0.1", str(listening.port)]
    sent = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    assert sent.returncode == 0, sent.stderr
    return held(listening)


@pytest.mark.system
def test_dcmtk_stores_a_study(listening: Listening, tmp_path: Path) -> None:
    assert stored_by_dcmtk(listening, tmp_path / "files") == 10


@pytest.fixture
def thousand_descriptors() -> Iterator[None]:
    """All that select(2) knows are taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as taken:
        taken.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
        for _ in range(1024):
            taken.enter_context(Path(os.devnull).open())
        yield


@pytest.mark.system
@pytest.mark.usefixtures("thousand_descriptors")
def test_a_node_with_a_thousand_open_connections_receives(listening: Listening, tmp_path: Path) -> None:
    assert stored_by_dcmtk(listening, tmp_path / "files") == 10


@pytest.mark.real_data
def test_every_file_of_the_suite_ends_as_its_index_says(listening: Listening, datasets: Path, tmp_path: Path) -> None:
    """A SOP Instance UID that repeats in the suite goes to another hospital, so that the files do not meet."""
    folder = datasets / "dicom_suite"
    rows = json.loads((folder / "index.json").read_text())
    seen: Counter[str] = Counter()
    known: dict[str, HospitalId] = {}
    wrong: list[str] = []
    outcomes: Counter[tuple[str, str]] = Counter()
    for row in rows:
        sop_instance = row.get("sop_instance_uid", "")
        name = f"S{seen[sop_instance]}"
        seen[sop_instance] += bool(sop_instance)
        if name not in known:
            known[name] = listening.hospital(name)
        sent = _send_suite_file(listening, name, known[name], folder / row["path"])
        outcome = "cannot be sent" if sent is None else "stored" if sent.status == 0 else "refused"
        if (row["expect"], outcome) in {("refuse", "stored"), ("store-identical", "refused")}:
            wrong.append(f"{row['path']}: {outcome} {sent}")
        outcomes[row["expect"], outcome] += 1
    print(outcomes)

    assert wrong == []
    assert parts_left(listening) == 0
    _, paths = write_series(tmp_path / "after", count=1)
    listening.hospital("AFTER")
    assert send(listening, "AFTER", *paths)[0].status == 0, "the node still works"


def _send_suite_file(listening: Listening, calling_ae: str, hospital: HospitalId, path: Path) -> Answer | None:
    """As the outside check does: UIDs of the data set where it has them, else of the file's header."""
    try:
        data_set, sop_class, sop_instance, syntax = data_set_of(path)
        header = dcmread(path, stop_before_pixels=True, force=True, specific_tags=["SOPClassUID", "SOPInstanceUID"])
        sop_class = str(header.get("SOPClassUID") or sop_class)
        sop_instance = str(header.get("SOPInstanceUID") or sop_instance)
    except NotPart10:
        return None
    except Exception:  # noqa: BLE001  # whatever a broken file makes the reader raise
        pass
    if not (sop_class and sop_instance and syntax):
        return None
    try:
        (answer,) = send_bytes(listening, calling_ae, (data_set, sop_class, sop_instance, syntax))
    except (ValueError, StopIteration):
        return None
    if answer.status == 0:
        with listening.archive.read() as connection:
            stored = instances.by_uid(connection, WALL, hospital, sop_instance)
        assert stored is not None
        assert data_set in listening.archive.objects.load(hospital, stored.object_name)
    return answer
