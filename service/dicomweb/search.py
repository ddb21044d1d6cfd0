"""QIDO-RS: searching studies, series and instances (PS3.18 10.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from service.access.auditing import EVERY_STUDY
from service.access.doors import Caller, CallerDep
from service.archive import query
from service.archive.query import (
    AVAILABLE_TRANSFER_SYNTAX,
    INSTANCES_IN_SERIES,
    INSTANCES_IN_STUDY,
    MODALITIES_IN_STUDY,
    SERIES_IN_STUDY,
    Hit,
    Level,
)
from service.archive.store import Archive
from service.dicom.attributes import Tag
from service.dicomweb.accept import json_type, ranges
from service.dicomweb.attributes import Json, attribute, known_tags, known_value
from service.dicomweb.resource import Resource, ResourceDep, audited, require, root_of
from service.dicomweb.search_query import SearchQuery, parse

_AVAILABILITY: Final = 0x00080056
_RETRIEVE_URL: Final = 0x00081190
_STUDY_RETURNED: Final = (
    Tag.STUDY_DATE,
    Tag.STUDY_TIME,
    Tag.ACCESSION_NUMBER,
    MODALITIES_IN_STUDY,
    Tag.REFERRING_PHYSICIAN_NAME,
    Tag.STUDY_DESCRIPTION,
    Tag.PATIENT_NAME,
    Tag.PATIENT_ID,
    Tag.PATIENT_BIRTH_DATE,
    Tag.PATIENT_SEX,
    Tag.STUDY_INSTANCE_UID,
    Tag.STUDY_ID,
    SERIES_IN_STUDY,
    INSTANCES_IN_STUDY,
)
_SERIES_RETURNED: Final = (
    Tag.SERIES_DATE,
    Tag.SERIES_TIME,
    Tag.MODALITY,
    Tag.SERIES_DESCRIPTION,
    Tag.SERIES_INSTANCE_UID,
    Tag.SERIES_NUMBER,
    INSTANCES_IN_SERIES,
)
_INSTANCE_RETURNED: Final = (
    Tag.SOP_CLASS_UID,
    Tag.SOP_INSTANCE_UID,
    AVAILABLE_TRANSFER_SYNTAX,
    Tag.INSTANCE_NUMBER,
    Tag.NUMBER_OF_FRAMES,
    Tag.ROWS,
    Tag.COLUMNS,
    Tag.BITS_ALLOCATED,
)
_OPTIONAL: Final = frozenset({Tag.NUMBER_OF_FRAMES, Tag.ROWS, Tag.COLUMNS, Tag.BITS_ALLOCATED})
"""Attributes that are left out where the instance has none, instead of being given without a value."""


@dataclass(frozen=True, slots=True)
class SearchEndpoints:
    """The searches. Above its own level a search returns the attributes of the levels that its path leaves open."""

    archive: Archive

    def studies(self, request: Request, caller: CallerDep) -> Response:
        """Studies of the hospital."""
        return self._search(request, caller, Level.STUDY, Resource())

    def series(self, request: Request, caller: CallerDep, inside: ResourceDep) -> Response:
        """Series of one study, or of all."""
        return self._search(request, caller, Level.SERIES, inside)

    def instances(self, request: Request, caller: CallerDep, inside: ResourceDep) -> Response:
        """Instances of one series, of one study, or of all."""
        return self._search(request, caller, Level.INSTANCE, inside)

    def _search(self, request: Request, caller: Caller, level: Level, inside: Resource) -> Response:
        parameters = request.query_params
        media_type = json_type(ranges(request.headers.get("accept"), parameters.get("accept")))
        asked = parse(level, parameters.multi_items())
        wanted = inside.query(caller, level, asked.matching)
        audited(self.archive, caller, inside.study or EVERY_STUDY)
        with self.archive.read() as connection:
            require(connection, caller, inside)
            hits = query.search(connection, caller.wall, wanted, offset=asked.offset, limit=asked.limit)
            page = _Page(level, asked, root_of(request), frozenset(_returned(level, inside)))
            found = [page.rendered(hit) for hit in hits]
            left = 0
            if len(found) == asked.limit:
                left = max(query.count(connection, caller.wall, wanted) - asked.offset - len(found), 0)
        warnings = asked.warnings
        if left:
            warnings += (f"There are {left} additional results that can be requested",)
        return _answer(found, media_type, [f"299 {root_of(request)}: {each}" for each in warnings])


@dataclass(frozen=True, slots=True)
class _Page:
    """How the matches of one search are rendered."""

    level: Level
    asked: SearchQuery
    root: str
    returned: frozenset[int]

    def rendered(self, hit: Hit) -> bytes:
        known = known_tags(hit)
        extra = known if self.asked.included is None else self.asked.included & known
        model: dict[str, Json] = {}
        for tag in self.returned | extra:
            value = known_value(hit, tag)
            if value is not None or tag not in _OPTIONAL:
                model[f"{tag:08X}"] = attribute(tag, value)
        model[f"{_AVAILABILITY:08X}"] = attribute(_AVAILABILITY, "ONLINE")
        model[f"{_RETRIEVE_URL:08X}"] = {"vr": "UR", "Value": [self._url(hit)]}
        return orjson.dumps(model, option=orjson.OPT_SORT_KEYS)

    def _url(self, hit: Hit) -> str:
        url = f"{self.root}/studies/{hit.values[Tag.STUDY_INSTANCE_UID]}"
        if self.level >= Level.SERIES:
            url += f"/series/{hit.values[Tag.SERIES_INSTANCE_UID]}"
        if self.level is Level.INSTANCE:
            url += f"/instances/{hit.values[Tag.SOP_INSTANCE_UID]}"
        return url


def _returned(level: Level, inside: Resource) -> Iterator[int]:
    """Own attributes, those of levels the path leaves open, and always the UIDs of the levels above."""
    if level is Level.STUDY or inside.study is None:
        yield from (tag for tag in _STUDY_RETURNED if level is Level.STUDY or not _is_count(tag))
    if level is Level.SERIES or (level is Level.INSTANCE and inside.series is None):
        yield from (tag for tag in _SERIES_RETURNED if level is Level.SERIES or not _is_count(tag))
    if level >= Level.SERIES:
        yield Tag.STUDY_INSTANCE_UID
    if level is Level.INSTANCE:
        yield Tag.SERIES_INSTANCE_UID
        yield from _INSTANCE_RETURNED


def _is_count(tag: int) -> bool:
    return tag in {MODALITIES_IN_STUDY, SERIES_IN_STUDY, INSTANCES_IN_STUDY, INSTANCES_IN_SERIES}


def _answer(found: list[bytes], media_type: str, warnings: list[str]) -> Response:
    response = (
        Response(status_code=204) if not found else Response(b"[" + b",".join(found) + b"]", media_type=media_type)
    )
    for warning in warnings:
        response.headers.append("Warning", warning)
    return response


def routes(archive: Archive, route_class: type[APIRoute], prefix: str) -> APIRouter:
    """The paths that are searched (PS3.18 table 10.6.1-1)."""
    endpoints = SearchEndpoints(archive)
    router = APIRouter(prefix=prefix, route_class=route_class, include_in_schema=False)
    for path, endpoint in (
        ("/studies", endpoints.studies),
        ("/series", endpoints.series),
        ("/instances", endpoints.instances),
        ("/studies/{study}/series", endpoints.series),
        ("/studies/{study}/instances", endpoints.instances),
        ("/studies/{study}/series/{series}/instances", endpoints.instances),
    ):
        router.add_api_route(path, endpoint, methods=["GET"])
    return router
