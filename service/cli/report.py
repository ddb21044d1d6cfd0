"""`consilium report`: whether what was signed is still what was signed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

APP: Final = typer.Typer(help="Signed reports: list, verify.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@APP.command("list")
def list_reports(
    study_instance_uid: Annotated[str, typer.Argument(help="Study Instance UID.")],
    data: Data = None,
    hospital: Annotated[str | None, typer.Option("--hospital", help="Only this hospital's.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the versions of a study's report, oldest first."""
    from service.cli.report_view import list_view

    list_view(data, hospital, study_instance_uid, json_wanted=as_json)


@APP.command()
def verify(
    report_id: Annotated[str, typer.Argument(help="Id of a version, as `consilium report list` shows it.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check a signed version: record, history, signatures, documents, every image. Ends with 1 if anything is wrong."""
    from service.cli.report_view import verify_view

    sys.exit(verify_view(data, report_id, json_wanted=as_json))
