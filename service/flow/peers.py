"""How sending to a peer can fail, by what is done about it."""

from __future__ import annotations


class PeerFailure(Exception):
    """Base, never raised itself. Subclasses keep every argument in args, so they survive pickling."""


class PeerBusy(PeerFailure):
    """Try again later: out of resources (0xA7xx), HTTP 4xx and 5xx."""


class PeerAway(PeerBusy):
    """Try again later, and whatever else waits for this peer too: not reachable, or silent until the time was up."""


class PeerRefused(PeerFailure):
    """Final, a person must look: association rejected for good, 0xCxxx, HTTP 3xx and 410."""


class PeerTakesNone(PeerFailure):
    """The peer does not accept objects of this SOP Class (no presentation context): send the summary instead."""
