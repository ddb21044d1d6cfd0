"""STOW-RS (PS3.18 10.5): instances by HTTP, taken in by the same door as those by C-STORE (AC-31).

The body is split as it comes, so that one instance is in memory at a time. What an instance is answered is what C-STORE
would have answered; as there, an identical one again is a success and another one under its UID goes into quarantine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from models.manifest import Text
from service.access.doors import Caller, CallerDep
from service.access.problems import MALFORMED_REQUEST, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Problem
from service.archive import audit
from service.dicom.json_model import Json, JsonModel
from service.dicom.part10 import NotPart10, split
from service.dicom.sop_classes import is_storage
from service.dicom.syntaxes import UnknownTransferSyntax, transfer_syntax
from service.dicom.uids import parse_uid
from service.dicom.xml_model import xml_model
from service.dicomweb.accept import DICOM_XML, answered_as, asked
from service.dicomweb.edge import Edge
from service.dicomweb.parts_in import MultipartFault, PartSplitter, PartTooLarge, WrongType, boundary_in
from service.dicomweb.resource import ResourceDep, root_of
from service.dicomweb.series_text import PREFIX
from service.flow.bell import Bell, Step
from service.flow.receive import Received, Receiver, Source, StoreStatus

MAX_REQUEST_BYTES: Final = 8 << 30
MAX_INSTANCE_BYTES: Final = 1 << 30
SENDER: Final = "STOW-RS"
_SYNTAX_NOT_SUPPORTED: Final = 0xC122
_CLASS_NOT_SUPPORTED: Final = 0x0122
_PATH: Final = re.compile(PREFIX + r"(/h/[^/]+)?/studies(/[^/]+)?")


def largest_body_bytes(method: str, path: str) -> int | None:
    """How large a body may be that stores instances; None for every other request."""
    return MAX_REQUEST_BYTES if method == "POST" and _PATH.fullmatch(path) else None


@dataclass(frozen=True, slots=True)
class Intake:
    """The way in: the same as the DICOM node's, and the bell that is rung behind it."""

    receiver: Receiver
    bell: Bell


@dataclass(frozen=True, slots=True)
class _Answered:
    """What became of one instance. reason: the failure reason, 0 where it is stored."""

    sop_class_uid: str
    sop_instance_uid: str
    url: str
    reason: int


@dataclass(slots=True)
class _Outcome:
    """What became of the instances of a request."""

    answered: list[_Answered] = field(default_factory=list)
    studies: set[str] = field(default_factory=set)

    @property
    def status(self) -> int:
        failed = sum(each.reason != 0 for each in self.answered)
        if not failed:
            return 200
        return 409 if failed == len(self.answered) else 202

    def model(self, root: str) -> JsonModel:
        """The Store Instances Response (PS3.18 10.5.3) in the DICOM JSON model."""
        model: JsonModel = {}
        if len(self.studies) == 1:
            model["00081190"] = {"vr": "UR", "Value": [f"{root}/studies/{next(iter(self.studies))}"]}
        stored: list[Json] = [_item(each) for each in self.answered if not each.reason]
        failed: list[Json] = [_item(each) for each in self.answered if each.reason]
        for tag, items in (("00081198", failed), ("00081199", stored)):
            if items:
                model[tag] = {"vr": "SQ", "Value": items}
        return dict(sorted(model.items()))


@dataclass(frozen=True, slots=True)
class StoreEndpoints:
    """Storing into any study, or into the one of the path."""

    edge: Edge
    intake: Intake

    async def store(self, request: Request, caller: CallerDep, resource: ResourceDep) -> Response:
        """Take in every instance of the body; each is answered for itself."""
        media_type = answered_as(asked(request))
        splitter = PartSplitter(_boundary(request), MAX_INSTANCE_BYTES)
        outcome, root = _Outcome(), root_of(request)
        try:
            async for piece in request.stream():
                # By itself, so that no part is held here while the next one comes.
                await self._take_each(splitter.feed(piece), caller, resource.study, root, outcome)
            splitter.close()
        except PartTooLarge as fault:
            raise Problem(TOO_LARGE, _TOO_LARGE) from fault
        except MultipartFault as fault:
            if not outcome.answered:
                raise Problem(MALFORMED_REQUEST, _BROKEN) from fault
            outcome.answered.append(_Answered("", "", "", StoreStatus.CANNOT_UNDERSTAND))
        if not outcome.answered:
            raise Problem(MALFORMED_REQUEST, _BROKEN)
        await run_in_threadpool(self._recorded, caller, outcome)
        model = outcome.model(root)
        document = xml_model(model) if media_type == DICOM_XML else orjson.dumps(model, option=orjson.OPT_SORT_KEYS)
        return Response(document, status_code=outcome.status, media_type=media_type)

    async def _take_each(
        self, parts: list[memoryview], caller: Caller, study: str | None, root: str, outcome: _Outcome
    ) -> None:
        for content in parts:
            await run_in_threadpool(self._take, caller, study, root, content, outcome)

    def _take(self, caller: Caller, study: str | None, root: str, content: memoryview, outcome: _Outcome) -> None:
        try:
            meta, start = split(content)
        except NotPart10:
            outcome.answered.append(_Answered("", "", "", StoreStatus.CANNOT_UNDERSTAND))
            return
        reason = _unsupported(meta.sop_class_uid, meta.transfer_syntax_uid)
        url = ""
        if not reason:
            receipt = self.intake.receiver.receive(
                Received(
                    source=Source(caller.hospital_id, SENDER, None),
                    sop_class_uid=meta.sop_class_uid,
                    sop_instance_uid=meta.sop_instance_uid,
                    transfer_syntax_uid=meta.transfer_syntax_uid,
                    data_set=content[start:],
                    study_instance_uid=study,
                )
            )
            reason = int(receipt.status)
            if receipt.stored is not None:
                outcome.studies.add(receipt.stored.study_instance_uid)
                url = (
                    f"{root}/studies/{receipt.stored.study_instance_uid}/series/{receipt.stored.series_instance_uid}"
                    f"/instances/{meta.sop_instance_uid}"
                )
        outcome.answered.append(_Answered(_uid(meta.sop_class_uid), _uid(meta.sop_instance_uid), url, reason))

    def _recorded(self, caller: Caller, outcome: _Outcome) -> None:
        with self.edge.archive.write() as connection:
            for study in sorted(outcome.studies):
                audit.act(connection, caller.wall, hospital=caller.hospital_id, action="dicomweb.store", subject=study)
        self.intake.bell.ring(Step.COMPLETE)


_TOO_LARGE: Final = Text(
    zh="单个实例超过上限，请改用 C-STORE。", en="An instance is larger than is taken here; send it by C-STORE."
)
_BROKEN: Final = Text(
    zh="请求体不是完整的 multipart，请核对 boundary。",
    en="The body is not a whole multipart message; check the boundary and the closing one.",
)
_WRONG_TYPE: Final = Text(
    zh='请以 multipart/related; type="application/dicom" 发送。', en='Send multipart/related; type="application/dicom".'
)


def _boundary(request: Request) -> bytes:
    try:
        return boundary_in(request.headers.get("content-type", ""))
    except WrongType as fault:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, _WRONG_TYPE) from fault
    except MultipartFault as fault:
        raise Problem(MALFORMED_REQUEST, _BROKEN) from fault


def _unsupported(sop_class_uid: str, transfer_syntax_uid: str) -> int:
    """The failure reason of what no node would take (PS3.18 annex I.2.2); 0 for the rest."""
    try:
        transfer_syntax(transfer_syntax_uid)
    except UnknownTransferSyntax:
        return _SYNTAX_NOT_SUPPORTED
    return 0 if not sop_class_uid or is_storage(sop_class_uid) else _CLASS_NOT_SUPPORTED


def _uid(text: str) -> str:
    """A UID that may be repeated to the sender; empty where it is none."""
    try:
        return parse_uid(text, "UID")
    except ValueError:
        return ""


def _item(each: _Answered) -> JsonModel:
    item: JsonModel = {}
    for tag, uid in (("00081150", each.sop_class_uid), ("00081155", each.sop_instance_uid)):
        if uid:
            item[tag] = {"vr": "UI", "Value": [uid]}
    if each.reason:
        item["00081197"] = {"vr": "US", "Value": [each.reason]}
    elif each.url:
        item["00081190"] = {"vr": "UR", "Value": [each.url]}
    return item


def routes(edge: Edge, intake: Intake) -> APIRouter:
    """The paths that are stored to."""
    endpoints, router = StoreEndpoints(edge, intake), edge.router()
    for path in ("/studies", "/studies/{study}"):
        router.add_api_route(path, endpoints.store, methods=["POST"])
    return router
