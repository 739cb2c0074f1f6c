"""All settings, read from `INVENTORY_*` environment variables. `docs/settings.md` lists them; a test compares the two."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One field a variable; the description is what the documentation prints."""

    model_config = SettingsConfigDict(env_prefix="INVENTORY_", extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(
        default=None, description="Web login of a PostgreSQL 16+ server. Absent: the embedded server."
    )
    owner_database_url: SecretStr | None = Field(
        default=None, description="Owner login; needed by migrate, backup, restore."
    )
    data_dir: Path = Field(default=Path(".data"), description="Folder of the embedded server and of the signing key.")
    host: str = Field(default="127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that `serve` listens on.")
    public_url: str = Field(default="", description="Address people use, for links in mails, labels and redirects.")
    secret_key: SecretStr | None = Field(
        default=None, description="Signs forms. Absent: made once in the data folder; several machines must share one."
    )
    secure_cookies: bool | None = Field(
        default=None, description="Cookies over HTTPS only. Absent: yes when the public address is https."
    )
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://user:password@host:port (smtps:// for TLS). Absent: mail waits in the outbox."
    )
    mail_from: str = Field(default="inventaire@localhost", description="Sender of every mail.")
    pool_size: int = Field(default=10, ge=1, le=100, description="Database connections of one process.")
    workers: int = Field(default=1, ge=1, le=32, description="Processes that `serve` starts.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    slow_query_ms: int = Field(default=500, ge=0, description="Queries slower than this are logged; 0 logs none.")

    @field_validator("public_url")
    @classmethod
    def _no_final_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def address(self) -> str:
        """The address people use; where none is set, the one that we listen on."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def cookies_over_https_only(self) -> bool:
        return self.address.startswith("https://") if self.secure_cookies is None else self.secure_cookies


@lru_cache
def settings() -> Settings:
    """The settings of this process. Tests call `settings.cache_clear()` after they change the environment."""
    return Settings()
