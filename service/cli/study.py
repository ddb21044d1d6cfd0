"""`consilium study`: what is there, how it stands, what it waits for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

APP: Final = typer.Typer(
    help="Studies: list, show, retry what failed, resolve an identity conflict.", no_args_is_help=True
)
Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Hospital = Annotated[str | None, typer.Option("--hospital", help="Only this hospital's.")]


@APP.command("list")
def list_studies(
    data: Data = None,
    hospital: Hospital = None,
    limit: Annotated[int, typer.Option(help="At most this many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List studies, newest first."""
    from service.cli.study_view import list_view

    list_view(data, hospital, limit, json_wanted=as_json)


@APP.command()
def show(
    study_instance_uid: Annotated[str, typer.Argument(help="Study Instance UID.")],
    data: Data = None,
    hospital: Hospital = None,
    as_json: AsJson = False,
) -> None:
    """Show a study: its timeline, its analyses, its deliveries, what is waited for."""
    from service.cli.study_view import show_view

    show_view(data, hospital, study_instance_uid, json_wanted=as_json)


@APP.command()
def retry(
    study_instance_uid: Annotated[str, typer.Argument(help="Study Instance UID.")],
    data: Data = None,
    hospital: Hospital = None,
    as_json: AsJson = False,
) -> None:
    """Have a study's failed analyses read once more, and results that could not be encoded made once more."""
    from service.cli.study_view import retry_view

    retry_view(data, hospital, study_instance_uid, json_wanted=as_json)


@APP.command()
def resolve(
    study_instance_uid: Annotated[str, typer.Argument(help="Study Instance UID.")],
    data: Data = None,
    hospital: Hospital = None,
) -> None:
    """End an identity conflict: you looked, and the images belong to one patient. The study is then analysed."""
    from service.cli.study_view import resolve_identity

    resolve_identity(data, hospital, study_instance_uid)
