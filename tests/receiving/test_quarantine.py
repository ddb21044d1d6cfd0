"""What a person decides about a conflicting data set can be taken back, and never hides whose images are served."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ImplicitVRLittleEndian, generate_uid

from service.archive import instances, quarantine
from service.archive.quarantine import Held, QuarantineState
from service.archive.store import Archive
from service.cli.quarantine_view import decide, show_view
from service.domain.study import StudyState
from service.flow.quarantine import accept, discard
from tests.support.flowing import WALL, Flow, chest, flowing
from tests.support.series import ct_slice


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive) as opened:
        yield opened


def rival_of(image: FileDataset, *, seed: int = 1, **attributes: str) -> FileDataset:
    """Another image under the same SOP Instance UID."""
    given = {"study_uid": image.StudyInstanceUID, "series_uid": image.SeriesInstanceUID, **attributes}
    rival = ct_slice(index=0, size=16, seed=seed, **given)  # type: ignore[arg-type]
    rival.SOPInstanceUID = rival.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    return rival


def held(flow: Flow) -> list[Held]:
    with flow.archive.read() as connection:
        return list(quarantine.listed(connection, WALL, [QuarantineState.HELD]))


def served(flow: Flow, image: FileDataset) -> instances.StoredInstance:
    with flow.archive.read() as connection:
        found = instances.by_uid(connection, WALL, flow.hospital, str(image.SOPInstanceUID))
    assert found is not None
    return found


def objects(flow: Flow) -> int:
    return sum(path.is_file() for path in (flow.archive.folder / "objects").rglob("*"))


def test_an_acceptance_is_taken_back_by_accepting_the_former_bytes_again_and_again(flow: Flow) -> None:
    (image,) = chest(count=1)
    flow.arrive(image, rival_of(image))
    first = served(flow, image).sha256

    seen = [first]
    for _ in range(4):
        (entry,) = held(flow)
        accept(flow.archive, WALL, flow.bell, entry.id)
        seen.append(served(flow, image).sha256)

    other = seen[1]
    assert seen == [first, other, first, other, first]
    assert first != other
    assert flow.study(image.StudyInstanceUID).revision == 5


def test_what_was_discarded_takes_no_room_however_often_it_comes_again(flow: Flow) -> None:
    (image,) = chest(count=1)
    flow.arrive(image, rival_of(image))
    (entry,) = held(flow)
    discard(flow.archive, WALL, entry.id)
    assert objects(flow) == 1

    flow.arrive(rival_of(image))

    assert objects(flow) == 1
    assert held(flow) == []


def test_an_accepted_image_of_another_patient_makes_the_study_wait_for_a_person(flow: Flow) -> None:
    images = chest()
    flow.dispatched(*images)
    flow.arrive(rival_of(images[0], patient_id="SOMEBODY ELSE"))
    (entry,) = held(flow)

    accept(flow.archive, WALL, flow.bell, entry.id)
    flow.complete()

    assert flow.study(images[0].StudyInstanceUID).identity_conflict
    assert flow.dispatch() == 0, "nothing is analysed before somebody has looked"


def test_an_accepted_image_is_served_in_the_study_and_series_that_it_names(flow: Flow) -> None:
    images = chest(count=2)
    uid = str(images[0].StudyInstanceUID)
    elsewhere = generate_uid()
    rival = rival_of(images[0], study_uid=elsewhere, series_uid=f"{elsewhere[:50]}.7")
    flow.dispatched(*images)
    flow.arrive(rival)
    (entry,) = held(flow)

    accept(flow.archive, WALL, flow.bell, entry.id)

    now_served = served(flow, images[0])
    assert (now_served.study_instance_uid, now_served.series_instance_uid) == (elsewhere, rival.SeriesInstanceUID)
    left, entered = flow.study(uid), flow.study(elsewhere)
    assert (left.instance_count, left.image_count, left.revision) == (1, 1, 2)
    assert (entered.instance_count, entered.image_count, entered.state) == (1, 1, StudyState.RECEIVING)
    assert [each.sop_instance_uid for each in flow.images(left)] == [images[1].SOPInstanceUID]


def test_accepting_while_images_still_arrive_does_not_complete_the_study(flow: Flow) -> None:
    images = chest(count=2)
    uid = images[0].StudyInstanceUID
    flow.arrive(images[0], rival_of(images[0]), association_id=flow.open())
    (entry,) = held(flow)

    accept(flow.archive, WALL, flow.bell, entry.id)

    assert flow.complete() == 0, "its association is open"
    assert flow.study(uid).state is StudyState.RECEIVING


def shown(flow: Flow, capsys: pytest.CaptureFixture[str]) -> dict:
    """What `quarantine show --json` says of the one entry, as a person decides by it."""
    (entry,) = held(flow)
    capsys.readouterr()
    show_view(flow.archive.folder, entry.id, json_wanted=True)
    return json.loads(capsys.readouterr().out)["differences"]


def changed(image: FileDataset, change: Callable[[FileDataset], None]) -> FileDataset:
    rival = deepcopy(image)
    change(rival)
    return rival


def other_pixels(image: FileDataset) -> None:
    image.PixelData = bytes(len(image.PixelData))


def longer_pixels(image: FileDataset) -> None:
    image.PixelData += b"\0\0"


def private(image: FileDataset) -> None:
    image.private_block(0x0009, "MAKER", create=True).add_new(1, "LO", "x")


def nested(image: FileDataset) -> None:
    image.ReferencedStudySequence[0].ReferencedSOPInstanceUID = "1.2.4"


def one_item_more(image: FileDataset) -> None:
    image.ReferencedStudySequence.append(Dataset())


def written_otherwise(image: FileDataset) -> None:
    image["ReferencedStudySequence"].is_undefined_length = True


def in_another_syntax(image: FileDataset) -> None:
    image.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        (other_pixels, "PixelData", "Pixel Data differs: equal length, 512 bytes"),
        (longer_pixels, "PixelData", "Pixel Data differs: 512 bytes in what is served, 514 in what is held"),
        (private, "private (0009,1001)", "only in what is held"),
        (nested, "ReferencedStudySequence[1].ReferencedSOPInstanceUID", "differs: equal length, 6 bytes"),
        (one_item_more, "ReferencedStudySequence", "1 items in what is served, 2 in what is held"),
        (written_otherwise, "(encoding)", "only the way it is written differs"),
        (in_another_syntax, "(encoding)", "served in Explicit VR Little Endian, held in Implicit VR Little Endian"),
    ],
)
def test_whatever_differs_between_two_contents_is_named(
    flow: Flow, capsys: pytest.CaptureFixture[str], change: Callable[[FileDataset], None], path: str, words: str
) -> None:
    (image,) = chest(count=1)
    referenced = Dataset()
    referenced.ReferencedSOPInstanceUID = "1.2.3"
    image.ReferencedStudySequence = [referenced]
    flow.arrive(image, changed(image, change))

    said = shown(flow, capsys)

    assert words in said.pop(path)["how"]
    assert set(said) <= {"private (0009,0010)"}


def test_values_are_shown_where_they_do_not_say_who_the_patient_is(
    flow: Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    (image,) = chest(count=1)
    rival = deepcopy(image)
    image.SliceThickness = 2.5
    rival.PatientName, rival.SliceThickness = "Somebody^Else", 7
    flow.arrive(image, rival)

    said = shown(flow, capsys)

    assert (said["SliceThickness"]["served"], said["SliceThickness"]["held"]) == ("2.5", "7.0")
    assert set(said["PatientName"]) == {"tag", "how"}
    assert "Somebody" not in json.dumps(said)


def test_after_an_acceptance_the_operator_reads_whether_the_study_goes_on(
    flow: Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    images = chest()
    flow.dispatched(*images)
    said = []
    for patient_id in ("P1", "SOMEBODY ELSE"):
        flow.arrive(rival_of(images[0], seed=2, patient_id=patient_id))
        entry = held(flow)[-1]
        capsys.readouterr()
        decide(flow.archive.folder, entry.id, accepted=True)
        said.append(capsys.readouterr().out)

    assert "The study is read again." in said[0]
    assert "The study is read again." not in said[1]
    assert f"consilium study resolve {images[0].StudyInstanceUID}" in said[1]


@pytest.mark.parametrize("patient_id", ["P1", "P9"])
def test_a_study_is_the_one_of_the_patient_whom_all_its_images_name_now(flow: Flow, patient_id: str) -> None:
    images = chest(count=3, patient_id="P1", patient_name="Wrong^Name")
    flow.dispatched(*images)
    flow.arrive(*(rival_of(image, patient_id=patient_id, patient_name="Right^Name") for image in images))
    uid = images[0].StudyInstanceUID
    named = []
    for entry in held(flow):
        accept(flow.archive, WALL, flow.bell, entry.id)
        named.append((flow.study(uid).patient_id, flow.study(uid).patient_name))
    assert named == [("P1", "Wrong^Name"), ("P1", "Wrong^Name"), (patient_id, "Right^Name")]
    assert flow.study(uid).identity_conflict is (patient_id == "P9"), "until a person looked"
