"""`consilium hospital`: who may send, where results go, what is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from service.cli.notice_rule import APP as NOTICE_APP

APP: Final = typer.Typer(help="Hospitals: add, list, set, key, remove, test the connection.", no_args_is_help=True)
APP.add_typer(NOTICE_APP, name="notice")
Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Name = Annotated[str, typer.Argument(help="Name of the hospital.")]
Audit = Annotated[
    bool | None, typer.Option("--audit/--no-audit", help="Short for: --finalising audit, --finalising signature.")
]
Finalising = Annotated[
    str | None,
    typer.Option(
        help="By whose act a report is final: signature, audit (a second, senior physician's), or "
        "audit-emergencies-first (the same, but an emergency goes out provisionally when it is signed, and is "
        "audited within 24 hours)."
    ),
]


Service = Annotated[
    list[str] | None,
    typer.Option(help="Service agreed on: analysis, reporting; those named replace all it had; may be repeated."),
]
Modality = Annotated[
    list[str] | None,
    typer.Option(help="Modality agreed on, for example CT; those named replace all it had; every: all of them."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        help="Examinations that are not taken: prenatal, interventional, intraoperative, forensic; those named replace "
        "all it had; none: nothing is excluded."
    ),
]
SignedBy = Annotated[
    str | None,
    typer.Option(help="Whose physicians sign: centre, or hospital (who has it as a practice site by name)."),
]
KeepYears = Annotated[int | None, typer.Option(help="Years that data are kept at least, 15 to 100.")]
AtEnd = Annotated[
    str | None,
    typer.Option(help="When the agreement ends: keep, or return (all data are handed back before it is removed)."),
]


@APP.command()
def add(
    name: Annotated[str, typer.Option(help="Name of the hospital.")],
    calling_ae: Annotated[str, typer.Option(help="AE title its PACS calls as.")],
    called_ae: Annotated[str, typer.Option(help="AE title it calls us by.")],
    data: Data = None,
    network: Annotated[
        list[str] | None, typer.Option(help="Network (CIDR) it calls from; may be repeated. Required beyond loopback.")
    ] = None,
    pacs: Annotated[str | None, typer.Option(help="HOST:PORT:AE that results are sent to.")] = None,
    webhook: Annotated[str | None, typer.Option(help="URL that is told when a result is ready.")] = None,
    package: Annotated[
        list[str] | None,
        typer.Option(help="Package it asks for: NAME, or NAME:CT,MR for these modalities only; may be repeated."),
    ] = None,
    release: Annotated[str, typer.Option(help="Unsigned results: never, after-signature, or at-once.")] = "never",
    language: Annotated[str, typer.Option(help="Language of texts: zh-CN or en.")] = "zh-CN",
    quiet_s: Annotated[
        float | None, typer.Option("--quiet", help="Seconds without an image after which a study is complete.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let a hospital in. The API key and the webhook secret are shown once."""
    from service.cli.hospital_view import Typed, add_view

    typed = Typed(
        name=name,
        calling_ae=calling_ae,
        called_ae=called_ae,
        networks=tuple(network or ()),
        pacs=pacs,
        webhook=webhook,
        packages=tuple(package or ()),
        release=release,
        language=language,
        quiet_s=quiet_s,
    )
    add_view(data, typed, json_wanted=as_json)


@APP.command("list")
def list_hospitals(data: Data = None, as_json: AsJson = False) -> None:
    """List hospitals with their senders, packages and peers."""
    from service.cli.hospital_view import list_view

    list_view(data, json_wanted=as_json)


@APP.command("set")
def change(
    name: Name,
    data: Data = None,
    rename: Annotated[str | None, typer.Option(help="Another name.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of texts: zh-CN or en.")] = None,
    release_pacs: Annotated[
        str | None, typer.Option(help="Unsigned results to the PACS: never, after-signature, or at-once.")
    ] = None,
    release_his: Annotated[
        str | None, typer.Option(help="Unsigned results to the HIS: never, after-signature, or at-once.")
    ] = None,
    quiet: Annotated[
        str | None, typer.Option(help="Seconds without an image after which a study is complete, or: learned.")
    ] = None,
    audit: Audit = None,
    finalising: Finalising = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            help="CLASS=MINUTES from complete images to the signature, or CLASS=default; class: emergency, inpatient, "
            "outpatient, screening; may be repeated."
        ),
    ] = None,
    reading_mode: Annotated[
        list[str] | None,
        typer.Option(help="PACKAGE=MODE: concurrent, second-reader, or triage-only; may be repeated."),
    ] = None,
    package: Annotated[
        list[str] | None,
        typer.Option(
            help="Package it asks for, as in `hospital add`; those named replace all it had; may be repeated."
        ),
    ] = None,
    service: Service = None,
    modality: Modality = None,
    exclude: Exclude = None,
    signed_by: SignedBy = None,
    keep_years: KeepYears = None,
    at_end: AtEnd = None,
    as_json: AsJson = False,
) -> None:
    """Set a hospital up anew; what is not named stays. It counts at once in a running centre."""
    from service.cli.agreement_view import TypedAgreement
    from service.cli.hospital_set_view import TypedChange, set_view

    typed = TypedChange(
        rename=rename,
        language=language,
        release_pacs=release_pacs,
        release_his=release_his,
        quiet=quiet,
        audit=audit,
        finalising=finalising,
        targets=tuple(target or ()),
        reading_modes=tuple(reading_mode or ()),
        packages=None if package is None else tuple(package),
        agreement=TypedAgreement(
            services=None if service is None else tuple(service),
            modalities=None if modality is None else tuple(modality),
            excluded=None if exclude is None else tuple(exclude),
            signed_by=signed_by,
            keep_years=keep_years,
            at_end=at_end,
        ),
    )
    set_view(data, name, typed, json_wanted=as_json)


@APP.command()
def key(
    name: Name,
    data: Data = None,
    revoke: Annotated[str | None, typer.Option(help="End this key instead of making a new one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a further API key, or end one; the old ones stay in force until they are ended."""
    from service.cli.hospital_view import key_view

    key_view(data, name, revoke, json_wanted=as_json)


@APP.command()
def documents(
    name: Name,
    document: Annotated[
        list[str],
        typer.Option(
            help="What it is sent beside SR and SEG: pdf, key-images, presentation-state (GSPS), summary (SC), "
            "or none; may be repeated."
        ),
    ],
    pacs: Annotated[str | None, typer.Option(help="HOST:PORT:AE of the PACS, where the hospital has several.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Choose what a hospital's PACS is sent beside SR and SEG, from the next result on."""
    from service.cli.hospital_documents_view import documents_view

    documents_view(data, name, tuple(document), pacs, json_wanted=as_json)


@APP.command()
def remove(name: Name, data: Data = None) -> None:
    """End a hospital's access: senders, keys and peers go at once; its studies stay."""
    from service.cli.hospital_view import remove_view

    remove_view(data, name)


@APP.command("return-data")
def return_data(
    name: Name,
    folder: Annotated[Path, typer.Argument(help="Empty folder to write into, or one that an earlier try wrote into.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Hand a hospital all its data back: every object as a DICOM file, checked, with a list of them."""
    from service.cli.hand_back_view import hand_back_view

    hand_back_view(data, name, folder, json_wanted=as_json)


@APP.command("test")
def try_connection(name: Name, data: Data = None, as_json: AsJson = False) -> None:
    """Test the connection: C-ECHO, every result class proposed, a probe to the webhook."""
    from service.cli.hospital_view import test_view

    raise typer.Exit(test_view(data, name, json_wanted=as_json))
