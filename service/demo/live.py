"""The lines of a demo while it runs: what came in, what happened, in the order in which it did."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.status import Status

from service.cli.send import Sent, Underway
from service.demo.watch import Seen
from service.his.event_words import event_words

_LOOK_EVERY_S: Final = 0.5
_COUNT_EVERY_S: Final = 5.0


@dataclass(slots=True)
class Telling:
    """Says each event of the study when it happens. look: how the study stands now, None before it came in."""

    console: Console
    look: Callable[[], Seen | None]
    began_at: float = 0.0
    _told: int = 0
    _looked_at: float = 0.0
    _counted_at: float = field(default_factory=time.monotonic)

    def underway(self, sending: Underway) -> None:
        """While images are sent: the events so far and, where no bar is drawn, the count now and then."""
        self.began_at = sending.began_at
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at = now
        self.events(self.look())
        if not self.console.is_terminal and now - self._counted_at > _COUNT_EVERY_S:
            self._counted_at = now
            self._line(time.time(), f"received {sending.answered} of {sending.total} instances")

    def sent(self, sent: Sent) -> None:
        """All was answered: the events before that, then the count."""
        self.began_at = sent.began_at
        self.events(self.look(), before=sent.ended_at)
        total = len(sent.accepted) + len(sent.refused) + sent.unsent
        skipped = f"; {len(sent.skipped)} files are no DICOM instances" if sent.skipped else ""
        self._line(sent.ended_at, f"received {len(sent.accepted)} of {total} instances{skipped}")
        for name, why in sent.refused:
            self.console.print(f"refused {name}: {why}", style="red", markup=False)
        if sent.broken:
            self.console.print(f"{sent.unsent} were not sent: {sent.broken}", style="red", markup=False)

    def waiting(self, status: Status) -> Callable[[Seen], None]:
        """For whoever watches on: tells what is new, and keeps the line below at what goes on."""

        def say(seen: Seen) -> None:
            self.events(seen)
            status.update(seen.words)

        return say

    def events(self, seen: Seen | None, before: float | None = None) -> None:
        """Tell what is new, up to a moment."""
        for each in () if seen is None else seen.events:
            if each.seq > self._told and (before is None or each.at <= before):
                self._told = each.seq
                self._line(each.at, event_words(each.kind, each.detail).en)

    def _line(self, at: float, words: str) -> None:
        self.console.print(f"{at - self.began_at:7.1f} s  {words}", markup=False, highlight=False, soft_wrap=True)
