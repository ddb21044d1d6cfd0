"""What a log may hold of a fault: where it happened, never the values it met, since those are a patient's."""

from __future__ import annotations

import logging
import traceback
import warnings
from collections.abc import Iterator
from typing import Any, Final

_QUOTING_LOGGERS: Final = ("pydicom", "py.warnings")
"""They quote the value they warn of. What is wrong with a data set is told by refusals and quarantine instead."""


class PrivateFormatter(logging.Formatter):
    """A formatter that tells an exception by type and place."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        """Text for the exc_info of a record."""
        return traceback_without_values(ei[1])


def traceback_without_values(fault: BaseException) -> str:
    """The traceback of a fault and of what caused it; of messages only those of the operating system."""
    return "\n\n".join("".join(_lines(each)) for each in reversed(list(_chain(fault))))


def silence_quoting_libraries() -> None:
    """Keep libraries that quote values in their warnings out of log and stderr of this process."""
    for name in _QUOTING_LOGGERS:
        logging.getLogger(name).disabled = True
    warnings.simplefilter("ignore")


def _chain(fault: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = fault
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _lines(fault: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(fault.__traceback__)
    said = fault.strerror if isinstance(fault, OSError) else None
    yield type(fault).__name__ + (f": {said}" if said else "")
