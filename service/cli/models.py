"""`consilium models`: the packages this centre has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

APP: Final = typer.Typer(help="Packages: list, verify.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@APP.command("list")
def list_packages(data: Data = None, as_json: AsJson = False) -> None:
    """List packages with version, use status and what they are for."""
    from service.cli.models_view import list_view

    list_view(data, json_wanted=as_json)


@APP.command()
def verify(data: Data = None, as_json: AsJson = False) -> None:
    """Compare every file of every package with its manifest; exit code 1 when one differs."""
    from service.cli.models_view import verify_view

    raise typer.Exit(verify_view(data, json_wanted=as_json))
