"""The reading page's part of the fake room: a request, banners, findings with outlines, judgements, a claim."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from service.api.room.reading_shapes import ReadingView
from tests.web.fake_dicomweb import STUDY, FakeDicomweb
from tests.web.fake_room import FakeRoom, Routes, problem

STATES = {"accept": ("accepted", "已接受"), "reject": ("rejected", "已拒绝"), "doubt": ("uncertain", "不确定")}
PROPOSED = ("proposed", "待处理")
BANNER = "层厚 5 mm，超出范围；AI 未分析。"
WANG, LI = {"id": "7", "name": "王医生"}, {"id": "9", "name": "李医生"}
SQUARE = [[40.0, 40.0], [60.0, 40.0], [60.0, 60.0], [40.0, 60.0]]


@dataclass
class FakeReading:
    """What stands on the page; a test changes the fields."""

    web: FakeDicomweb
    images: tuple[int, ...] = (3, 9, 20)
    has_second_reader: bool = False
    is_locked: bool = False
    has_request: bool = True
    earlier: list[str] = field(default_factory=list)
    held_by: dict[str, str] | None = None
    version: int = 0
    acts: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    measures: dict[str, dict[str, Any]] = field(default_factory=dict)

    def judged(self, place: int, by: dict[str, str], action: str, reason: str | None = None) -> None:
        """A judgement, by whoever; the page has to have seen it before the next."""
        at = datetime(2026, 11, 28, 8, len(self.acts) % 60, tzinfo=UTC)
        act = {"action": action, "reason": reason, "by": by, "at": at, "mode": "concurrent"}
        self.acts.append({"place": place, **act})
        self.version += 1

    @property
    def is_hidden(self) -> bool:
        """Whether what the second reader found, all but the first finding, waits for the impression."""
        return self.has_second_reader and not self.is_locked

    def finding(self, place: int) -> dict[str, Any]:
        own = [{k: v for k, v in act.items() if k != "place"} for act in self.acts if act["place"] == place]
        word, text = STATES[own[-1]["action"]] if own else PROPOSED
        code = {"value": "M-03010", "scheme": "SRT", "meaning": "Nodule", "text": "结节"}
        return {
            "tracking_uid": f"1.2.9.{place}", "number": place + 1,
            "analysis_id": "a2" if self.has_second_reader and place else "a1",
            "state": {"word": word, "text": text}, "concept": code, "site": code, "laterality": None,
            "place": "右肺上叶", "long_axis_mm": 8.2, "short_axis_mm": 6.1, "volume_mm3": 214.0, "mean_hu": None,
            "center_mm": None, "image": {"sop_instance_uid": self.sop(place), "frame": None}, "probability": 0.8,
            "band": {"word": "high", "text": "高"}, "is_high": place == 0, "note": "", "line": "右肺上叶结节。",
            "report_text": {
                "zh-CN": {"findings": "右肺上叶见一结节。", "impression": "右肺上叶结节。"},
                "en": {"findings": "Right upper lobe: nodule.", "impression": "Nodule, right upper lobe."},
            },
            "long_axis": None, "short_axis": None,
            "proposed": {
                "concept": code, "place": "右肺上叶", "long_axis_mm": 8.2, "short_axis_mm": 6.1, "volume_mm3": 214.0,
            },
            "judgements": own,
        }  # fmt: skip

    def sop(self, place: int) -> str:
        return str(self.web.slices[self.images[place]].SOPInstanceUID)

    def view(self, room: FakeRoom) -> dict[str, Any]:
        asked = {"question": "排除结节", "history": "咳嗽两周", "department": "呼吸科", "prior_reports": self.earlier}
        analysis = {
            "id": "a1", "package": "ct_chest_nodule", "version": "1.0.0", "title": "胸部 CT 结节",
            "use_status": "research", "state": "done", "text": "已完成", "outcome": "findings", "reason": None,
            "detail": None, "series_instance_uid": None, "selection": [], "not_validated_for": [], "promised": [],
            "mode": "concurrent", "is_hidden": False,
        }  # fmt: skip
        second = {
            **analysis, "id": "a2", "package": "second_opinion", "title": "第二意见",
            "mode": "second-reader", "is_hidden": self.is_hidden,
        }  # fmt: skip
        shown = range(1 if self.is_hidden else len(self.images))
        line = {**room.row(0), "reader": self.held_by}
        view = {
            "line": line, "revision": 1, "image_count": 2,
            "after_signature": "released", "withheld": None, "series": [], "priors": [],
            "request": asked if self.has_request else None,
            "analyses": [analysis, second] if self.has_second_reader else [analysis],
            "impression_locked": not self.is_hidden,
            "hidden_findings": self.is_hidden, "waits_for_impression": self.is_hidden,
            "findings": [self.finding(place) for place in shown],
            "report_language": "zh-CN", "review_version": self.version, "report": None,
            "versions": [], "flags": [], "not_printable": [],
            "banners": [{"kind": "refused", "text": BANNER}], "notices": [],
        }  # fmt: skip
        return ReadingView.model_validate(view).model_dump(mode="json")


def create_router(room: FakeRoom, reading: FakeReading) -> APIRouter:
    router = APIRouter(prefix="/room/v1")
    met = Routes(room).met

    def page(request: Request) -> Any:
        return met(request) or reading.view(room)

    def contours(request: Request, uid: str) -> Any:
        place = {"sop_instance_uid": reading.sop(int(uid.rsplit(".", 1)[1])), "frame": None}
        return met(request) or [{**place, "polygons": [SQUARE]}]

    async def judge(request: Request, uid: str) -> Any:
        given = await request.json()
        reading.asked.append(given)
        if given["review_version"] != reading.version:
            return problem(409, "stale", "他人已处理发现，请查看后再决定。")
        if given["action"] == "undo":
            reading.acts.pop()
            reading.version += 1
        else:
            reading.judged(int(uid.rsplit(".", 1)[1]), WANG, given["action"], given["reason"])
        return met(request) or reading.view(room)

    def lock(request: Request) -> Any:
        reading.is_locked = True
        return met(request) or reading.view(room)

    async def claim(request: Request) -> Any:
        holder = reading.held_by
        if holder not in (None, WANG) and (await request.json())["instead_of"] != holder["id"]:
            return problem(409, "claimed", "李医生 正在阅片；可接管，或另选一例。")
        reading.held_by = WANG
        return met(request) or room.row(0)

    def let_go(request: Request) -> Response:
        reading.held_by = None
        return met(request) or Response(status_code=204)

    study = f"/studies/3/{STUDY}"
    router.add_api_route(f"{study}/reading", page, methods=["GET"])
    router.add_api_route(f"{study}/findings/{{uid}}/contours", contours, methods=["GET"])
    router.add_api_route(f"{study}/findings/{{uid}}/judgements", judge, methods=["POST"], response_model=None)
    router.add_api_route(f"{study}/first-impression", lock, methods=["POST"])
    router.include_router(_beside(room, reading, study))
    router.add_api_route(f"/worklist/3/{STUDY}/claim", claim, methods=["PUT"])
    router.add_api_route(f"/worklist/3/{STUDY}/claim", let_go, methods=["DELETE"], response_model=None)
    return router


def _beside(room: FakeRoom, reading: FakeReading, study: str) -> APIRouter:
    """What the image areas ask for: measures, and windows of images that name none."""
    router = APIRouter()
    met = Routes(room).met

    def measured(request: Request) -> Any:
        own = {"by": WANG, "at": "2026-11-28T08:00:00Z", "study_instance_uid": STUDY, "series_instance_uid": "1"}
        return met(request) or {"measures": [{"id": key, **each, **own} for key, each in reading.measures.items()]}

    async def measure(request: Request, key: str) -> Response:
        reading.measures[key] = await request.json()
        return met(request) or Response(status_code=204)

    def windows(request: Request) -> Any:
        return met(request) or {"series": []}

    router.add_api_route(f"{study}/measures", measured, methods=["GET"])
    router.add_api_route(f"{study}/measures/{{key}}", measure, methods=["PUT"], response_model=None)
    router.add_api_route(f"{study}/windows", windows, methods=["GET"])
    return router
