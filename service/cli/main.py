"""`consilium`: the commands. Each imports its rooms only when it runs, so that --help needs none of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from service.cli import copies, hospital, models, quarantine, report, review, study, user

APP: Final = typer.Typer(
    name="consilium",
    help="The open third-party AI diagnosis centre for medical imaging.\n\n"
    "PACS push studies by C-STORE, packages read them, SR and SEG go back, the HIS is told over REST.\n\n"
    "Start with `consilium demo`; then `consilium up` and `consilium hospital add`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
APP.add_typer(hospital.APP, name="hospital")
APP.add_typer(user.APP, name="user")
APP.add_typer(study.APP, name="study")
APP.add_typer(report.APP, name="report")
APP.add_typer(review.APP, name="review")
APP.add_typer(quarantine.APP, name="quarantine")
APP.add_typer(copies.APP, name="copies")
APP.add_typer(models.APP, name="models")

Data = Annotated[Path | None, typer.Option("--data", help="The centre's folder (else CONSILIUM_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@APP.command()
def up(
    data: Data = None,
    dicom_port: Annotated[int | None, typer.Option(help="Port of the DICOM node; 0: any free one.")] = None,
    http_port: Annotated[int | None, typer.Option(help="Port of the API; 0: any free one.")] = None,
    dicom_bind: Annotated[str | None, typer.Option(help="Address the node listens on (loopback).")] = None,
    http_bind: Annotated[str | None, typer.Option(help="Address the API listens on (loopback).")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain for HTTPS (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    behind_proxy: Annotated[bool | None, typer.Option("--behind-proxy", help="A proxy in front ends TLS.")] = None,
    viewer: Annotated[bool | None, typer.Option(help="Serve the full viewer (OHIF) where it is installed.")] = None,
    viewer_port: Annotated[int | None, typer.Option(help="Its port (the one after --http-port); 0: any free.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole centre here: node, API and workers under one supervisor."""
    from service.cli import up as command
    from service.cli.options import settings

    chosen = settings(
        data=data,
        dicom_port=dicom_port,
        http_port=http_port,
        dicom_bind=dicom_bind,
        http_bind=http_bind,
        tls_cert=tls_cert,
        tls_key=tls_key,
        behind_proxy=behind_proxy,
        viewer=viewer,
        viewer_port=viewer_port,
    )
    command.run(chosen, as_json=as_json)


@APP.command()
def node(
    data: Data = None,
    dicom_port: Annotated[int | None, typer.Option(help="Port; 0: any free one.")] = None,
    dicom_bind: Annotated[str | None, typer.Option(help="Address to listen on (loopback).")] = None,
) -> None:
    """Run the DICOM node alone."""
    from service.cli import node as command
    from service.cli.options import settings

    command.run(settings(data=data, dicom_port=dicom_port, dicom_bind=dicom_bind))


@APP.command()
def api(
    data: Data = None,
    http_port: Annotated[int | None, typer.Option(help="Port; 0: any free one.")] = None,
    http_bind: Annotated[str | None, typer.Option(help="Address to listen on (loopback).")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain for HTTPS (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    behind_proxy: Annotated[bool | None, typer.Option("--behind-proxy", help="A proxy in front ends TLS.")] = None,
) -> None:
    """Run the API alone."""
    from service.cli import http
    from service.cli.options import settings

    chosen = settings(
        data=data,
        http_port=http_port,
        http_bind=http_bind,
        tls_cert=tls_cert,
        tls_key=tls_key,
        behind_proxy=behind_proxy,
    )
    http.run(chosen)


@APP.command()
def viewer(
    data: Data = None,
    viewer_port: Annotated[int | None, typer.Option(help="Port (the one after --http-port); 0: any free one.")] = None,
    http_port: Annotated[int | None, typer.Option(help="Port of the API.")] = None,
    http_bind: Annotated[str | None, typer.Option(help="Address to listen on (loopback).")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain for HTTPS (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    behind_proxy: Annotated[bool | None, typer.Option("--behind-proxy", help="A proxy in front ends TLS.")] = None,
) -> None:
    """Run the full viewer (OHIF) alone."""
    from service.cli import full_viewer
    from service.cli.options import settings

    chosen = settings(
        data=data,
        viewer_port=viewer_port,
        http_port=http_port,
        http_bind=http_bind,
        tls_cert=tls_cert,
        tls_key=tls_key,
        behind_proxy=behind_proxy,
    )
    full_viewer.run(chosen)


@APP.command()
def worker(
    queue: Annotated[str, typer.Option(help="flow or analyse.")],
    data: Data = None,
) -> None:
    """Run one worker of one queue alone."""
    from service.cli import worker as command
    from service.cli.options import settings

    if queue not in {"flow", "analyse"}:
        raise typer.BadParameter("a queue is flow or analyse", param_hint="--queue")
    command.run(settings(data=data), queue)


@APP.command()
def send(
    folder: Annotated[Path, typer.Argument(help="Folder of DICOM files.")],
    to: Annotated[str, typer.Option(help="HOST:PORT of the node.")],
    called_ae: Annotated[str, typer.Option(help="AE title of the node.")],
    calling_ae: Annotated[str, typer.Option(help="AE title to call as.")],
    as_json: AsJson = False,
) -> None:
    """Send a folder of DICOM files by C-STORE."""
    from service.cli import send as command

    command.run(folder, to, called_ae=called_ae, calling_ae=calling_ae, as_json=as_json)


@APP.command()
def doctor(
    data: Data = None,
    archive: Annotated[bool, typer.Option("--archive", help="Also compare every row with its file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is missing or misconfigured, and the command that mends it."""
    from service.cli import doctor as command
    from service.cli.options import settings

    sys.exit(command.run(settings(data=data), audit=archive, as_json=as_json))


@APP.command()
def demo(
    study_folder: Annotated[
        Path | None, typer.Option("--study", help="Folder of DICOM files to send instead of the phantom.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder for the demo centre (a fresh temporary one).")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the loop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the phantom.")] = 1,
    dicom_port: Annotated[int, typer.Option(help="Port of the demo centre's DICOM node; 0: any free one.")] = 0,
    http_port: Annotated[int, typer.Option(help="Port of the demo centre's API; 0: any free one.")] = 0,
) -> None:
    """Show the whole loop: a hospital sends a study, the centre reads it, SR and SEG come back."""
    from service.demo.run import Asked, run

    asked = Asked(
        study_folder=study_folder,
        data=data,
        once=once,
        as_json=as_json,
        seed=seed,
        dicom_port=dicom_port,
        http_port=http_port,
    )
    sys.exit(run(asked))


def main() -> None:
    """The entry point; a fault that the user can mend is one sentence, not a trace."""
    from service.cli.faults import told

    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # 43 MB in each process that indexes names, and never asked
    with told():
        APP()
