"""A physician's part at an edge's centre: judge the package's finding, write, sign."""

from __future__ import annotations

import secrets

from service.archive.reports import Report
from service.archive.studies import Study
from service.domain.hospital import Finalising, Language
from service.domain.record import Signer, digest
from service.domain.report import ReportContent, ReportText
from service.domain.review import RejectionReason, ReviewAction
from service.flow import report, review, sign
from service.flow.review import Act
from service.flow.sign import Sealed, Shown, Signing
from tests.reviewing.writing import ANNA
from tests.support.edges import Edges

ANNA_SIGNS = Signer("anna", "安娜", "主治医师", "110510000000001")
BEN_SIGNS = Signer("ben", "本", "主任医师", "110510000000002")


def seal(record: bytes) -> Sealed:
    """As a person's key would, for what does not look at signatures."""
    return Sealed("key-1", digest(record))


def judged(edges: Edges, study: Study, action: ReviewAction, reason: RejectionReason | None = None) -> None:
    """Judge every finding of the packages."""
    with edges.archive.write() as connection:
        for finding in review.judged(connection, ANNA, study):
            if finding.proposed is None:
                continue
            version = review.reviews.version(connection, ANNA, study.id)
            act = Act(secrets.token_hex(8), finding.tracking_uid, action, reason, None, version, None)
            review.act(connection, ANNA, study, act)


def signed(
    edges: Edges, study: Study, text: str = "右肺结节。", *, finalising: Finalising = Finalising.BY_SIGNATURE
) -> Report:
    """Write and sign; every contradiction is meant so."""
    content = ReportContent(ReportText(text, "肺结节", "随访"), (), "", Language.ZH_CN)
    with edges.archive.write() as connection:
        begun = report.begin(connection, ANNA, study, content)
        report.submit(connection, ANNA, study, edition=begun.edition)
        flags = sign.flags_of(study, begun.content.text, review.judged(connection, ANNA, study))
        shown = Shown(begun.edition, study.revision, study.image_count)
        signing = Signing(ANNA_SIGNS, finalising, shown, frozenset(flags), close_rest=True)
        return sign.sign(connection, ANNA, study, signing, seal)


def accepted_and_signed(
    edges: Edges, study: Study, text: str = "右肺结节。", *, finalising: Finalising = Finalising.BY_SIGNATURE
) -> Report:
    """The finding is too large to be closed without a look."""
    judged(edges, study, ReviewAction.ACCEPT)
    return signed(edges, study, text, finalising=finalising)
