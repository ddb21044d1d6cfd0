"""An amendment that is given up leaves findings, notices and figures as the released report has them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from service.archive import reports, reviews
from service.archive.store import Archive
from service.domain.codes import PNEUMOTHORAX
from service.domain.hospital import Finalising
from service.domain.review import FindingState, ReviewAction
from service.flow import report, review, sign, take_back
from service.flow.review import Judged, ReportSettled
from service.flow.sign import Shown, Signing
from tests.notices.ward import OWN, Ward, ward
from tests.reviewing.test_sign import ANNA_SIGNS, seal
from tests.reviewing.writing import ANNA, BEN, content

A = ReviewAction


@pytest.fixture
def here(archive: Archive) -> Iterator[Ward]:
    with ward(archive) as opened:
        yield opened


def begun(here: Ward) -> int:
    """A draft is open; after a release it is an amendment. Its edition."""
    with here.archive.write() as connection:
        return report.begin(connection, ANNA, here.study, content("Lung nodule.")).edition


def signed(here: Ward, edition: int, *, finalising: Finalising = Finalising.BY_SIGNATURE) -> dict[str, str]:
    """What became of each finding, by the signed record."""
    with here.archive.write() as connection:
        report.submit(connection, ANNA, here.study, edition=edition)
        shown = Shown(edition, here.study.revision, here.study.image_count)
        asked = Signing(ANNA_SIGNS, finalising, shown, frozenset(), close_rest=True)
        made = sign.sign(connection, ANNA, here.study, asked, seal)
    return {each["tracking_uid"]: each["state"] for each in json.loads(made.record or "")["findings"]}


def released(here: Ward) -> None:
    signed(here, begun(here))


def given_up(here: Ward) -> None:
    """Ben discards what is open."""
    with here.archive.write() as connection:
        opened = reports.opened(connection, BEN, here.study.id)
        assert opened is not None
        report.discard(connection, BEN, here.study, edition=opened.edition)


def findings(here: Ward) -> dict[str, Judged]:
    with here.archive.read() as connection:
        return {each.tracking_uid: each for each in review.judged(connection, ANNA, here.study)}


def states(here: Ward) -> dict[str, FindingState]:
    return {uid: each.review.state for uid, each in findings(here).items()}


def kept(here: Ward, uid: str) -> list[tuple[str, str]]:
    """Every act on a finding that was ever kept, and whose it was."""
    with here.archive.read() as connection:
        return [(each.action.value, each.reader) for each in reviews.of_study(connection, ANNA, here.study.id)[uid]]


def test_findings_stand_again_as_the_released_report_has_them(here: Ward) -> None:
    uid = here.proposed
    here.judge(A.CORRECT, long_axis_mm=9.0)
    released(here)
    before = findings(here)[uid]
    begun(here)
    here.judge(A.UNDO)
    here.judge(A.REJECT)
    here.judge(A.ADD, OWN)
    assert states(here) == {uid: FindingState.REJECTED, OWN: FindingState.ADDED}

    given_up(here)

    assert findings(here) == {uid: before}
    assert kept(here, uid) == [
        *(("correct", "anna"), ("undo", "anna"), ("reject", "anna")),
        ("amendment-given-up", "ben"),
    ], "who gave it up is on record, and so is what was judged"
    assert kept(here, OWN) == [("add", "anna"), ("amendment-given-up", "ben")]
    with here.archive.read() as connection:
        (last, *_) = reversed(reviews.of_study(connection, ANNA, here.study.id)[uid])
    assert last.at > before.review.counted[0].at


def test_what_the_amendment_left_alone_is_not_given_up(here: Ward) -> None:
    here.judge(A.ACCEPT)
    released(here)
    begun(here)
    here.judge(A.REJECT)
    here.judge(A.UNDO)
    given_up(here)
    assert [each for each, _ in kept(here, here.proposed)] == ["accept", "reject", "undo"]


def test_the_next_amendment_begins_at_the_released_findings(here: Ward) -> None:
    uid = here.proposed
    here.judge(A.ACCEPT)
    released(here)
    begun(here)
    here.judge(A.REJECT)
    given_up(here)
    edition = begun(here)
    here.judge(A.DOUBT)
    here.judge(A.UNDO)
    assert states(here) == {uid: FindingState.ACCEPTED}
    assert signed(here, edition) == {uid: "accepted"}


def test_an_amendment_that_was_recalled_and_then_given_up_is_given_up_whole(here: Ward) -> None:
    uid = here.proposed
    here.judge(A.ACCEPT)
    released(here)
    edition = begun(here)
    here.judge(A.REJECT)
    signed(here, edition, finalising=Finalising.BY_AUDIT)
    with here.archive.write() as connection:
        take_back.recall(connection, ANNA, here.study)
    given_up(here)
    assert states(here) == {uid: FindingState.ACCEPTED}
    with pytest.raises(ReportSettled):
        here.judge(A.DOUBT)


def test_a_draft_that_amends_nothing_leaves_the_judgements_to_whoever_writes_next(here: Ward) -> None:
    begun(here)
    here.judge(A.ACCEPT)
    given_up(here)
    assert states(here) == {here.proposed: FindingState.ACCEPTED}


def test_a_finding_of_an_analysis_that_is_gone_meanwhile_stands_again_too(here: Ward) -> None:
    uid = here.proposed
    here.rule()
    here.judge(A.ACCEPT)
    released(here)
    begun(here)
    here.judge(A.REJECT, uid)
    with here.archive.write() as connection:
        connection.exec_driver_sql("UPDATE analysis SET state = 'superseded'")
    assert states(here) == {}
    given_up(here)
    assert (states(here), here.states) == ({uid: FindingState.ACCEPTED}, ["raised"])


def test_an_urgent_notice_of_the_amendment_alone_is_taken_back_and_the_record_says_why(here: Ward) -> None:
    here.rule(PNEUMOTHORAX)
    here.judge(A.ACCEPT)
    released(here)
    begun(here)
    here.judge(A.ADD, OWN, concept=PNEUMOTHORAX)
    here.sweep()
    assert here.states == ["sent"]

    given_up(here)
    here.sweep()

    assert here.states == ["taken-back"]
    (last,) = [each for each in here.flow.events(here.study) if each.kind == "notice.taken_back"]
    assert (last.detail["was"], last.detail["because"]) == ("sent", "amendment-given-up")
    assert [state for state, _ in here.told] == ["raised", "taken-back"], "who was told hears that it stands no more"


def test_an_urgent_finding_that_only_the_amendment_denied_is_told_again(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.sweep()
    released(here)
    begun(here)
    here.judge(A.REJECT)
    here.sweep()
    given_up(here)
    here.sweep()
    assert (here.states, [state for state, _ in here.told]) == (["sent"], ["raised", "taken-back", "raised"])


def test_a_contradiction_is_looked_for_in_what_stands(here: Ward) -> None:
    """The amendment put the finding on the left; the released report and its text say right."""
    here.judge(A.ACCEPT)
    released(here)
    begun(here)
    here.judge(A.CORRECT)
    text = content("Right lung nodule.").text
    assert sign.flags_of(here.study, text, list(findings(here).values())) != ()
    given_up(here)
    assert sign.flags_of(here.study, text, list(findings(here).values())) == ()
