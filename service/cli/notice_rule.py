"""`consilium hospital notice`: which findings a hospital is told of at once (危急值)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

APP: Final = typer.Typer(help="Urgent findings: which are told at once, to whom.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Name = Annotated[str, typer.Argument(help="Name of the hospital.")]


@APP.command()
def add(
    name: Name,
    finding: Annotated[str, typer.Option(help="SCHEME:CODE of the finding, for example SCT:36118008 (pneumothorax).")],
    contact: Annotated[str, typer.Option(help="Who is told: department, name, telephone.")],
    escalation_contact: Annotated[str, typer.Option(help="Who is told when nobody acknowledged in time.")],
    data: Data = None,
    meaning: Annotated[
        str | None, typer.Option(help="English meaning of a code that the centre's code table does not have.")
    ] = None,
    least_mm: Annotated[float | None, typer.Option(help="Least long axis in mm; without it every size.")] = None,
    deadline_s: Annotated[float, typer.Option("--deadline", help="Seconds until it escalates.")] = 600.0,
    as_json: AsJson = False,
) -> None:
    """Have a hospital told of a kind of finding from now on."""
    from service.cli.notice_rule_view import Typed, add_view

    typed = Typed(name, finding, meaning, least_mm, contact, escalation_contact, deadline_s)
    add_view(data, typed, json_wanted=as_json)


@APP.command("list")
def list_rules(name: Name, data: Data = None, as_json: AsJson = False) -> None:
    """List the rules in force."""
    from service.cli.notice_rule_view import list_view

    list_view(data, name, json_wanted=as_json)


@APP.command()
def remove(
    name: Name, rule: Annotated[str, typer.Argument(help="Id of the rule, as `list` shows it.")], data: Data = None
) -> None:
    """End a rule; what it raised is told until somebody acknowledges it."""
    from service.cli.notice_rule_view import remove_view

    remove_view(data, name, rule)
