"""Opening a study from the hospital's RIS or PACS: a one-time link for the browser of a reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import AfterValidator, Field, model_validator

from models.manifest import Text
from service.access import open_links
from service.access.doors import CallerDep
from service.access.field_faults import WrongValue
from service.archive.open_links import Subject
from service.domain.user import BadLogin, normal_login
from service.his.desk import Desk
from service.his.operation import Operation, router
from service.his.shape import EXAMPLE_MOMENT, UID_PATTERN, Identifier, Shape, both, examples, moment

PAGE: Final = "/open"
_EXAMPLE_PATH: Final = f"/open?accession=CT20261123001&token={'x' * 43}.{'0' * 64}"


def _login(text: str) -> str:
    try:
        return normal_login(text)
    except BadLogin as fault:
        raise WrongValue(Text(zh="不是有效的登录名", en=str(fault))) from fault


class OpenLinkRequest(Shape):
    """What to open: an accession number, or one study."""

    model_config = examples({"accession_number": "CT20261123001", "study_instance_uid": None, "login": None})
    accession_number: Identifier | None = Field(
        default=None, min_length=1, description=both("检查号；可对应多个检查", "Accession Number, of one study or more")
    )
    study_instance_uid: str | None = Field(
        default=None, max_length=64, pattern=UID_PATTERN, description=both("检查 UID", "Study Instance UID")
    )
    login: Annotated[str, Field(max_length=64), AfterValidator(_login)] | None = Field(
        default=None,
        description=both("仅限此登录名使用；不填则不限", "the only login that may use it; none: any reader"),
    )

    @model_validator(mode="after")
    def _one_subject(self) -> OpenLinkRequest:
        if (self.accession_number is None) == (self.study_instance_uid is None):
            raise WrongValue(
                Text(
                    zh="accession_number 与 study_instance_uid 须且只能给出一个",
                    en="give either accession_number or study_instance_uid",
                )
            )
        return self


class OpenLinkView(Shape):
    """A link for one browser, good once and for five minutes. Whoever opens it signs in as always."""

    model_config = examples(
        {"url": f"https://ai.example.org{_EXAMPLE_PATH}", "path": _EXAMPLE_PATH, "expires_at": EXAMPLE_MOMENT}
    )
    url: str = Field(description=both("在阅片浏览器中打开的地址", "the address to open in the reader's browser"))
    path: str = Field(
        description=both(
            "地址中主机之后的部分；浏览器经另一主机名访问时使用",
            "the same behind the host, where browsers use another name",
        )
    )
    expires_at: datetime = Field(description=both("失效时间", "until when it is good"))


@dataclass(frozen=True, slots=True)
class OpenLinkEndpoints:
    """Making links."""

    desk: Desk

    def issue(self, body: OpenLinkRequest, caller: CallerDep, request: Request) -> OpenLinkView:
        """Make a link."""
        subject = Subject(body.accession_number, body.study_instance_uid)
        issued = open_links.issue(self.desk.archive, caller.wall, caller.hospital_id, subject, body.login)
        named = {"accession": subject.accession_number, "study": subject.study_instance_uid, "token": issued.token}
        path = f"{PAGE}?{urlencode({name: value for name, value in named.items() if value is not None})}"
        url = f"{str(request.base_url).rstrip('/')}{path}"
        return OpenLinkView(url=url, path=path, expires_at=moment(issued.link.expires_at))


def routes(desk: Desk, route_class: type[APIRoute]) -> APIRouter:
    """The operation that makes links."""
    operation = Operation(
        "POST",
        "/open-links",
        OpenLinkEndpoints(desk).issue,
        Text(zh="生成打开检查的链接", en="Make a link that opens a study"),
        Text(
            zh="供 RIS 或 PACS 在浏览器中打开检查：一次有效，五分钟内有效；不代替登录。",
            en="For a RIS or PACS that opens a study in a browser: good once, for five minutes; it signs nobody in.",
        ),
        errors=(400,),
        status=201,
    )
    return router("open-links", (operation,), route_class)
