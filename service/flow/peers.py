"""How sending to a peer can fail, by what is done about it."""

from __future__ import annotations

from typing import Final

_MOST_SAID: Final = 64


class PeerFailure(Exception):
    """Base, never raised itself. said: the peer's own words, which may name a patient: for rows, never for a log.

    Subclasses keep every argument in args, so they survive pickling.
    """

    def __init__(self, words: str, said: str = "") -> None:
        super().__init__(words, said)

    def __str__(self) -> str:
        return str(self.args[0])

    @property
    def whole(self) -> str:
        """Our words and the peer's, on one line, for whoever may see the study."""
        said = "".join(letter if letter.isprintable() else " " for letter in str(self.args[1]))[:_MOST_SAID].strip()
        return f"{self}: {said}" if said else str(self)


class PeerBusy(PeerFailure):
    """Try again later: out of resources (0xA7xx), HTTP 4xx and 5xx."""


class PeerAway(PeerBusy):
    """Try again later, and whatever else waits for this peer too: not reachable, or silent until the time was up."""


class PeerUnanswered(PeerBusy):
    """Try again later, and the peer may have it: it was sent, and no answer came."""


class PeerRefused(PeerFailure):
    """Final, a person must look: association rejected for good, 0xCxxx, HTTP 3xx and 410."""


class PeerTakesNone(PeerFailure):
    """The peer does not accept objects of this SOP Class (no presentation context): send the summary instead."""
