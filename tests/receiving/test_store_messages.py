"""C-STORE requests however a sender cuts them into PDUs: the same bytes arrive, and who breaks off is ended."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.dimse_messages import C_STORE_RQ, DIMSEMessage
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu import P_DATA_TF

from dicom_node.store_message import Arriving, MalformedData, answer, begun
from dicom_node.waiting import Turnstile
from dicom_node.wire import VERIFICATION
from service.archive import instances
from service.domain.wall import HospitalId, Wall
from tests.receiving.conftest import CALLED_AE, Listening
from tests.receiving.made_data_sets import CT_IMAGE, EXPLICIT, INSTANCE, ct_header, encode
from tests.support.centre import until
from tests.support.sender import ANSWER_LIMIT_S, association, store

COMMAND, LAST = 1, 2
CONTEXT = 5
uids = st.from_regex(r"[1-9]\.[0-9]{1,20}\.[0-9]{1,40}", fullmatch=True).filter(lambda uid: len(uid) <= 64)


def pdus(message: DIMSEMessage, longest: int) -> list[bytes]:
    """What the library makes of a message: the bodies of its P-DATA-TF PDUs."""
    return [P_DATA_TF(each).encode()[6:] for each in message.encode_msg(CONTEXT, longest)]


def request(
    data_set: bytes, *, sop_class: str = CT_IMAGE, sop_instance: str = INSTANCE, message_id: int = 1
) -> C_STORE:
    asked = C_STORE()
    asked.MessageID, asked.Priority = message_id, 0
    asked.AffectedSOPClassUID, asked.AffectedSOPInstanceUID = sop_class, sop_instance
    asked.DataSet = io.BytesIO(data_set)
    return asked


def message_of(asked: C_STORE) -> C_STORE_RQ:
    message = C_STORE_RQ()
    message.primitive_to_message(asked)
    return message


def item(control: int, content: bytes, context: int = CONTEXT) -> bytes:
    return struct.pack(">LBB", len(content) + 2, context, control) + content


def taken_in(bodies: list[bytes]) -> Arriving:
    first, *more = bodies
    arriving = begun(memoryview(first))
    assert arriving is not None
    for body in more:
        assert not arriving.is_whole
        arriving.add(memoryview(body))
    return arriving


@given(st.binary(min_size=2, max_size=3000), uids, uids, st.integers(0, 0xFFFF), st.integers(200, 4000))
def test_a_request_arrives_as_it_was_sent_however_it_was_cut(
    data_set: bytes, sop_class: str, sop_instance: str, message_id: int, longest: int
) -> None:
    asked = request(data_set, sop_class=sop_class, sop_instance=sop_instance, message_id=message_id)

    arrived = taken_in(pdus(message_of(asked), longest))

    assert arrived.is_whole
    assert arrived.data_set() == data_set
    assert arrived.context_id == CONTEXT
    assert arrived.command.message_id == message_id
    assert (arrived.command.sop_class_uid, arrived.command.sop_instance_uid) == (sop_class, sop_instance)


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=6), st.data())
def test_a_pdu_may_carry_the_command_and_any_fragments_behind_it(pieces: list[bytes], data: st.DataObject) -> None:
    (command, _) = pdus(message_of(request(b"..")), 4000)
    items = [command, *(item(0, piece) for piece in pieces[:-1]), item(LAST, pieces[-1])]
    cut = data.draw(st.integers(1, len(items)))

    arrived = taken_in([b"".join(items[:cut]), *items[cut:]])

    assert arrived.is_whole
    assert arrived.data_set() == b"".join(pieces)


@given(st.integers(0, 0xFFFF), uids, uids, st.integers(0, 0xFFFF), st.text(st.characters(codec="ascii"), max_size=64))
def test_an_answer_says_to_another_reader_what_was_meant(
    message_id: int, sop_class: str, sop_instance: str, status: int, comment: str
) -> None:
    command = taken_in(
        pdus(message_of(request(b"..", sop_class=sop_class, sop_instance=sop_instance, message_id=message_id)), 4000)
    ).command

    said = answer(CONTEXT, command, status, comment)

    pdu = P_DATA_TF()
    pdu.decode(said)
    message = DIMSEMessage()
    assert message.decode_msg(pdu.to_primitive())
    assert message.context_id == CONTEXT
    read = message.command_set
    assert read.CommandField == 0x8001
    assert read.CommandDataSetType == 0x0101
    assert (read.MessageIDBeingRespondedTo, read.Status) == (message_id, status)
    assert (read.AffectedSOPClassUID, read.AffectedSOPInstanceUID) == (sop_class, sop_instance)
    assert read.CommandGroupLength == len(said) - 6 - 6 - 12
    if comment.strip(" \0") and "\\" not in comment and not comment.startswith(" "):
        assert str(read.ErrorComment).rstrip(" \0") == comment.rstrip(" \0")


@given(st.binary(max_size=200))
def test_what_is_no_plain_request_is_left_to_the_library(content: bytes) -> None:
    for body in (content, item(COMMAND | LAST, content), item(LAST, content), item(COMMAND, content)):
        assert begun(memoryview(body)) is None


@given(st.integers(0, 5), st.binary(max_size=20))
def test_a_request_of_which_a_command_element_is_cut_off_is_left_to_the_library(cut: int, data_set: bytes) -> None:
    (command, *_) = pdus(message_of(request(data_set)), 4000)
    content = command[6:]

    assert begun(memoryview(item(COMMAND | LAST, content[: len(content) - 1 - cut]))) is None


@pytest.mark.parametrize(
    "body",
    [b"\0\0\0", item(COMMAND | LAST, b""), item(LAST, b"12") + item(0, b"34"), struct.pack(">LBB", 900, CONTEXT, 0)],
    ids=["half a header", "a second command", "more than the last", "longer than its PDU"],
)
def test_what_cannot_follow_a_command_is_malformed(body: bytes) -> None:
    arriving = taken_in(pdus(message_of(request(b"..")), 4000)[:1])

    with pytest.raises(MalformedData):
        arriving.add(memoryview(body))


@contextmanager
def opened(listening: Listening) -> Iterator[Association]:
    with association(
        "127.0.0.1", listening.port, calling_ae="CT1", called_ae=CALLED_AE, contexts=[(CT_IMAGE, EXPLICIT)]
    ) as made:
        yield made


def said_next(made: Association) -> int | None:
    made.dimse_timeout = ANSWER_LIMIT_S
    _, response = made.dimse.get_msg(block=True)
    return None if response is None else int(response.Status)


def framed(*bodies: bytes) -> bytes:
    return b"".join(struct.pack(">BBL", 4, 0, len(body)) + body for body in bodies)


def in_small_pdus(made: Association, data_set: bytes) -> list[bytes]:
    """A plain request: its command in one fragment, its data set in many."""
    context = made.accepted_contexts[0].context_id
    (command, *_) = pdus(message_of(request(data_set)), 4000)
    pieces = [data_set[at : at + 60] for at in range(0, len(data_set), 60)]
    return [
        item(COMMAND | LAST, command[6:], context),
        *(item(0, piece, context) for piece in pieces[:-1]),
        item(LAST, pieces[-1], context),
    ]


def held(listening: Listening, hospital: HospitalId) -> bytes | None:
    with listening.archive.read() as connection:
        stored = instances.by_uid(connection, Wall.operator(), hospital, INSTANCE)
    return None if stored is None else listening.archive.objects.load(hospital, stored.object_name)


@pytest.fixture
def held_from_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library may serve no request."""
    monkeypatch.setattr("dicom_node.node.store_request", lambda _event: pytest.fail("left to the library"))


@pytest.mark.usefixtures("held_from_the_library")
def test_a_request_that_drips_in_is_stored_as_its_bytes(listening: Listening) -> None:
    hospital = listening.hospital("CT1")
    data_set = encode(EXPLICIT, ct_header())
    with opened(listening) as made:
        made._reactor_checkpoint.clear()
        wire = made.dul.socket.socket
        content = framed(*in_small_pdus(made, data_set))
        for at in range(0, len(content), 7):
            wire.sendall(content[at : at + 7])
        status = said_next(made)
        made._reactor_checkpoint.set()

    assert status == 0
    stored = held(listening, hospital)
    assert stored is not None
    assert stored.endswith(data_set)


@pytest.mark.usefixtures("held_from_the_library")
def test_requests_sent_without_waiting_are_answered_in_their_order(listening: Listening) -> None:
    """Nobody may without an asynchronous window (PS3.7 D.3.3.3), and nothing is lost where somebody does."""
    listening.hospital("CT1")
    data_set = encode(EXPLICIT, ct_header())
    with opened(listening) as made:
        made._reactor_checkpoint.clear()
        whole = framed(*in_small_pdus(made, data_set))
        cut = framed(*in_small_pdus(made, data_set[:-2]))
        made.dul.socket.socket.sendall(whole + cut + whole)
        statuses = [said_next(made) for _ in range(3)]
        made._reactor_checkpoint.set()

    assert statuses[0] == statuses[2] == 0
    assert statuses[1] not in {0, None}


def test_other_messages_between_requests_are_answered_by_the_library(listening: Listening) -> None:
    listening.hospital("CT1")
    data_set = encode(EXPLICIT, ct_header())
    ae = AE(ae_title="CT1")
    ae.add_requested_context(CT_IMAGE, EXPLICIT)
    ae.add_requested_context(VERIFICATION)
    made = ae.associate("127.0.0.1", listening.port, ae_title=CALLED_AE)
    made._reactor_checkpoint = Turnstile(made.is_alive)

    for _ in range(3):
        assert made.send_c_echo().Status == 0
        assert store(made, data_set, sop_class_uid=CT_IMAGE, sop_instance_uid=INSTANCE).status == 0
    made.release()

    assert made.is_released
    until(lambda: not listening.node._visits, 10, lambda: listening.node._visits)


@pytest.mark.parametrize(
    "then",
    [
        framed(b"\0\0\0"),
        framed(item(COMMAND | LAST, b"command in the middle", 1)),
        struct.pack(">BBLL", 7, 0, 4, 0),
        struct.pack(">BBL", 4, 0, 0xFFFFFFFE),
        struct.pack(">BBL", 9, 0, 4),
    ],
    ids=["malformed", "a second command", "abort", "gigabytes", "no PDU"],
)
def test_a_data_set_that_breaks_off_is_not_stored_and_ends_the_association(listening: Listening, then: bytes) -> None:
    hospital = listening.hospital("CT1")
    data_set = encode(EXPLICIT, ct_header())
    with opened(listening) as made:
        begin = framed(*in_small_pdus(made, data_set)[:-1])
        made.dul.socket.socket.sendall(begin + then)
        until(lambda: not listening.node._visits, 10, lambda: listening.node._visits)
        until(lambda: not made.is_established, 10, lambda: "the peer was not told")

    assert held(listening, hospital) is None
    with opened(listening) as made:
        assert store(made, data_set, sop_class_uid=CT_IMAGE, sop_instance_uid=INSTANCE).status == 0


def test_a_release_in_the_middle_of_a_data_set_is_granted_and_nothing_is_stored(listening: Listening) -> None:
    hospital = listening.hospital("CT1")
    with opened(listening) as made:
        begin = framed(*in_small_pdus(made, encode(EXPLICIT, ct_header()))[:-1])
        made.dul.socket.socket.sendall(begin)

    assert made.is_released
    assert held(listening, hospital) is None
