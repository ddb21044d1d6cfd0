"""C-STORE requests whose command is at fault: each is answered or its association ended, and the next one served."""

from __future__ import annotations

import struct

import pytest
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import P_DATA

from tests.receiving.conftest import CALLED_AE, Listening
from tests.receiving.made_data_sets import CT_IMAGE, EXPLICIT, IMPLICIT, INSTANCE, Made, ct_header, encode, short, text
from tests.support.centre import until
from tests.support.sender import association, store

NO_DATA_SET = 0x0101
COMMAND = {
    made.tag: made
    for made in (
        text(0x00000002, "UI", CT_IMAGE),
        short(0x00000100, 0x0001),
        short(0x00000110, 7),
        short(0x00000700, 0),
        short(0x00000800, 1),
        text(0x00001000, "UI", INSTANCE),
    )
}


def without(tag: int) -> tuple[Made, ...]:
    return tuple(made for made in COMMAND.values() if made.tag != tag)


def having(changed: Made) -> tuple[Made, ...]:
    return tuple((COMMAND | {changed.tag: changed}).values())


def ask(opened: Association, command: tuple[Made, ...], data_set: bytes | None) -> int | None:
    """Send a command as it is, and a data set; returns the status of the answer."""
    encoded = encode(IMPLICIT, command)
    group_length = struct.pack("<HHLL", 0, 0, 4, len(encoded))
    fragments = [b"\3" + group_length + encoded, *([] if data_set is None else [b"\2" + data_set])]
    opened._reactor_checkpoint.clear()
    try:
        for fragment in fragments:
            message = P_DATA()
            message.presentation_data_value_list = [[opened.accepted_contexts[0].context_id, fragment]]
            opened.dul.send_pdu(message)
        _, response = opened.dimse.get_msg(block=True)
    finally:
        opened._reactor_checkpoint.set()
    return None if response is None else response.Status


@pytest.mark.parametrize(
    ("command", "has_data_set"),
    [
        (having(short(0x00000800, NO_DATA_SET)), False),
        (without(0x00000002), True),
        (without(0x00001000), True),
        (having(text(0x00000002, "UI", "9" * 70)), True),
        (having(text(0x00001000, "UI", "9" * 70)), True),
        (having(text(0x00001000, "UI", "../../x")), True),
    ],
    ids=["no data set", "no class", "no instance", "long class", "long instance", "illegal instance"],
)
def test_a_request_that_names_no_instance_is_refused_not_logged_and_the_next_is_served(
    listening: Listening, caplog: pytest.LogCaptureFixture, command: tuple[Made, ...], has_data_set: bool
) -> None:
    listening.hospital("CT1")
    data_set = encode(EXPLICIT, ct_header())
    with association(
        "127.0.0.1", listening.port, calling_ae="CT1", called_ae=CALLED_AE, contexts=[(CT_IMAGE, EXPLICIT)]
    ) as opened:
        assert ask(opened, command, data_set if has_data_set else None) == 0xA900
        assert store(opened, data_set, sop_class_uid=CT_IMAGE, sop_instance_uid=INSTANCE).status == 0
    received = [each.getMessage() for each in caplog.records if each.name != "pynetdicom.utils"]
    assert not any("../x" in line or "99999" in line for line in received)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dicom_node.node.ALIVE_S", 0.3)


@pytest.mark.usefixtures("often")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_message_that_breaks_the_library_off_holds_no_study_and_no_place(listening: Listening) -> None:
    listening.hospital("CT1")
    with association(
        "127.0.0.1", listening.port, calling_ae="CT1", called_ae=CALLED_AE, contexts=[(CT_IMAGE, EXPLICIT)]
    ) as opened:
        store(opened, encode(EXPLICIT, ct_header()), sop_class_uid=CT_IMAGE, sop_instance_uid=INSTANCE)
        assert ask(opened, having(short(0x00000100, 0x7777)), None) is None

    until(lambda: not listening.node._visits, 10, lambda: listening.node._visits)
