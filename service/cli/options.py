"""From a command's options to the settings: an option that was given wins over the environment."""

from __future__ import annotations

import ssl
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from service.domain.hospital import is_loopback
from service.settings import Settings


class BadSettings(Exception):
    """A setting is wrong or does not fit another."""


def settings(**given: str | int | bool | Path | None) -> Settings:
    """The settings of this command. Raises BadSettings."""
    try:
        chosen = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks
    except ValidationError as fault:
        first = fault.errors()[0]
        name = str(first["loc"][0])
        said_by = (
            f"option --{name.replace('_', '-')}"
            if given.get(name) is not None
            else f"environment CONSILIUM_{name.upper()}"
        )
        raise BadSettings(f"setting {name}: {first['msg']} ({said_by})") from fault
    except SettingsError as fault:
        raise BadSettings(
            f"the environment: {fault}; lists are written as JSON, for example '[\"/srv/packages\"]'"
        ) from fault
    if not is_loopback(chosen.http_bind) and chosen.tls_cert is None and not chosen.behind_proxy:
        raise BadSettings(
            f"HTTP on {chosen.http_bind} would send patient data unencrypted: give --tls-cert and --tls-key, "
            "or --behind-proxy when a proxy in front ends TLS"
        )
    if (chosen.tls_cert is None) != (chosen.tls_key is None):
        raise BadSettings("--tls-cert and --tls-key belong together: give both or none")
    if chosen.tls_cert is not None and chosen.tls_key is not None:
        _can_be_shown(chosen.tls_cert, chosen.tls_key)
    return chosen


def _can_be_shown(certificate: Path, key: Path) -> None:
    """Raises BadSettings when a server could not begin TLS with these files."""
    for path in (certificate, key):
        if not path.is_file():
            raise BadSettings(f"{path} for TLS is not there")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, OSError) as fault:
        raise BadSettings(f"TLS cannot begin with {certificate} and {key}: {fault.args[-1]}") from fault


def _no_password() -> str:
    """Asked for when a key is encrypted: a service has nobody to ask."""
    return ""
