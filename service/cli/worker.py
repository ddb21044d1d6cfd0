"""`consilium worker`: one worker of one queue as a process."""

from __future__ import annotations

from service.archive.store import Archive
from service.bell.broker import ANALYSE, celery_app
from service.bell.celery_bell import CeleryBell
from service.cli.parts import arm_hard_end, closing, end_with_supervisor, log_to_stderr, ready
from service.settings import Settings


def run(settings: Settings, queue: str) -> None:
    """Work until asked to end."""
    log_to_stderr()
    end_with_supervisor()
    archive = Archive(settings.data)
    app = celery_app(settings.broker_url, settings.bells)
    bell = CeleryBell(app)
    if queue == ANALYSE:
        from workers.analyse import analyse_worker  # each worker loads its own rooms only

        worker = analyse_worker(app, archive, bell, settings)
    else:
        from workers.flow import flow_worker

        worker = flow_worker(app, archive, bell, settings)
    worker.run(on_ready=lambda: ready(queue=queue), on_stopping=arm_hard_end)
    closing(worker.close, bell.close, archive.close)
