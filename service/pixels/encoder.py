"""The library that encodes HTJ2K, which only a centre that makes copies for viewers uses: whether it is here."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

ENCODER: Final = "imagecodecs"
ENCODER_VERSION: Final = "2026.3.6"
"""The pinned one."""
INSTALL_COMMAND: Final = f"pip install {ENCODER}=={ENCODER_VERSION}"


def encoder_is_installed() -> bool:
    """Whether the library is here."""
    try:
        return find_spec(f"{ENCODER}._htj2k") is not None
    except ModuleNotFoundError:
        return False
