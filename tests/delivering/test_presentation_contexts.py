"""What is proposed to a peer: the stored syntax in a context of its own, so that stored bytes go where they can."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid
from pynetdicom.presentation import AllStoragePresentationContexts

from dicom_node.send import Address, Object, accepted_classes, send
from service.dicom.part10 import split
from service.flow.peers import PeerFailure
from tests.support.pacs import AE_TITLE, SC, SEG, SR, VERIFICATION, ScriptedPacs

EXPLICIT, IMPLICIT = ExplicitVRLittleEndian, ImplicitVRLittleEndian
CLASSES = [str(context.abstract_syntax) for context in AllStoragePresentationContexts]


def stored_object(folder: Path, sop_class_uid: str, transfer_syntax_uid: str) -> Object:
    """A file of ours, as small as one can be."""
    content = Dataset()
    content.SOPClassUID, content.SOPInstanceUID = sop_class_uid, generate_uid()
    content.PatientID = "P1"
    content.file_meta = FileMetaDataset()
    content.file_meta.TransferSyntaxUID = transfer_syntax_uid
    path = folder / str(content.SOPInstanceUID)
    content.save_as(path, enforce_file_format=True)
    return Object(str(content.SOPInstanceUID), path, sop_class_uid, transfer_syntax_uid)


def sent(pacs: ScriptedPacs, objects: Sequence[Object]) -> list[PeerFailure | None]:
    outcomes: list[PeerFailure | None] = []
    address = Address("127.0.0.1", pacs.port, AE_TITLE, "CENTRE")
    send(address, objects, lambda _key, failure: outcomes.append(failure))
    return outcomes


@pytest.mark.parametrize("stored", [EXPLICIT, IMPLICIT])
@pytest.mark.parametrize("likes", [(IMPLICIT, EXPLICIT), (EXPLICIT, IMPLICIT)])
def test_a_pacs_that_takes_both_gets_the_stored_bytes_whichever_it_likes_better(
    pacs: ScriptedPacs, tmp_path: Path, stored: str, likes: tuple[str, str]
) -> None:
    pacs.syntaxes = likes
    one = stored_object(tmp_path, SR, stored)

    assert sent(pacs, [one]) == [None]

    (received,) = pacs.stored
    assert received.transfer_syntax_uid == stored
    part10 = one.path.read_bytes()
    assert received.data_set == part10[split(part10)[1] :]


@pytest.mark.parametrize(("stored", "takes"), [(EXPLICIT, IMPLICIT), (IMPLICIT, EXPLICIT)])
def test_a_pacs_that_takes_the_other_syntax_only_gets_the_same_content_in_it(
    pacs: ScriptedPacs, tmp_path: Path, stored: str, takes: str
) -> None:
    pacs.syntaxes = [takes]
    one = stored_object(tmp_path, SR, stored)

    assert sent(pacs, [one]) == [None]

    (received,) = pacs.stored
    assert received.transfer_syntax_uid == takes
    (tmp_path / "received").write_bytes(received.data_set)
    assert dcmread(tmp_path / "received", force=True).to_json_dict() == dcmread(one.path).to_json_dict()


def test_objects_of_one_class_in_both_syntaxes_go_as_they_are_over_one_association(
    pacs: ScriptedPacs, tmp_path: Path
) -> None:
    pacs.syntaxes = (IMPLICIT, EXPLICIT)
    objects = [stored_object(tmp_path, SC, syntax) for syntax in (EXPLICIT, IMPLICIT, EXPLICIT)]

    assert sent(pacs, objects) == [None] * 3

    assert [each.transfer_syntax_uid for each in pacs.stored] == [EXPLICIT, IMPLICIT, EXPLICIT]
    assert {each.association for each in pacs.stored} == {1}


@pytest.mark.parametrize(
    ("stored", "count", "associations"),
    [(EXPLICIT, 63, 1), (EXPLICIT, 64, 2), (EXPLICIT, 127, 3), (JPEGBaseline8Bit, 127, 1), (JPEGBaseline8Bit, 128, 2)],
)
def test_more_classes_than_an_association_has_contexts_for_go_over_several(
    pacs: ScriptedPacs, tmp_path: Path, stored: str, count: int, associations: int
) -> None:
    """PS3.8 9.3.2.2: 128 contexts at most; Verification is one, an uncompressed class takes two."""
    pacs.takes = (*CLASSES[:count], VERIFICATION)
    pacs.syntaxes = (IMPLICIT, EXPLICIT, JPEGBaseline8Bit)
    objects = [stored_object(tmp_path, uid, stored) for uid in CLASSES[:count]]

    assert sent(pacs, objects) == [None] * count

    assert pacs.kinds() == CLASSES[:count]
    assert {each.transfer_syntax_uid for each in pacs.stored} == {stored}
    assert pacs.associations == associations


@pytest.mark.parametrize("takes", [EXPLICIT, IMPLICIT])
def test_a_class_is_found_accepted_in_either_syntax(pacs: ScriptedPacs, takes: str) -> None:
    pacs.takes, pacs.syntaxes = (SR, VERIFICATION), [takes]
    address = Address("127.0.0.1", pacs.port, AE_TITLE, "CENTRE")

    accepted = accepted_classes(address, [(SR, EXPLICIT), (SEG, EXPLICIT)])

    assert SR in accepted
    assert SEG not in accepted
