"""`consilium quarantine`: data sets that came under a UID already held with other bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

APP: Final = typer.Typer(help="Conflicting data sets: list, show, accept, discard.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Entry = Annotated[int, typer.Argument(help="Number of the entry, from `consilium quarantine list`.")]


@APP.command("list")
def list_entries(data: Data = None, as_json: AsJson = False) -> None:
    """List what waits for a decision."""
    from service.cli.quarantine_view import list_view

    list_view(data, json_wanted=as_json)


@APP.command()
def show(entry: Entry, data: Data = None, as_json: AsJson = False) -> None:
    """Show where an entry and what is served differ."""
    from service.cli.quarantine_view import show_view

    show_view(data, entry, json_wanted=as_json)


@APP.command()
def accept(entry: Entry, data: Data = None) -> None:
    """Serve these bytes from now on; what was served goes into quarantine and the study is read again.

    In a study with an identity conflict not before `consilium study resolve`.
    """
    from service.cli.quarantine_view import decide

    decide(data, entry, accepted=True)


@APP.command()
def discard(entry: Entry, data: Data = None) -> None:
    """Keep what is served; the hash is remembered, so the same bytes are not held again."""
    from service.cli.quarantine_view import decide

    decide(data, entry, accepted=False)
