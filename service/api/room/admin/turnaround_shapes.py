"""How long examinations took and how many kept their time, by hospital and class, as the administrator sees it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from service.api.room.shape import Named, Shape, Worded
from service.archive import clocks, hospitals
from service.archive.clocks import SPAN_S
from service.archive.store import now
from service.domain.clock import PASSED_PERCENT, turnaround
from service.domain.examination_words import CLASS_TEXTS
from service.domain.hospital import Language
from service.domain.order import ExamClass
from service.domain.wall import HospitalId, Wall
from service.domain.wording import said

_DAY_S: Final = 86_400


class TurnaroundView(Shape):
    """The examinations of one hospital and class. exam_class: null where no order says one.

    done: reports released in the span. in_time: of those, within the target that counted then. median_s, p90_s: from
    complete images to the release; null where nothing was. passed: open ones by the share of their target in per cent
    that they passed last.
    """

    hospital: Named
    exam_class: Worded | None
    done: int
    in_time: int
    median_s: float | None
    p90_s: float | None
    passed: dict[int, int]


class TurnaroundsView(Shape):
    """By hospital and class, over the last so many days."""

    days: int
    rows: tuple[TurnaroundView, ...]

    @classmethod
    def read(cls, connection: Connection, wall: Wall, language: Language) -> TurnaroundsView:
        """As it stands now."""
        stopped = clocks.stopped(connection, wall, since=now(connection) - SPAN_S)
        running = clocks.running(connection, wall)
        named = {each.id: each.name for each in hospitals.everyone(connection, wall)}
        order = [*ExamClass, None]

        def place(group: clocks.Group) -> tuple[str, int]:
            return named.get(group[0], group[0]), order.index(group[1])

        def row(group: clocks.Group) -> TurnaroundView:
            hospital, exam_class = group
            figures = turnaround(stopped[group]) if group in stopped else None
            return TurnaroundView(
                hospital=_named(hospital, named),
                exam_class=None
                if exam_class is None
                else Worded(word=exam_class.value, text=said(CLASS_TEXTS[exam_class], language)),
                done=0 if figures is None else figures.done,
                in_time=0 if figures is None else figures.in_time,
                median_s=None if figures is None else figures.median_s,
                p90_s=None if figures is None else figures.p90_s,
                passed=dict(running.get(group, dict.fromkeys(PASSED_PERCENT, 0))),
            )

        return cls(days=SPAN_S // _DAY_S, rows=tuple(row(each) for each in sorted({*stopped, *running}, key=place)))


def _named(hospital: HospitalId, named: dict[HospitalId, str]) -> Named:
    return Named(id=hospital, name=named.get(hospital, hospital))
