"""`consilium api`: the HTTP edges composed into one process."""

from __future__ import annotations

from importlib.metadata import version

from models.catalogue import Catalogue
from service.api.app import create_app
from service.api.pages import create_router as pages_router
from service.api.pages import show_strays
from service.api.room.router import create_router as room_router
from service.api.room.running import RunningCentre
from service.archive.store import Archive
from service.bell.broker import celery_app
from service.bell.celery_bell import CeleryBell
from service.cli.listening import node_answers, viewer_port, widest_bind
from service.cli.parts import Stop, end_with_supervisor, log_to_stderr
from service.cli.serving import listener, serve
from service.dicomweb.router import create_router as dicomweb_router
from service.dicomweb.store import Intake, largest_body_bytes
from service.flow.group_commit import GroupCommit
from service.flow.receive import Receiver
from service.his.router import create_router as his_router
from service.pixels.pool import PixelPool
from service.settings import Settings


def run(settings: Settings) -> None:
    """Serve until asked to end."""
    log_to_stderr()
    stop = Stop()
    end_with_supervisor()
    archive = Archive(settings.data)
    bell = CeleryBell(celery_app(settings.broker_url, settings.bells))
    taken = listener(settings.http_bind, settings.http_port)
    pixels, commits = PixelPool(), GroupCommit(archive)
    intake = Intake(Receiver(archive, commits, settings.watermark_bytes), bell)
    catalogue = Catalogue.of(settings.packages)
    centre = RunningCentre(
        version=version("consilium"),
        bell=bell,
        catalogue=catalogue,
        pixels=pixels,
        watermark_bytes=settings.watermark_bytes,
        dicom_bind=lambda: widest_bind(settings),
        node_answers=lambda: node_answers(settings.data),
        viewer_port=lambda: viewer_port(settings),
        makes_copies=settings.viewer_copies,
    )
    app = create_app(
        archive=archive,
        routers=(
            his_router(archive, bell, catalogue),
            dicomweb_router(archive, pixels, intake),
            room_router(archive, centre),
            pages_router(),
        ),
        version=version("consilium"),
        watermark_bytes=settings.watermark_bytes,
        larger_bodies=largest_body_bytes,
    )
    show_strays(app)
    serve(app, taken, settings, stop, pixels.close, commits.close, bell.close, archive.close)
