"""How sending to a peer can fail, by what is done about it."""

from __future__ import annotations


class PeerFailure(Exception):
    """Base, never raised itself. Subclasses keep every argument in args, so they survive pickling."""


class PeerBusy(PeerFailure):
    """Try again later: not reachable, timed out, out of resources (0xA7xx), HTTP 429 or 5xx."""


class PeerRefused(PeerFailure):
    """Final, a person must look: association rejected for good, 0xCxxx, HTTP 4xx."""


class PeerTakesNone(PeerFailure):
    """The peer does not accept objects of this SOP Class (no presentation context): send the summary instead."""
