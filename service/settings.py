"""The settings of a centre: read once at start, refused at start when wrong, handed down as values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.domain.plain_text import is_line

SHIPPED_PACKAGES = Path(__file__).parent.parent / "models" / "packages"
LAST_PORT: Final = 65535


class Settings(BaseSettings):
    """Environment variables CONSILIUM_DATA, CONSILIUM_DICOM_PORT … ; a command's options win over them."""

    model_config = SettingsConfigDict(env_prefix="CONSILIUM_", env_ignore_empty=True, extra="ignore", frozen=True)

    data: Path = Field(
        default=Path.home() / ".local" / "share" / "consilium", description="the centre's folder: rows, objects, keys"
    )
    ae_title: Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,16}$")] = Field(
        default="CONSILIUM", description="AE title that is offered to hospitals"
    )
    dicom_bind: str = Field(default="127.0.0.1", description="address the DICOM node listens on")
    dicom_port: Annotated[int, Field(ge=0, le=LAST_PORT)] = Field(default=11112, description="0: any free port")
    http_bind: str = Field(default="127.0.0.1", description="address the API listens on")
    http_port: Annotated[int, Field(ge=0, le=LAST_PORT)] = Field(default=8042, description="0: any free port")
    viewer: bool = Field(default=True, description="serve the full viewer (OHIF) where it is installed")
    viewer_port: Annotated[int, Field(ge=0, le=LAST_PORT)] | None = Field(
        default=None, description="port of the full viewer; the one after the API's where not given, 0: any free port"
    )
    viewer_public_port: Annotated[int, Field(ge=1, le=LAST_PORT)] | None = Field(
        default=None, description="port at which browsers reach the full viewer, where a proxy publishes another"
    )
    tls_cert: Path | None = Field(default=None, description="certificate chain for HTTPS (PEM)")
    tls_key: Path | None = Field(default=None, description="its private key (PEM)")
    behind_proxy: bool = Field(default=False, description="a proxy in front ends TLS")
    broker_url: str = Field(default="filesystem://localhost", description="Celery broker; the default needs no server")
    watermark_bytes: Annotated[int, Field(ge=0)] = Field(
        default=1 << 30, description="C-STORE is answered A700 when less room than this would be left"
    )
    viewer_copies: bool = Field(default=False, description="copy images in HTJ2K for viewers on slow lines (lossless)")
    threads: Annotated[int, Field(ge=1)] = Field(default=2, description="threads of a model process")
    packages: tuple[Path, ...] = Field(default=(SHIPPED_PACKAGES,), description="folders that hold packages")
    utc_offset: Annotated[str, Field(pattern=r"^[+-]\d{4}$")] = Field(
        default="+0800", description="Timezone Offset From UTC in results where the source names none"
    )
    name: str = Field(default="consilium", description="the centre's name in results")
    licence_number: Annotated[str, Field(max_length=64)] = Field(
        default="", description="the centre's practice licence (医疗机构执业许可证登记号), printed on reports"
    )

    @field_validator("data")
    @classmethod
    def _absolute(cls, data: Path) -> Path:
        """Said to others, so it must hold wherever they stand."""
        return data.expanduser().absolute()

    @field_validator("name", "licence_number")
    @classmethod
    def _printed(cls, text: str) -> str:
        """They stand in reports and result objects."""
        if not is_line(text):
            raise ValueError("write it in one line without control characters")
        return text

    @property
    def port_of_viewer(self) -> int:
        """Where the full viewer is to listen; 0: any free port."""
        if self.viewer_port is not None:
            return self.viewer_port
        return self.http_port + 1 if 0 < self.http_port < LAST_PORT else 0

    @property
    def bells(self) -> Path:
        """Where the embedded broker keeps its messages."""
        return self.data / "bells"
