"""Celery as the centre uses it: bells only, acknowledged early, no results (the database row is the truth)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from celery import Celery

from service.flow.bell import Step

POLLING_S: Final = 0.05
FLOW: Final = "flow"
ANALYSE: Final = "analyse"
QUEUE_OF: Final = {
    Step.COMPLETE: FLOW,
    Step.ENCODE: FLOW,
    Step.DELIVER: FLOW,
    Step.NOTICE: FLOW,
    Step.PROBE: FLOW,
    Step.METADATA: FLOW,
    Step.COPIES: FLOW,
    Step.ANALYSE: ANALYSE,
}


def task_name(step: Step) -> str:
    """The name of the task that looks for a step's work."""
    return f"consilium.{step.value}"


def celery_app(broker_url: str, folder: Path) -> Celery:
    """The Celery application of a centre. folder is used by the embedded filesystem:// transport only."""
    app = Celery("consilium", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        task_routes={task_name(step): {"queue": queue} for step, queue in QUEUE_OF.items()},
    )
    if broker_url.startswith("filesystem://"):
        app.conf.broker_transport = "service.bell.folder_transport:Transport"
        app.conf.broker_transport_options = _folders(folder)
    return app


def _folders(folder: Path) -> dict[str, str | float | bool]:
    messages, control = folder / "messages", folder / "control"
    for each in (messages, control):
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "store_processed": False,
        "polling_interval": POLLING_S,
    }
