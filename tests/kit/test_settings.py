"""Settings: each is documented, and one that cannot be used is said in a sentence."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.settings import Settings, faults, settings, unknown

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_documentation_holds_every_setting_as_the_code_has_it() -> None:
    documented = re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE
    )

    assert documented == [
        (f"INVENTORY_{name.upper()}", "" if field.default in (None, "") else f"`{field.default}`", field.description)
        for name, field in Settings.model_fields.items()
    ]


def test_what_cannot_be_used_is_said_and_secrets_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PORT": "99999", "WORKERS": "deux", "SECRET_KEY": "trop court", "LOG_LEVEL": "bavard"}.items():
        monkeypatch.setenv(f"INVENTORY_{name}", value)

    said = faults()

    assert [sentence.split()[0] for sentence in said] == [
        "INVENTORY_PORT", "INVENTORY_SECRET_KEY", "INVENTORY_WORKERS", "INVENTORY_LOG_LEVEL",
    ]  # fmt: skip
    assert "« 99999 »" in said[0] and "trop court" not in "".join(said)


@pytest.mark.parametrize(
    ("host", "public", "address"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:8000"),
        ("::1", "", "http://[::1]:8000"),
        ("0.0.0.0", "https://inventaire.exemple.ca/", "https://inventaire.exemple.ca"),
    ],
)
def test_the_address_is_the_public_one_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, host: str, public: str, address: str
) -> None:
    monkeypatch.setenv("INVENTORY_HOST", host)
    monkeypatch.setenv("INVENTORY_PUBLIC_URL", public)

    assert settings().address == address
    assert settings().cookies_over_https_only == public.startswith("https")


@pytest.mark.parametrize("value", ["*", "mandataire.exemple.ca", "10.0.0.1/8", "0.0.0.0/0", "127.0.0.1, ::/0"])
def test_only_some_addresses_can_be_trusted_proxies(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("INVENTORY_TRUSTED_PROXIES", value)

    (said,) = faults()

    assert said.startswith(f"INVENTORY_TRUSTED_PROXIES : « {value} » ne convient pas.")


def test_trusted_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVENTORY_TRUSTED_PROXIES", " 127.0.0.1, 10.1.0.0/16,::1,")

    assert settings().trusted_proxies == "127.0.0.1/32,10.1.0.0/16,::1/128"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "inventaire.exemple.ca"),
        ("PUBLIC_URL", "https://"),
        ("MAIL_FROM", "inventaire"),
        ("BACKUP_DIR", "sauvegardes"),
        ("SMTP_URL", "localhost:25"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://courriel.exemple.ca:vingt-cinq"),
        ("DATABASE_URL", "postgresql://web:mot@de@passe@serveur/base"),
        ("OWNER_DATABASE_URL", "postgresql://proprio:mot/de/passe@serveur/base"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"INVENTORY_{name}", value)

    (said,) = faults()

    assert said.startswith(f"INVENTORY_{name} : ") and "mot@de" not in said and "mot/de" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "https://inventaire.exemple.ca:8443/"),
        ("MAIL_FROM", "Inventaire <inventaire@exemple.ca>"),
        ("SMTP_URL", "smtps://nom:mot%2Fde%40passe@courriel.exemple.ca"),
        ("DATABASE_URL", "postgresql://web:mot%40de%2Fpasse@serveur:5432/base?sslmode=require"),
        ("DATABASE_URL", "postgresql://web:mot@/base?host=%2Frun%2Fpostgresql&port=5432"),
        ("DATABASE_URL", "postgresql:///base?user=web@exemple&host=/run/postgresql"),
    ],
)
def test_an_address_that_leads_somewhere_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"INVENTORY_{name}", value)

    assert faults() == []


def test_a_variable_left_empty_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"INVENTORY_{name.upper()}", "")

    assert faults() == [] and settings() == Settings.model_construct()


def test_a_mistyped_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    before = unknown()
    monkeypatch.setenv("INVENTORY_BACKUPDIR", "/mnt/sauvegardes")

    assert sorted({*unknown()} - {*before}) == ["INVENTORY_BACKUPDIR"]
