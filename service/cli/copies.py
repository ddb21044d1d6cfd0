"""`consilium copies`: copies of images for viewers on slow lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

APP: Final = typer.Typer(help="Copies of images in HTJ2K for viewers: show, remove.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Name = Annotated[str | None, typer.Option("--hospital", help="Of this hospital only, by its name.")]


@APP.command()
def show(data: Data = None, hospital: Name = None, as_json: AsJson = False) -> None:
    """Show how many copies there are and what they take."""
    from service.cli.copies_view import show_view

    show_view(data, hospital, json_wanted=as_json)


@APP.command()
def remove(data: Data = None, hospital: Name = None) -> None:
    """Remove the copies: viewers get what is stored, and copies are made again of studies that are opened.

    Set CONSILIUM_VIEWER_COPIES=false where none are to be made again.
    """
    from service.cli.copies_view import remove_view

    remove_view(data, hospital)
