"""`consilium up`: the embedded centre."""

from __future__ import annotations

import json
import sys

from service.api.full_viewer.installed import INSTALL_COMMAND
from service.archive.store import Archive
from service.cli.listening import Listening, note
from service.cli.parts import Stop, end_with_supervisor
from service.cli.supervisor import FolderLock, Part, Supervisor
from service.cli.viewer_check import is_served
from service.settings import Settings


def run(settings: Settings, *, as_json: bool) -> None:
    """Start the centre, say that it is ready, keep it alive until SIGTERM or Ctrl-C (a demo's: or the demo's death)."""
    end_with_supervisor()
    lock = FolderLock(settings.data)
    Archive(settings.data).close()
    supervisor = Supervisor(settings.data, parts(settings))
    stop = Stop()
    facts = supervisor.start()
    dicom, http = facts["node"], facts["api"]
    supervisor.fix_port("node", "--dicom-port", dicom["port"])
    supervisor.fix_port("api", "--http-port", http["port"])
    viewer_port = int(facts["viewer"]["port"]) if "viewer" in facts else None
    if viewer_port is not None:
        supervisor.fix_port("viewer", "--viewer-port", viewer_port)
    note(settings.data, _listening(settings, str(dicom["host"]), int(dicom["port"]), int(http["port"]), viewer_port))
    scheme = "https" if settings.tls_cert else "http"
    url = f"{scheme}://{settings.http_bind}:{http['port']}"
    if as_json:
        said = {
            "ready": True,
            "dicom": {"host": dicom["host"], "port": dicom["port"], "ae_title": dicom["ae_title"]},
            "http": url,
            "viewer_port": viewer_port,
            "data": str(settings.data),
        }
        sys.stdout.write(json.dumps(said) + "\n")
    else:
        sys.stdout.write(
            f"The centre is ready.\n  DICOM  {dicom['ae_title']} at {dicom['host']}:{dicom['port']}\n"
            f"  HTTP   {url}\n  viewer {_viewer(settings, viewer_port)}\n"
            f"  data   {settings.data}\n  logs   {settings.data / 'log'}\n"
            "Next: consilium hospital add --help. Ctrl-C ends the centre.\n"
        )
    sys.stdout.flush()
    supervisor.run(stop)
    lock.release()


def _listening(
    settings: Settings, dicom_host: str, dicom_port: int, http_port: int, viewer_port: int | None
) -> Listening:
    packages = tuple(str(folder.absolute()) for folder in settings.packages)
    return Listening(dicom_host, dicom_port, f"{settings.http_bind}:{http_port}", packages, viewer_port)


def _viewer(settings: Settings, port: int | None) -> str:
    if port is not None:
        return f"OHIF at port {port}; the reading page opens it"
    return f"OHIF is not installed; `{INSTALL_COMMAND}` in the source folder fetches it" if settings.viewer else "off"


def parts(settings: Settings) -> tuple[Part, ...]:
    """The children of the embedded centre."""
    data = ["--data", str(settings.data)]
    http = ["--http-port", str(settings.http_port), "--http-bind", settings.http_bind]
    if settings.tls_cert is not None:
        http += ["--tls-cert", str(settings.tls_cert), "--tls-key", str(settings.tls_key)]
    if settings.behind_proxy:
        http.append("--behind-proxy")
    viewer = ["--viewer-port", str(settings.port_of_viewer)]
    dicom = ["--dicom-port", str(settings.dicom_port), "--dicom-bind", settings.dicom_bind]
    return (
        Part("node", ["node", *data, *dicom]),
        Part("api", ["api", *data, *http]),
        *([Part("viewer", ["viewer", *data, *http, *viewer])] if is_served(settings) else ()),
        Part("flow", ["worker", "--queue", "flow", *data]),
        Part("analyse", ["worker", "--queue", "analyse", *data]),
    )
