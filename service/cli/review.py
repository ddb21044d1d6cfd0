"""`consilium review`: what readers made of packages' findings, for training."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

APP: Final = typer.Typer(help="Judgements of findings: export where readers disagreed.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]


@APP.callback()
def review() -> None:
    """Judgements of findings: export where readers disagreed."""  # a group of one command keeps its name by this


@APP.command()
def export(
    data: Data = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Signed on this day or later (local time).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Signed before this day (local time).")
    ] = None,
    hospital: Annotated[str | None, typer.Option("--hospital", help="Only this hospital's.")] = None,
    package: Annotated[str | None, typer.Option(help="Only this package's.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only rejected, remeasured, retyped or added ones.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only what was rejected for this: vessel, scar, …")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line instead of CSV.")] = False,
) -> None:
    """Write where signed judgements differ from what packages said: pseudonyms, codes and numbers, no names.

    The same list as on the data scientist's page. That it was taken out is put on record.
    """
    from service.cli.review_view import Asked, export_view

    asked = Asked(
        since=None if since is None else since.timestamp(),
        until=None if until is None else until.timestamp(),
        hospital=hospital,
        package=package,
        kind=kind,
        reason=reason,
    )
    export_view(data, asked, json_wanted=as_json)
