"""What a peer says may name a patient: it stays with the study, and is never in a log."""

from __future__ import annotations

import pickle
import threading
import time

from dicom_node.waiting import Turnstile
from service.flow.peers import PeerBusy, PeerRefused


def test_a_peers_words_are_for_the_row_on_one_line_and_not_for_the_log() -> None:
    failure = PeerRefused("C-STORE status C000", "Doe^Jane\nWARNING forged line\x00" + "x" * 100)
    assert str(failure) == "C-STORE status C000"
    assert failure.whole.startswith("C-STORE status C000: Doe^Jane WARNING forged line")
    assert "\n" not in failure.whole
    assert len(failure.whole) < 100
    assert PeerBusy("away").whole == "away"


def test_a_failure_is_the_same_on_the_other_side_of_a_process() -> None:
    there = pickle.loads(pickle.dumps(PeerRefused("words", "said")))
    assert (str(there), there.whole) == ("words", "words: said")


def test_a_held_thread_takes_nothing_before_it_is_let_go() -> None:
    """The library's own event lets it take one answer in some thousand, which nobody then waits for in vain."""
    going = True
    gate = Turnstile(lambda: going)
    passed = 0

    def library() -> None:
        nonlocal passed
        while going:
            gate.wait()
            passed += 1

    thread = threading.Thread(target=library)
    thread.start()
    for _ in range(3000):
        gate.clear()
        before = passed
        time.sleep(0)
        assert passed == before
        gate.set()
    going = False
    gate.set()
    thread.join(10)
    assert not thread.is_alive()


def test_nobody_waits_for_a_thread_that_has_ended() -> None:
    gate = Turnstile(lambda: False)
    gate.clear()
    assert not gate.is_set()
