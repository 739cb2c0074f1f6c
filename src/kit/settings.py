"""All settings, read from `INVENTORY_*` environment variables. `docs/settings.md` lists them; a test compares the two."""

import os
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One field a variable; the description is what the documentation prints."""

    model_config = SettingsConfigDict(env_prefix="INVENTORY_", extra="ignore", env_ignore_empty=True, frozen=True)

    database_url: SecretStr | None = Field(
        default=None,
        description="Accès web d'un serveur PostgreSQL 16 ou plus récent; un @ ou un / du mot de passe s'écrit %40 ou %2F."
        " Absent : le serveur embarqué.",
    )
    owner_database_url: SecretStr | None = Field(
        default=None,
        description="Accès propriétaire; il ne sert qu'à migrate et restore; un @ ou un / du mot de passe s'écrit %40 ou %2F.",
    )
    data_dir: Path = Field(
        default=Path(".data"),
        description="Dossier du serveur embarqué et de la clé de signature; .demo pour la démonstration.",
    )
    host: str = Field(default="127.0.0.1", description="Adresse sur laquelle le service écoute.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port sur lequel le service écoute, de 1 à 65535.")
    public_url: str = Field(
        default="",
        description="Adresse que les gens utilisent, de https:// au nom du serveur : liens des courriels, étiquettes, redirections.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signe les formulaires; 32 caractères ou plus, la même partout. Absente : créée dans le dossier de données.",
    )
    secure_cookies: bool | None = Field(
        default=None,
        description="Témoins envoyés par HTTPS seulement. Absent : oui quand l'adresse publique est en https.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Mandataires dont X-Forwarded-For est cru : adresses ou réseaux, séparés par des virgules. Absent : aucun.",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="smtp://nom:mot-de-passe@serveur:port (smtps:// pour TLS). Absent : les courriels attendent.",
    )
    mail_from: str = Field(
        default="inventaire@localhost",
        pattern="@",
        description="Expéditeur de tous les courriels : une adresse de courriel.",
    )
    invitation_days: int = Field(
        default=14, ge=1, le=90, description="Jours pendant lesquels le lien d'une invitation sert, de 1 à 90."
    )
    pool_size: int = Field(default=10, ge=1, le=100, description="Connexions à la base d'un processus, de 1 à 100.")
    statement_cache: int = Field(
        default=100,
        ge=0,
        description="Requêtes préparées qu'une connexion garde; 0 derrière un PgBouncer plus ancien que 1.21.",
    )
    workers: int = Field(default=1, ge=1, le=32, description="Processus que le service démarre, de 1 à 32.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Ce que le journal retient : DEBUG, INFO, WARNING ou ERROR."
    )
    slow_query_ms: int = Field(
        default=500, ge=0, description="Les requêtes plus lentes sont notées au journal, en millisecondes; 0 : aucune."
    )

    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Jeton du collecteur Prometheus pour /metrics; 16 caractères ou plus. Absent : /metrics n'existe pas.",
    )
    keep_records_years: int = Field(
        default=0,
        ge=0,
        description="Années de conservation du journal des événements et des documents envoyés; 7 ou plus. 0 : toujours.",
    )
    keep_closed_accounts_years: int = Field(
        default=7, ge=1, description="Années après lesquelles le nom et l'adresse d'un compte fermé sont effacés."
    )
    keep_mail_days: int = Field(
        default=365, ge=1, description="Jours de conservation du destinataire et du texte des courriels partis."
    )
    keep_sessions_days: int = Field(
        default=90, ge=1, description="Jours de conservation des connexions, jetons et invitations terminés."
    )
    keep_imports_days: int = Field(
        default=400, ge=1, description="Jours pendant lesquels une importation garde ses lignes et peut être annulée."
    )
    keep_job_runs_days: int = Field(default=180, ge=2, description="Jours de conservation des passages des tâches.")
    keep_answers_days: int = Field(
        default=7,
        ge=1,
        description="Jours pendant lesquels une demande répétée (Idempotency-Key) reçoit la même réponse.",
    )
    backup_dir: Path | None = Field(
        default=None,
        description="Dossier (chemin complet), sur un autre disque, de la sauvegarde de chaque nuit (3 h 15). Absent : aucune.",
    )
    keep_backups_days: int = Field(default=30, ge=1, description="Jours de conservation des sauvegardes de nuit.")

    feed_networks: str = Field(
        default="",
        description="Réseaux privés, séparés par des virgules, où un fil de prix peut être lu, en http aussi. Absent : aucun.",
    )

    @field_validator("keep_records_years")
    @classmethod
    def _as_long_as_accounts(cls, value: int) -> int:
        """Accounting documents and what explains them."""
        if 0 < value < 7:
            raise ValueError("7 or more, or 0")
        return value

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _password_is_written_out(cls, value: SecretStr | None) -> SecretStr | None:
        """A bare @ or / in the password would name another server, and only "name not known" would be said."""
        before_query = value.get_secret_value().partition("?")[0] if value else ""
        if before_query.count("@") > urlsplit(before_query).netloc.count("@") or before_query.count("@") > 1:
            raise ValueError("the password ends early")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            url = urlsplit(value.get_secret_value())
            if (
                url.scheme not in ("smtp", "smtps") or not url.hostname or url.port == 0
            ):  # an impossible port raises by itself
                raise ValueError("smtp://server or smtps://server")
        return value

    @field_validator("backup_dir")
    @classmethod
    def _whole_path(cls, value: Path | None) -> Path | None:
        """The service and a command do not start in the same folder."""
        if value is not None and not value.is_absolute():
            raise ValueError("relative")
        return value

    @field_validator("public_url")
    @classmethod
    def _no_final_slash(cls, value: str) -> str:
        url = urlsplit(value)
        if value and (url.scheme not in ("http", "https") or not url.hostname):  # links of messages would lead nowhere
            raise ValueError("https://name")
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _as_networks(cls, value: str) -> str:
        """Never a name, and never everybody: whoever is believed may say that they are somebody else."""
        found = [ip_network(part.strip()) for part in value.split(",") if part.strip()]
        if any(network.prefixlen == 0 for network in found):
            raise ValueError("everybody")
        return ",".join(map(str, found))

    @field_validator("feed_networks")
    @classmethod
    def _as_networks_of_feeds(cls, value: str) -> str:
        return ",".join(str(ip_network(part.strip())) for part in value.split(",") if part.strip())

    @property
    def feed_networks_allowed(self) -> tuple[str, ...]:
        """The private networks from which a supplier's prices may be read."""
        return tuple(part for part in self.feed_networks.split(",") if part)

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: str) -> str:
        return value.upper()

    @property
    def address(self) -> str:
        """The address people use; where none is set, the one that we listen on."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def cookies_over_https_only(self) -> bool:
        return self.address.startswith("https://") if self.secure_cookies is None else self.secure_cookies


def faults() -> list[str]:
    """One sentence a variable that cannot be used, without what a secret holds."""
    try:
        settings()
    except ValidationError as error:
        return [_fault(str(one["loc"][0]), one["input"]) for one in error.errors(include_url=False)]
    return []


def _fault(field: str, given: object) -> str:
    secret = "SecretStr" in str(Settings.model_fields[field].annotation)
    shown = "sa valeur" if secret else f"« {given} »"
    return f"INVENTORY_{field.upper()} : {shown} ne convient pas. {Settings.model_fields[field].description}"


def unknown() -> list[str]:
    """Variables of the environment that look like ours and are read by nothing: mistyped, as a rule."""
    ours = {f"INVENTORY_{field.upper()}" for field in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith("INVENTORY_") and name not in ours)


@lru_cache
def settings() -> Settings:
    """The settings of this process. Tests call `settings.cache_clear()` after they change the environment."""
    return Settings()
