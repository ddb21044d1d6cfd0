"""Copies in HTJ2K for viewers: made beside what is stored, when there is room, and gone without a trace."""

from __future__ import annotations

import errno
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from openjpeg.utils import decode
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit

from models.catalogue import Catalogue
from service.archive import copies_due, quarantine, viewer_copies
from service.archive.copy_files import CopyFiles
from service.archive.store import Archive
from service.archive.viewer_copies import HTJ2K_LOSSLESS
from service.flow import quarantine as decisions
from service.flow import viewer_copies as making
from service.flow.viewer_copies import Copier, ask_when_opened, remove_dropped
from service.pixels.pool import PixelPool
from tests.dicomweb.copying import (
    COPY,
    COPY_OR_STORED,
    NATIVE,
    copied,
    files,
    frames_of,
    get,
    slices,
    syntaxes,
    want,
)
from tests.dicomweb.test_frames import parts
from tests.people.browsers import Browsers
from tests.support.edges import SYSTEM, Customer, Edges, file_bytes, serving
from workers.flow import FlowWork


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def test_an_image_in_another_lossless_syntax_is_copied(edges: Edges, hospital: Customer, copier: Copier) -> None:
    (image,) = slices(1)
    cells = np.frombuffer(image.PixelData, "<i2").reshape(32, 32)
    image.compress(JPEG2000Lossless, generate_instance_uid=False)
    copied(edges, hospital, copier, image)

    ((_, content),) = parts(get(edges, hospital, f"{frames_of(image)}/1", COPY))
    assert np.array_equal(decode(content), cells)
    assert syntaxes(edges, hospital, image) == [JPEG2000Lossless, HTJ2K_LOSSLESS]


def test_a_lossy_image_stays_as_it_came(edges: Edges, hospital: Customer, copier: Copier) -> None:
    (image,) = slices(1)
    made = io.BytesIO()
    Image.new("L", (32, 32), 90).save(made, "JPEG")
    image.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 8, 8, 7, 0
    image.PixelData = encapsulate([made.getvalue()])
    image["PixelData"].VR = "OB"
    copied(edges, hospital, copier, image)

    assert files(edges, hospital) == []
    assert syntaxes(edges, hospital, image) == [JPEGBaseline8Bit]
    ((content_type, content),) = parts(get(edges, hospital, f"{frames_of(image)}/1", COPY_OR_STORED))
    assert (content_type.endswith(JPEGBaseline8Bit), content.rstrip(b"\0")) == (True, made.getvalue())


def test_copying_changes_nothing_of_what_is_stored(edges: Edges, hospital: Customer, copier: Copier) -> None:
    images = slices(3)
    edges.receive(hospital, *images)
    stored = {path: path.read_bytes() for path in (edges.archive.folder / "objects" / hospital.id).rglob("*-*")}

    study = copied(edges, hospital, copier, *images)
    want(edges, study)
    copier.make_copies(SYSTEM)

    assert len(stored) == len(files(edges, hospital)) == 3
    assert all(path.read_bytes() == content for path, content in stored.items())


def test_a_complete_study_is_copied_by_the_worker_and_none_where_the_setting_is_off(
    edges: Edges, hospital: Customer, copier: Copier
) -> None:
    on, off = worker(edges, copier), worker(edges, None)
    edges.study(hospital, count=3)
    off.make_ready()
    off.copy()
    assert files(edges, hospital) == []

    edges.study(hospital, count=2)
    on.make_ready()
    assert files(edges, hospital) == []
    on.copy()
    assert len(files(edges, hospital)) == 2

    on.make_ready()
    on.copy()
    with edges.archive.read() as connection:
        assert copies_due.first(connection, SYSTEM) is None, "it comes to an end"


def test_what_was_asked_for_while_the_setting_was_on_is_forgotten_when_it_is_off(
    edges: Edges, hospital: Customer
) -> None:
    want(edges, edges.study(hospital, count=1))

    worker(edges, None).copy()

    with edges.archive.read() as connection:
        assert copies_due.next_due_at(connection, SYSTEM) is None
    assert files(edges, hospital) == []


def worker(edges: Edges, copier: Copier | None) -> FlowWork:
    """The part of the flow worker that makes ready; nothing is encoded or delivered here."""
    return FlowWork(
        archive=edges.archive,
        bell=edges.bell,
        catalogue=Catalogue.of(()),
        encoder=None,  # type: ignore[arg-type]
        senders=None,  # type: ignore[arg-type]
        send_test_message=lambda _peer: None,
        stopping=threading.Event(),
        copier=copier,
    )


def test_a_replaced_instance_has_no_copy_until_its_new_bytes_are_copied(
    edges: Edges, hospital: Customer, copier: Copier
) -> None:
    (image,) = slices(1)
    study = copied(edges, hospital, copier, image)
    (former,) = files(edges, hospital)
    image.PixelData = bytes(reversed(image.PixelData))
    accept(edges, hospital, image)

    ((_, content),) = parts(get(edges, hospital, f"{frames_of(image)}/1", COPY_OR_STORED))
    assert content == image.PixelData
    assert syntaxes(edges, hospital, image) == [NATIVE]
    while remove_dropped(edges.archive, SYSTEM):
        pass
    assert not former.exists()

    want(edges, study)
    copier.make_copies(SYSTEM)
    ((_, content),) = parts(get(edges, hospital, f"{frames_of(image)}/1", COPY_OR_STORED))
    assert np.array_equal(decode(content), np.frombuffer(image.PixelData, "<i2").reshape(32, 32))


def accept(edges: Edges, hospital: Customer, image: FileDataset) -> None:
    """Send other bytes under a UID that is held, and have an operator serve them from now on."""
    edges.client(hospital).post(
        "/dicom-web/studies",
        content=b"--x\r\n\r\n" + file_bytes(image) + b"\r\n--x--",
        headers={"Content-Type": 'multipart/related; type="application/dicom"; boundary=x'},
    )
    with edges.archive.read() as connection:
        held = quarantine.listed(connection, SYSTEM, [quarantine.QuarantineState.HELD])
    (entry,) = [each for each in held if each.data_set.hospital == hospital.id]
    decisions.accept(edges.archive, SYSTEM, edges.bell, entry.id)


def test_killed_between_file_and_row_nothing_is_served_and_it_is_made_again(
    edges: Edges, hospital: Customer, copier: Copier, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """What ends a process ends it anywhere."""

    def killed(*_arguments: object) -> None:
        raise Killed

    (image,) = slices(1)
    edges.receive(hospital, image)
    want(edges, edges.row(hospital, image.StudyInstanceUID))
    with monkeypatch.context() as patched:
        patched.setattr(viewer_copies, "keep", killed)
        with pytest.raises(Killed):
            copier.make_copies(SYSTEM)
    (whole,) = files(edges, hospital)
    assert get(edges, hospital, f"{frames_of(image)}/1", COPY).status_code == 406

    assert copier.make_copies(SYSTEM)
    assert files(edges, hospital) == [whole]
    assert get(edges, hospital, f"{frames_of(image)}/1", COPY).status_code == 200


def test_what_a_dead_process_left_half_written_is_cleared_and_a_living_ones_is_not(tmp_path: Path) -> None:
    folder = CopyFiles(tmp_path)
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "dead.part").write_bytes(b"half")
    seen: list[str] = []

    def frames() -> Iterator[bytes]:
        folder.clear_parts()
        seen.extend(path.name for path in (tmp_path / "copies").glob("*.part"))
        yield b"a frame"

    written = folder.write("h0123456789abcdef", "an object", frames())  # type: ignore[arg-type]

    assert len(seen) == 1
    assert seen != ["dead.part"]
    assert folder.path("h0123456789abcdef", written.name).read_bytes() == b"a frame"  # type: ignore[arg-type]
    assert list((tmp_path / "copies").glob("*.part")) == []


def test_a_full_disk_leaves_what_was_made_and_no_half_file(
    edges: Edges, hospital: Customer, copier: Copier, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = images = slices(2)
    edges.receive(hospital, *images)
    study = edges.row(hospital, first.StudyInstanceUID)
    want(edges, study)
    sync, synced = os.fsync, list[int]()

    def full(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink()
        if name.suffix == ".part" and "copies" in name.parts:
            synced.append(descriptor)
            if len(synced) == 2:
                raise OSError(errno.ENOSPC, "no space left on device")
        sync(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert copier.make_copies(SYSTEM)

    assert len(files(edges, hospital)) == 1
    assert list((edges.archive.folder / "copies").glob("*.part")) == []
    given = [get(edges, hospital, f"{frames_of(each)}/1", COPY).status_code for each in (first, second)]
    assert sorted(given) == [200, 406]
    with edges.archive.read() as connection:
        assert copies_due.first(connection, SYSTEM) is None, "no loop against a full disk"


def test_nothing_is_copied_when_the_disk_is_near_the_watermark(
    edges: Edges, hospital: Customer, pixels: PixelPool
) -> None:
    (image,) = slices(1)
    near = Copier(edges.archive, pixels, watermark_bytes=edges.archive.free_bytes() - making.SPARE_BYTES // 2)

    study = copied(edges, hospital, near, image)

    assert files(edges, hospital) == []
    with edges.archive.read() as connection:
        assert viewer_copies.missing(connection, SYSTEM, study.id) != ()


def test_all_copies_are_removed_at_once_and_made_again_when_somebody_asks(
    edges: Edges, hospital: Customer, copier: Copier
) -> None:
    images = slices(3)
    study = copied(edges, hospital, copier, *images)
    wall = SYSTEM.only(hospital.id)

    with edges.archive.write() as connection:
        taken = viewer_copies.drop_all(connection, wall)
    assert taken.count == 3
    with edges.archive.read() as connection:
        assert copies_due.is_wanting(connection, wall, study.id) is False, "the study is not complete yet"
    assert get(edges, hospital, f"{frames_of(images[0])}/1", COPY).status_code == 406
    while remove_dropped(edges.archive, SYSTEM):
        pass
    assert files(edges, hospital) == []

    want(edges, study)
    copier.make_copies(SYSTEM)
    assert len(files(edges, hospital)) == 3
    with edges.archive.read() as connection:
        assert viewer_copies.room(connection, wall) == taken


def test_opening_a_study_that_was_never_copied_asks_for_its_copies_once(edges: Edges, hospital: Customer) -> None:
    study, receiving = edges.study(hospital, count=1), edges.study(hospital, count=1, complete=False)

    def since() -> float | None:
        with edges.archive.read() as connection:
            due = copies_due.first(connection, SYSTEM)
        return None if due is None else due.since

    ask_when_opened(edges.archive, SYSTEM, receiving)
    assert since() is None, "it is asked for when it is complete"
    ask_when_opened(edges.archive, SYSTEM, study)
    asked = since()
    assert asked is not None
    ask_when_opened(edges.archive, SYSTEM, study)
    assert since() == asked

    with edges.archive.write() as connection:
        copies_due.forget_all(connection, SYSTEM)
        viewer_copies.looked_after(connection, SYSTEM, study.hospital, study.id)
    ask_when_opened(edges.archive, SYSTEM, study)
    assert since() is None, "it has what can be made of it"


@pytest.mark.parametrize("makes_copies", [True, False])
def test_the_reading_page_asks_where_the_setting_is_on(tmp_path: Path, makes_copies: bool) -> None:
    archive = Archive(tmp_path)
    with serving(archive, makes_copies=makes_copies) as centre:
        hospital = centre.hospital()
        study = centre.study(hospital, count=1)
        browsers = Browsers(centre)
        anna = browsers.at(browsers.person(hospitals=[hospital.id]))
        path = f"/room/v1/studies/{hospital.id}/{study.study_instance_uid}/reading"
        assert anna.client.get(path).status_code == 200
        with archive.read() as connection:
            asked = copies_due.first(connection, SYSTEM)
    archive.close()

    assert (asked is not None) is makes_copies
