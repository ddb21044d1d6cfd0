"""Whether the documents of a signed report are there, are what this centre made of it, and say what was signed.

The seal is about every byte, but only as good as the installation's key; the words of the SR are compared with the
record, which no key of the centre can sign. Documents are not made again to be compared: what stands around the words
(the centre's and the hospital's name, an order, the packages' own documents) may rightly be another by then.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from service.archive import whole_objects
from service.archive.document_seals import document_seal
from service.archive.events import Event, EventKind
from service.archive.reports import Report
from service.archive.results import Result, ResultKind
from service.archive.store import Archive
from service.domain.record import ReportRecord
from service.domain.report import ReportState
from service.domain.report_audit import change_sha256, released_content
from service.signing.seen import Seen
from service.signing.sr_words import differences

_CARRY_THE_HASH: Final = frozenset({ResultKind.SR, ResultKind.PDF})


def missing(report: Report, made: Sequence[Result], events: Sequence[Event]) -> Iterator[Seen]:
    """The documents a report must have: those of one that is out, and those that its events say were made.

    One that waits for its audit in the centre has none yet.
    """
    is_provisional = report.state is ReportState.PROVISIONAL
    gone: set[str] = set()
    if is_provisional or report.released_at is not None:
        gone |= _CARRY_THE_HASH - {each.kind for each in made if each.is_provisional is is_provisional}
    held = Counter(each.kind.value for each in made)
    encoded = (each.detail for each in events if each.kind is EventKind.RESULT_ENCODED)
    for told in (each.get("what") for each in encoded if each.get("report") == report.id):
        kinds = Counter(told if isinstance(told, list) else ())
        gone |= {kind for kind, count in kinds.items() if held[kind] < count}
    yield from (Seen.of(str(kind), "is not there") for kind in sorted(gone))


def looked_at(
    archive: Archive, report: Report, made: Result, record: ReportRecord | None, audit_record: str | None
) -> Seen:
    """One document. record, audit_record: what was signed and what its audit says; None where they cannot be read."""
    what = f"{made.kind.value} {made.sop_instance_uid}"
    wrong = whole_objects.fault_in_file(archive.objects, made)
    if wrong:
        return Seen.of(what, wrong)
    found = [] if _is_sealed(archive, report, made) else ["is not what this centre made of the report"]
    if made.kind in _CARRY_THE_HASH:
        content = archive.objects.load(made.hospital, made.object_name)
        of_audit = None if made.is_provisional else audit_record
        hashes = (report.record_sha256 or "-", change_sha256(of_audit) or "")
        if not all(each.encode() in content for each in hashes):
            found.append("carries another record's hash")
        if made.kind is ResultKind.SR and record is not None:
            otherwise = differences(content, record, released_content(record.content, of_audit))
            found += [f"says otherwise than what was signed: {', '.join(otherwise)}"] if otherwise else []
    return Seen.of(what, "; ".join(found))


def _is_sealed(archive: Archive, report: Report, made: Result) -> bool:
    seal = document_seal(
        archive.installation.key,
        hospital=made.hospital,
        report_id=report.id,
        kind=made.kind.value,
        sop_instance_uid=made.sop_instance_uid,
        sha256=made.sha256,
        is_provisional=made.is_provisional,
    )
    return hmac.compare_digest(seal, made.seal or "")
