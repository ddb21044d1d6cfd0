"""The studies, series and instances behind a caller's wall, by their paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from sqlalchemy import Connection

from models.manifest import Text
from service.access.auditing import record_read
from service.access.doors import Caller
from service.access.problems import ERASED, MALFORMED_REQUEST, FieldFault, Problem, not_found
from service.archive import query, studies
from service.archive.matches import Level
from service.archive.matching import Matching
from service.archive.query import Query, StoredFile
from service.archive.store import Archive
from service.dicom.uids import MalformedUid, parse_uid
from service.dicomweb.series_text import PREFIX, READERS
from service.domain.hospital import Channel
from service.domain.visibility import UnsignedShown, unsigned, unsigned_to
from service.domain.wall import Role

_PURPOSE: Final = "dicomweb"
_WHAT: Final = {
    Level.STUDY: Text(zh="检查", en="study"),
    Level.SERIES: Text(zh="序列", en="series"),
    Level.INSTANCE: Text(zh="实例", en="instance"),
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A study, series or instance as a path names it; none named: everything of the hospital.

    Raises Problem when made of a text that is no UID.
    """

    study: str | None = None
    series: str | None = None
    instance: str | None = None

    def __post_init__(self) -> None:
        for name, text in (("study", self.study), ("series", self.series), ("instance", self.instance)):
            try:
                parse_uid(text or "1", name)
            except MalformedUid as fault:
                words = Text(zh="不是 DICOM UID", en="is not a DICOM UID")
                detail = Text(zh="路径中的 UID 无效。", en="A UID in the path is not valid.")
                raise Problem(MALFORMED_REQUEST, detail, errors=(FieldFault(f"path.{name}", words),)) from fault

    @classmethod
    def of(cls, request: Request) -> Resource:
        """What the path of a request names. Raises Problem."""
        names = request.path_params
        return cls(names.get("study"), names.get("series"), names.get("instance"))

    @property
    def path(self) -> str:
        """Its path below a DICOMweb root."""
        steps = (("studies", self.study), ("series", self.series), ("instances", self.instance))
        return "".join(f"/{name}/{uid}" for name, uid in steps if uid is not None)

    @property
    def level(self) -> Level:
        """The lowest level that is named."""
        if self.instance is not None:
            return Level.INSTANCE
        return Level.STUDY if self.series is None else Level.SERIES

    def query(self, caller: Caller, level: Level, matching: dict[int, Matching] | None = None) -> Query:
        """What is inside it, as far as it may be shown.

        DICOMweb is the way of images, so the release policy of the PACS channel counts for our own objects.
        """
        return Query(
            hospital=caller.hospital_id,
            level=level,
            matching=matching or {},
            unsigned=self.unsigned(caller),
            study_instance_uid=self.study,
            series_instance_uid=self.series,
            sop_instance_uid=self.instance,
        )

    @staticmethod
    def unsigned(caller: Caller) -> UnsignedShown:
        """Which of our unsigned objects the caller is shown: readers, who sign, by the reading mode of each study."""
        if caller.wall.role is Role.PERSON:
            return unsigned_to(caller.wall.user_id, caller.hospital.packages)
        return unsigned(caller.hospital, Channel.PACS)


ResourceDep = Annotated[Resource, Depends(Resource.of)]
"""What the path of a request names, in the signature of an endpoint."""


def audited(archive: Archive, caller: Caller, study_instance_uid: str) -> None:
    """Put on record that images of a study, or a list of studies, are about to be shown."""
    record_read(archive, caller.wall, caller.hospital_id, subject=study_instance_uid, purpose=_PURPOSE)


def require(connection: Connection, caller: Caller, resource: Resource) -> None:
    """Raises Problem unless the resource is there and may be shown: 410 for an erased study, else 404."""
    if resource.study is None:
        return
    if not query.count(connection, caller.wall, resource.query(caller, resource.level)):
        raise gone(connection, caller, resource)


def files_of(archive: Archive, caller: Caller, resource: Resource) -> tuple[StoredFile, ...]:
    """The stored files of a resource, on record. Raises Problem when there is no such resource."""
    with archive.read() as connection:
        found = query.files(connection, caller.wall, resource.query(caller, Level.INSTANCE))
        if not found:
            raise gone(connection, caller, resource)
    audited(archive, caller, found[0].study_instance_uid)
    return found


def root_path(request: Request) -> str:
    """Where the DICOMweb root of a request is on this server: rooted at /, so that it is right behind any proxy."""
    hospital = request.path_params.get("hospital")
    return PREFIX if hospital is None else READERS.format(hospital=hospital)


def root_of(request: Request) -> str:
    """The address of this service as the client reached it, for URLs in answers."""
    return f"{request.url.scheme}://{request.url.netloc}{root_path(request)}"


def gone(connection: Connection, caller: Caller, resource: Resource) -> Problem:
    """What is said of a resource that is not there: 410 for an erased study, else 404."""
    if resource.study and studies.is_erased(connection, caller.wall, caller.hospital_id, resource.study):
        detail = Text(zh="该检查已从中心删除。", en="The study was erased from this centre.")
        return Problem(ERASED, detail)
    return not_found(_WHAT[resource.level])
