"""`consilium user`: the people who sign in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

APP: Final = typer.Typer(help="People: add, set, list, reset, disable, enable.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Login = Annotated[str, typer.Argument(help="Login name.")]


@APP.command()
def add(
    login: Annotated[str, typer.Option(help="Login name.")],
    name: Annotated[str, typer.Option(help="Name, as it stands under reports.")],
    role: Annotated[
        list[str],
        typer.Option(
            help="radiologist, senior-radiologist, scientist, hospital, system-admin, security-admin or audit-admin; "
            "may be repeated. The three administrators exclude every other role."
        ),
    ],
    data: Data = None,
    hospital: Annotated[
        list[str] | None, typer.Option(help="Hospital whose patients they see; may be repeated. None: every one.")
    ] = None,
    language: Annotated[str, typer.Option(help="Language to work in: zh-CN or en.")] = "zh-CN",
    licence: Annotated[str | None, typer.Option(help="Practice certificate number; without one nobody signs.")] = None,
    licence_scope: Annotated[
        str, typer.Option(help="Registered scope, as on the certificate; it says which modalities they sign.")
    ] = "医学影像和放射治疗专业",
    licence_modality: Annotated[
        list[str] | None,
        typer.Option(help="Modality they sign, in place of what the scope says; may be repeated, or CT,MR."),
    ] = None,
    practice_site: Annotated[
        list[str] | None, typer.Option(help="Hospital whose examinations they sign; may be repeated. None: every one.")
    ] = None,
    title: Annotated[str, typer.Option(help="Title, as it stands under reports.")] = "",
    licence_until: Annotated[str | None, typer.Option(help="Last day it counts, YYYY-MM-DD.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the first password from standard input, and print none.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take somebody in. The first password is shown once; they change it when they sign in."""
    from service.cli.certificate_view import Certificate
    from service.cli.user_view import Typed, add_view, add_with_password

    typed = Typed(
        login=login,
        name=name,
        roles=tuple(role),
        hospitals=tuple(hospital or ()),
        language=language,
        certificate=Certificate(
            number=licence,
            scope=licence_scope,
            title=title,
            until=licence_until,
            modalities=tuple(licence_modality or ()),
            sites=tuple(practice_site or ()),
        ),
    )
    if password_stdin:
        add_with_password(data, typed, json_wanted=as_json)
    else:
        add_view(data, typed, json_wanted=as_json)


@APP.command("set")
def set_certificate(
    login: Login,
    data: Data = None,
    licence: Annotated[str | None, typer.Option(help="Practice certificate number.")] = None,
    licence_scope: Annotated[str | None, typer.Option(help="Registered scope, as on the certificate.")] = None,
    licence_modality: Annotated[
        list[str] | None,
        typer.Option(help="Modality they sign, in place of what the scope says; may be repeated; `scope`: as it says."),
    ] = None,
    practice_site: Annotated[
        list[str] | None, typer.Option(help="Hospital whose examinations they sign; may be repeated; `every`: all.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title, as it stands under reports.")] = None,
    licence_until: Annotated[str | None, typer.Option(help="Last day it counts, YYYY-MM-DD; `none`: no end.")] = None,
) -> None:
    """Change somebody's practice certificate: what is not named stays. It counts from their next signature on."""
    from service.cli.certificate_view import Certificate, set_view

    changed = Certificate(
        number=licence,
        scope=licence_scope,
        title=title,
        until=licence_until,
        modalities=tuple(licence_modality or ()),
        sites=tuple(practice_site or ()),
    )
    set_view(data, login, changed)


@APP.command("list")
def list_users(data: Data = None, as_json: AsJson = False) -> None:
    """List people with their roles and licences."""
    from service.cli.user_view import list_view

    list_view(data, json_wanted=as_json)


@APP.command()
def reset(login: Login, data: Data = None, as_json: AsJson = False) -> None:
    """Give somebody a new first password; their sessions end and their signing key retires."""
    from service.cli.user_view import reset_view

    reset_view(data, login, json_wanted=as_json)


@APP.command("reset-code")
def reset_code(login: Login, data: Data = None) -> None:
    """Take the second factor away from somebody who lost it; their sessions end."""
    from service.cli.user_view import reset_code_view

    reset_code_view(data, login)


@APP.command()
def disable(login: Login, data: Data = None) -> None:
    """Let somebody in no more; what they did keeps their name."""
    from service.cli.user_view import disable_view

    disable_view(data, login)


@APP.command()
def enable(login: Login, data: Data = None) -> None:
    """Let somebody in again, with the password they had."""
    from service.cli.user_view import enable_view

    enable_view(data, login)
