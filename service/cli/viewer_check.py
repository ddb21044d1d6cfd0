"""What `consilium doctor` says of the full viewer: the centre works without it, so none of this is a fault."""

from __future__ import annotations

from service.api.full_viewer.installed import INSTALL_COMMAND, is_installed
from service.cli.check import Check
from service.settings import Settings


def is_served(settings: Settings) -> bool:
    """Whether `consilium up` starts the full viewer."""
    return settings.viewer and is_installed()


def viewer_check(settings: Settings) -> Check:
    """Whether OHIF is here, and what fetches it."""
    if not settings.viewer:
        seen = "off (CONSILIUM_VIEWER)"
    elif is_installed():
        seen = "OHIF is installed; the reading page opens it"
    else:
        seen = (
            f"OHIF is not installed; `{INSTALL_COMMAND}` in the source folder fetches it, then start the centre again"
        )
    return Check("full viewer", good=True, seen=seen)
