"""Settings of the service, read from environment variables that begin with ``READOUT_``."""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain"})
POOL_SIZE = 12
"""Connections of one process. Two cores are busy with four; the rest covers waits on disk and locks."""


class Settings(BaseSettings):
    """Everything an operator can set; each has a default that is safe on one machine."""

    # `READOUT_DATA_DIR= readout serve` would otherwise put the database into the current folder.
    model_config = SettingsConfigDict(
        env_prefix="READOUT_", env_ignore_empty=True, extra="forbid", hide_input_in_errors=True
    )

    database_url: SecretStr | None = Field(
        default=None,
        description="The service's own connection: postgresql://user:password@host/name. Absent = embedded.",
    )
    owner_database_url: SecretStr | None = Field(
        default=None,
        description="The owner's connection, for `readout migrate`. Absent = READOUT_DATABASE_URL.",
    )
    data_dir: Path = Field(default=Path(".data"), description="Where the embedded PostgreSQL keeps its files.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 = any free one.")
    public_read: bool | None = Field(
        default=None,
        description="Reads without a key. Absent = only when embedded and bound to loopback.",
    )
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Comma-listed origins whose pages may read; * only together with public reads.",
    )
    max_body_bytes: int = Field(default=4 * 1024 * 1024, ge=1024, description="Largest body of one request.")
    max_import_bytes: int = Field(
        default=1024 * 1024 * 1024, ge=1024, description="Largest file of `POST /v1/imports`."
    )
    import_worker: bool = Field(
        default=True, description="Whether this service works imports off, in a process beside it."
    )
    pool_size: int = Field(default=POOL_SIZE, ge=1, le=200, description="Connections to PostgreSQL.")
    statement_timeout_ms: int = Field(
        default=5_000,
        ge=100,
        le=600_000,
        description="Longest single SQL statement of a request, in milliseconds.",
    )
    wait_ms: int = Field(
        default=1_500,
        ge=10,
        le=60_000,
        description="Longest wait for a free connection before 503, in milliseconds.",
    )
    graph_seconds: float = Field(
        default=2.0, ge=0.1, le=600, description="Longest work on one graph question, in seconds."
    )
    graph_nodes: int = Field(
        default=20_000, ge=10, le=10_000_000, description="Most actors one graph question looks at."
    )
    graph_hops: int = Field(default=6, ge=1, le=20, description="Longest path, and widest circle around an actor.")
    graph_places: int = Field(default=3, ge=1, le=100, description="Graph questions worked on at once.")
    graph_memory_mb: int = Field(
        default=256, ge=16, le=65_536, description="What a process keeps between graph questions, in MiB."
    )
    export_places: int = Field(default=2, ge=1, le=50, description="Exports made at once by one process.")
    export_records: int = Field(
        default=5_000_000, ge=1, description="Most records of one export; a question that has more is refused."
    )
    export_seconds: float = Field(default=900, ge=1, le=86_400, description="Longest time for one export, in seconds.")
    export_write_seconds: float = Field(
        default=30,
        ge=0.1,
        le=3_600,
        description="Longest wait for a slow client to take the next piece of an export, in seconds.",
    )
    change_streams: int = Field(
        default=100, ge=1, le=10_000, description="Clients that follow `/v1/changes` as a stream at once, by process."
    )
    log_format: Literal["console", "json"] = Field(default="console", description="How log lines are written.")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def split_origins(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def only_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        scheme = value.get_secret_value().split("://", 1)[0] if value else "postgresql"
        if scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
            raise ValueError("must begin with postgresql:// (PostgreSQL 15 to 18 is the only database)")
        return value

    @model_validator(mode="after")
    def no_open_door(self) -> Self:
        if self.owner_database_url is not None and self.database_url is None:
            raise ValueError("READOUT_OWNER_DATABASE_URL needs READOUT_DATABASE_URL beside it")
        if "*" in self.cors_origins and not self.reads_are_public:
            raise ValueError(
                "READOUT_CORS_ORIGINS=* opens the record to every web page; list the origins, "
                "or set READOUT_PUBLIC_READ=true if the record is meant to be public"
            )
        return self

    @property
    def embedded(self) -> bool:
        """Whether the service runs a PostgreSQL of its own."""
        return self.database_url is None

    @property
    def bound_to_loopback(self) -> bool:
        """Whether only this machine can connect."""
        if self.host in LOOPBACK_NAMES:
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def reads_are_public(self) -> bool:
        """Whether a read needs no key."""
        if self.public_read is not None:
            return self.public_read
        return self.embedded and self.bound_to_loopback


def driver_url(url: str) -> str:
    """Returns the URL with the driver named, as SQLAlchemy wants it."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]
