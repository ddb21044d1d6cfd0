"""The centre at a glance, as far as it is known: node, workers by the work that waits for them, disk, versions."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from models.manifest import Text
from service.access.reader_doors import ReaderDep
from service.api.room.admin.door import ADMIN, administrator
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX, Shape
from service.archive import analyses, deliveries, demo_mark, hospitals, quarantine, studies
from service.archive.overdue import overdue_s
from service.archive.quarantine import QuarantineState
from service.archive.store import Archive
from service.domain.hospital import Language, is_loopback
from service.domain.wording import said

LATE_S: Final = 60.0
"""The sweep looks at least once a second: work that has waited this long waits for a worker that is not there, or
that is busy with as much as it can do."""
_STEPS: Final[Mapping[str, Text]] = {
    "complete": Text(zh="收齐判断", en="completion"),
    "clock": Text(zh="报告时限", en="report clocks"),
    "analyse": Text(zh="AI 分析", en="analysis"),
    "encode": Text(zh="结果编码", en="encoding"),
    "deliver": Text(zh="投递", en="delivery"),
    "probe": Text(zh="连接测试", en="connection tests"),
}
_NOTHING_DUE: Final = Text(
    zh="没有待办，工作进程是否在运行未知", en="nothing is due, so whether its worker runs is not known"
)
_IN_TIME: Final = Text(zh="及时处理中", en="in time")
_LATE: Final = Text(
    zh="最早的一项已等待 {seconds} 秒：请检查工作进程与中心日志",
    en="the oldest has waited {seconds} s: look whether its worker runs, and into the centre's log",
)
_NODE: Final[Mapping[bool | None, Text]] = {
    True: Text(zh="DICOM 节点接受连接", en="the DICOM node takes connections"),
    False: Text(zh="DICOM 节点无应答：请检查中心日志", en="the DICOM node is silent: look into the centre's log"),
    None: Text(zh="DICOM 节点状态未知", en="whether the DICOM node runs is not known"),
}


class StepView(Shape):
    """One kind of work. waited_s: since when the oldest of it is due; null where nothing waits. late: as text says."""

    word: str
    name: str
    waited_s: float | None
    late: bool
    text: str


class NodeView(Shape):
    """The DICOM node. answers: null where it is not known. loopback: whether only this machine reaches it."""

    bind: str
    loopback: bool
    answers: bool | None
    text: str


class DiskView(Shape):
    """The disk that holds the archive. low: nothing is received any more (C-STORE is answered A700)."""

    free_bytes: int
    total_bytes: int
    watermark_bytes: int
    low: bool


class SystemView(Shape):
    """The centre. counts: rows by state. What is not in here is not known to the centre: it makes no backups itself."""

    version: str
    is_demo: bool
    node: NodeView
    disk: DiskView
    steps: tuple[StepView, ...]
    hospitals: int
    packages: int
    broken_packages: int
    quarantined: int
    studies: dict[str, int]
    analyses: dict[str, int]
    deliveries: dict[str, int]


@dataclass(frozen=True, slots=True)
class SystemEndpoints:
    """Looking at the centre."""

    archive: Archive
    centre: RunningCentre

    def now(self, reader: ReaderDep) -> SystemView:
        """The centre as it stands."""
        wall, language = administrator(reader), reader.language
        catalogue = self.centre.catalogue
        catalogue.refresh()
        with self.archive.read() as connection:
            return SystemView(
                version=self.centre.version,
                is_demo=demo_mark.is_marked(connection),
                node=self._node(language),
                disk=self._disk(),
                steps=tuple(_step(word, waited, language) for word, waited in overdue_s(connection, wall).items()),
                hospitals=len(hospitals.everyone(connection, wall)),
                packages=len(catalogue.entries()),
                broken_packages=len(catalogue.faults),
                quarantined=len(quarantine.listed(connection, wall, [QuarantineState.HELD])),
                studies=dict(studies.counts(connection, wall)),
                analyses=dict(analyses.counts(connection, wall)),
                deliveries=dict(deliveries.counts(connection, wall)),
            )

    def _node(self, language: Language) -> NodeView:
        bind, answers = self.centre.dicom_bind(), self.centre.node_answers()
        return NodeView(bind=bind, loopback=is_loopback(bind), answers=answers, text=said(_NODE[answers], language))

    def _disk(self) -> DiskView:
        usage = shutil.disk_usage(self.archive.folder)
        return DiskView(
            free_bytes=usage.free,
            total_bytes=usage.total,
            watermark_bytes=self.centre.watermark_bytes,
            low=usage.free <= self.centre.watermark_bytes,
        )


def _step(word: str, waited_s: float | None, language: Language) -> StepView:
    late = waited_s is not None and waited_s > LATE_S
    text = said(_NOTHING_DUE if waited_s is None else _LATE if late else _IN_TIME, language)
    return StepView(
        word=word,
        name=said(_STEPS[word], language),
        waited_s=waited_s,
        late=late,
        text=text.format(seconds=round(waited_s or 0.0)),
    )


def routes(archive: Archive, centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operation that looks at the centre."""
    router = APIRouter(prefix=f"{PREFIX}{ADMIN}", tags=["system"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/system", SystemEndpoints(archive, centre).now, methods=["GET"])
    return router
