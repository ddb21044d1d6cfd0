"""Faults that the user of a command can mend: one sentence on stderr and exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def told() -> Iterator[None]:
    """Turn the product's own faults, and a file or folder that cannot be used, into a sentence.

    Anything else stays a trace, since it is ours to mend.
    """
    try:
        yield
    except OSError as fault:
        if fault.filename is None or fault.strerror is None:
            raise
        sys.stderr.write(f"consilium: {fault.filename}: {fault.strerror}\n")
        sys.exit(2)
    except Exception as fault:
        if not _is_ours(fault):
            raise
        sys.stderr.write(f"consilium: {fault}\n")
        sys.exit(2)


def _is_ours(fault: Exception) -> bool:
    rooms = ("service.", "models.", "dicom_node.", "workers.", "training.")
    return any(f"{kind.__module__}.".startswith(rooms) for kind in type(fault).__mro__)
