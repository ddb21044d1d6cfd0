"""From a command's options to the settings: an option that was given wins over the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from service.settings import Settings


class BadSettings(Exception):
    """A setting is wrong or does not fit another."""


def settings(**given: str | int | bool | Path | None) -> Settings:
    """The settings of this command. Raises BadSettings."""
    try:
        chosen = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks
    except ValidationError as fault:
        first = fault.errors()[0]
        name = ".".join(str(step) for step in first["loc"])
        raise BadSettings(f"setting {name}: {first['msg']} (option --{name.replace('_', '-')})") from fault
    if not _loopback(chosen.http_bind) and chosen.tls_cert is None and not chosen.behind_proxy:
        raise BadSettings(
            f"HTTP on {chosen.http_bind} would send patient data unencrypted: give --tls-cert and --tls-key, "
            "or --behind-proxy when a proxy in front ends TLS"
        )
    if (chosen.tls_cert is None) != (chosen.tls_key is None):
        raise BadSettings("--tls-cert and --tls-key belong together: give both or none")
    return chosen


def _loopback(address: str) -> bool:
    return address in {"localhost", "::1"} or address.startswith("127.")
