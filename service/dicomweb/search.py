"""QIDO-RS: searching studies, series and instances (PS3.18 10.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from service.access.auditing import EVERY_STUDY
from service.access.doors import Caller, CallerDep
from service.archive import query
from service.archive.matches import (
    AVAILABLE_TRANSFER_SYNTAX,
    INSTANCES_IN_SERIES,
    INSTANCES_IN_STUDY,
    MODALITIES_IN_STUDY,
    SERIES_IN_STUDY,
    Hit,
    Level,
)
from service.archive.query import Query
from service.archive.store import Archive
from service.dicom.attributes import Tag
from service.dicomweb.accept import json_type, ranges
from service.dicomweb.edge import Edge
from service.dicomweb.kept_matches import KeptMatches, SeriesSearch
from service.dicomweb.match_text import MatchTexts, Wanted
from service.dicomweb.resource import Resource, ResourceDep, audited, require, root_of
from service.dicomweb.search_query import SearchQuery, parse
from service.dicomweb.walks import Walks

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
    walks: Walks
    kept: KeptMatches

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
        parameters, root = request.query_params, root_of(request)
        media_type = json_type(ranges(request.headers.get("accept"), parameters.get("accept")))
        asked = parse(level, parameters.multi_items())
        wanted = inside.query(caller, level, asked.matching)
        audited(self.archive, caller, inside.study or EVERY_STUDY)
        of_series = SeriesSearch(wanted, root, request.url.query) if _is_whole_series(level, inside, asked) else None
        with self.archive.read() as connection:
            proof = self.kept.proof(connection, caller.wall, of_series) if of_series else ()
            answer = self.kept.at_hand(of_series, proof) if of_series else None
            if answer is not None:
                return Response(answer, media_type=media_type)
            require(connection, caller, inside)
            page = self._page(connection, caller, wanted, asked)
            texts = MatchTexts(Wanted(frozenset(_returned(level, inside)), _OPTIONAL, asked.included))
            found = [texts.text(hit, _url(root, level, hit)) for hit in page.hits]
            left = page.left(len(found))
        if not found:
            return _with_warnings(Response(status_code=204), root, asked.warnings)
        answer = b"[" + b",".join(found) + b"]"
        if of_series and not left:
            self.kept.keep(of_series, proof, answer)
        remain = (f"There are {left} additional results that can be requested",) if left else ()
        return _with_warnings(Response(answer, media_type=media_type), root, asked.warnings + remain)

    def _page(self, connection: Connection, caller: Caller, wanted: Query, asked: SearchQuery) -> _Page:
        offset, limit = asked.offset, asked.limit
        if wanted.level is Level.STUDY and offset and not wanted.is_unnarrowed:
            ids = self.walks.continued(connection, caller.wall, wanted)
            hits = query.studies_of(connection, caller.wall, wanted, ids[offset : offset + limit])
            return _Page(hits, lambda _found: max(len(ids) - offset - limit, 0))

        def left(found: int) -> int:
            return 0 if found < limit else max(self._count(connection, caller, wanted) - offset - found, 0)

        return _Page(query.search(connection, caller.wall, wanted, offset=offset, limit=limit), left)

    def _count(self, connection: Connection, caller: Caller, wanted: Query) -> int:
        if wanted.level is Level.STUDY and not wanted.is_unnarrowed:
            return len(self.walks.begun(connection, caller.wall, wanted))
        return query.count(connection, caller.wall, wanted)


@dataclass(frozen=True, slots=True)
class _Page:
    """Matches, and how many come after them when so many are on the page."""

    hits: Iterator[Hit]
    left: Callable[[int], int]


def _url(root: str, level: Level, hit: Hit) -> str:
    """Where a match is retrieved."""
    above = hit.above or hit.own
    url = f"{root}/studies/{above[Tag.STUDY_INSTANCE_UID]}"
    if level >= Level.SERIES:
        url += f"/series/{above[Tag.SERIES_INSTANCE_UID]}"
    if level is Level.INSTANCE:
        url += f"/instances/{hit.own[Tag.SOP_INSTANCE_UID]}"
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


def _is_whole_series(level: Level, inside: Resource, asked: SearchQuery) -> bool:
    """Whether all instances of one series are asked for, and nothing is to be warned of."""
    is_narrowed = bool(asked.matching or asked.warnings or asked.offset)
    return level is Level.INSTANCE and inside.series is not None and not is_narrowed


def _with_warnings(response: Response, root: str, warnings: tuple[str, ...]) -> Response:
    for warning in warnings:
        response.headers.append("Warning", f"299 {root}: {warning}")
    return response


def routes(edge: Edge, walks: Walks, kept: KeptMatches) -> APIRouter:
    """The paths that are searched (PS3.18 table 10.6.1-1)."""
    endpoints, router = SearchEndpoints(edge.archive, walks, kept), edge.router()
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
