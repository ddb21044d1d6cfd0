"""Figures for Prometheus: how much stands in which state, what is overdue, how full the disk is. Counts only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.archive import analyses, deliveries, quarantine, studies
from service.archive.overdue import overdue_s
from service.archive.quarantine import QuarantineState
from service.archive.store import Archive, ArchiveUnavailable
from service.domain.wall import Wall

_WALL: Final = Wall.operator()
_BUCKETS_S: Final = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)


class Figures:
    """The figures of one process."""

    def __init__(self, archive: Archive) -> None:
        """Figures of the archive are read when they are asked for."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_ArchiveFigures(archive))
        labels = ("method", "route", "status")
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._answers = Counter("consilium_http_answers", "Answers given", labels, registry=self._registry)
        self._took_s = Histogram(
            "consilium_http_seconds",
            "Seconds until the answer began",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count an answer."""
        known = method if method in {"GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"} else "other"
        counted = self._counted.get((known, route, status))
        if counted is None:
            counted = self._answers.labels(known, route, str(status)), self._took_s.labels(route)
            self._counted[(known, route, status)] = counted
        answers, seconds = counted
        answers.inc()
        seconds.observe(took_s)

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self._registry)


class _ArchiveFigures(Collector):
    """What the rows say now; while the database does not answer, that it does not."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def collect(self) -> Iterator[Metric]:
        with contextlib.suppress(OSError):  # the disk is away: the figure is missing, the others are told
            room = self._archive.free_bytes()
            yield GaugeMetricFamily("consilium_disk_free_bytes", "Room left for the archive", value=room)
        try:
            rows = list(self._of_rows())
        except ArchiveUnavailable:
            rows = []
        yield GaugeMetricFamily("consilium_database_up", "Whether the database answers", value=float(bool(rows)))
        yield from rows

    def describe(self) -> Iterable[Metric]:
        """Nothing is read at registration."""
        return ()

    def _of_rows(self) -> Iterator[Metric]:
        with self._archive.read() as connection:
            yield _by_state("studies", "Studies", studies.counts(connection, _WALL))
            yield _by_state("analyses", "Analyses", analyses.counts(connection, _WALL))
            yield _by_state("deliveries", "Deliveries", deliveries.counts(connection, _WALL))
            held = len(quarantine.listed(connection, _WALL, [QuarantineState.HELD]))
            yield GaugeMetricFamily("consilium_quarantine_held", "Instances that wait for a person", value=held)
            yield _overdue(overdue_s(connection, _WALL))


def _by_state(name: str, words: str, counts: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(f"consilium_{name}", f"{words} by state", labels=("state",))
    for state, count in sorted(counts.items()):
        family.add_metric((state,), count)
    return family


def _overdue(waited_s: Mapping[str, float | None]) -> Metric:
    family = GaugeMetricFamily(
        "consilium_overdue_seconds", "How long the oldest work that is due has waited", labels=("step",)
    )
    for step, seconds in waited_s.items():
        family.add_metric((step,), seconds or 0.0)
    return family
