"""What this machine and its settings say, without the database."""

import json
import os
import shutil
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from app.doctor.findings import Finding, ok, warning, wrong
from app.templating import HERE, STATIC_FOLDER
from kit.clock import MONTREAL, now
from kit.i18n import _, date_time, number
from kit.settings import settings, unknown

MEBIBYTE, GIBIBYTE = 1 << 20, 1 << 30
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def folder() -> Iterator[Finding]:
    """The data folder: there, closed to others, with room. Only where something is in it."""
    about, where = _("Dossier de données"), settings().data_dir
    if settings().database_url is not None and not where.exists():
        return
    if not where.is_dir():
        yield wrong(
            about,
            _("{folder} n'existe pas.").format(folder=where),
            _("Donnez le bon dossier par INVENTORY_DATA_DIR, ou lancez une première fois « inventory migrate »."),
        )
        return
    for path in where, where / "secret.key", where / "password", where / "cluster":
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            yield wrong(
                about,
                _("{path} est ouvert à d'autres utilisateurs de la machine ({mode}).").format(
                    path=path, mode=f"{mode:04o}"
                ),
                _("Lancez « chmod {mode} {path} ».").format(mode="700" if path.is_dir() else "600", path=path),
            )
    yield from _room(about, where)


def _room(about: str, where: Path) -> Iterator[Finding]:
    free, files = shutil.disk_usage(where).free, os.statvfs(where)
    size = (
        _("{n} Gio").format(n=number(round(free / GIBIBYTE, 1)))
        if free >= GIBIBYTE
        else _("{n} Mio").format(n=number(free // MEBIBYTE))
    )
    said = _("{size} libres dans {folder}.").format(size=size, folder=where)
    do = _("Faites de la place : une base dont le disque est plein refuse toute écriture.")
    if free < GIBIBYTE:
        yield wrong(about, said, do)
    elif free < 5 * GIBIBYTE:
        yield warning(about, said, do)
    else:
        yield ok(about, said)
    if files.f_files and files.f_favail < files.f_files / 50:
        yield warning(
            about,
            _("Il ne reste presque plus de fichiers possibles sur ce disque (inodes)."),
            _("Effacez des fichiers inutiles, ou changez de disque."),
        )


def addresses() -> Iterator[Finding]:
    """How people reach the service, and who could listen."""
    about, found = _("Adresse"), settings()
    https = found.address.startswith("https://")
    if found.cookies_over_https_only and not https:
        yield wrong(
            about,
            _(
                "Les témoins sont réservés à HTTPS, mais l'adresse est {address} : personne ne peut se connecter."
            ).format(address=found.address),
            _("Donnez l'adresse en https dans INVENTORY_PUBLIC_URL, ou retirez INVENTORY_SECURE_COOKIES."),
        )
    elif https and not found.cookies_over_https_only:
        yield wrong(
            about,
            _("L'adresse est en https, mais les témoins partent aussi en clair."),
            _("Retirez INVENTORY_SECURE_COOKIES."),
        )
    elif https:
        yield ok(about, found.address)
    else:
        yield warning(
            about,
            _("Les gens utilisent {address}, sans HTTPS.").format(address=found.address),
            _(
                "Hors d'un essai, mettez un mandataire HTTPS devant le service et son adresse dans INVENTORY_PUBLIC_URL."
            ),
        )
    if https and not found.trusted_proxies:
        yield warning(
            about,
            _("Aucun mandataire n'est cru : tous les essais de connexion semblent venir de la même adresse."),
            _("Donnez l'adresse du mandataire dans INVENTORY_TRUSTED_PROXIES."),
        )
    if found.host not in LOOPBACK and https:
        yield warning(
            about,
            _("Le service écoute aussi hors de la machine, sans HTTPS, sur {host}:{port}.").format(
                host=found.host, port=found.port
            ),
            _(
                "Si le mandataire est sur cette machine, retirez INVENTORY_HOST; sinon, fermez ce port à tous les autres."
            ),
        )
    if found.database_url is not None and found.secret_key is None:
        yield wrong(
            about,
            _("INVENTORY_SECRET_KEY manque."),
            _("Donnez au moins 32 caractères au hasard, les mêmes sur chaque machine qui sert cette base."),
        )


async def service() -> list[Finding]:
    """Whether the service answers on this machine."""
    about, host = _("Service"), settings().host
    host = "127.0.0.1" if host in ("0.0.0.0", "") else "[::1]" if host == "::" else f"[{host}]" if ":" in host else host  # noqa: S104
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.get(f"http://{host}:{settings().port}/health/ready")
    except httpx.TransportError:
        what = _("Rien ne répond sur cette machine au port {port}.").format(port=settings().port)
        return [warning(about, what, _("Si le service doit tourner ici, démarrez-le : « inventory serve »."))]
    if answer.status_code != 200:
        what = _("Le service tourne, mais n'est pas prêt ({status}).").format(status=answer.status_code)
        return [wrong(about, what, _("Voyez ce qui est dit de la base de données, puis redémarrez le service."))]
    return [ok(about, _("Il répond au port {port}.").format(port=settings().port))]


def built() -> Iterator[Finding]:
    """The front end and the translations, made when the package is built."""
    about, manifest = _("Installation"), STATIC_FOLDER / "built" / "manifest.json"
    do = _("Installez le paquet fait par « make dist », ou lancez « make frontend » dans les sources.")
    names = json.loads(manifest.read_text()).values() if manifest.is_file() else []
    if not names or any(not (manifest.parent / name).is_file() for name in names):
        yield wrong(about, _("Les styles et les scripts des pages ne sont pas construits."), do)
    elif not (HERE / "translations" / "en" / "LC_MESSAGES" / "messages.mo").is_file():
        yield warning(about, _("Les traductions ne sont pas compilées : tout est en français."), do)
    else:
        yield ok(about, _("Styles, scripts et traductions sont en place."))


def mistyped() -> Iterator[Finding]:
    """Variables that look like settings and are none: what was meant is not set."""
    for name in unknown():
        yield warning(
            _("Réglages"),
            _("{name} n'est pas un réglage : sa valeur ne sert à rien.").format(name=name),
            _("Corrigez son nom, ou retirez-la; docs/settings.md les donne tous."),
        )


def time_zone() -> Iterator[Finding]:
    """The time zone data that the program finds: hours of jobs and dates on pages come from it."""
    about = _("Heure")
    summer, winter = (datetime(2026, month, 1, tzinfo=UTC).astimezone(MONTREAL).utcoffset() for month in (7, 1))
    if (summer, winter) != (timedelta(hours=-4), timedelta(hours=-5)):
        yield wrong(about, _("L'heure de Montréal est mal calculée."), _("Mettez à jour le paquet Python tzdata."))
    elif time.localtime().tm_year < 2026:
        yield wrong(about, _("L'horloge de la machine est dans le passé."), _("Mettez-la à l'heure (NTP)."))


def backups() -> Iterator[Finding]:
    """The nightly backups, where they are asked for."""
    about, where = _("Sauvegarde"), settings().backup_dir
    if where is None:
        yield warning(
            about,
            _("Aucune sauvegarde de nuit n'est demandée."),
            _("Donnez INVENTORY_BACKUP_DIR, ou lancez « inventory backup » chaque nuit, vers un autre disque."),
        )
        return
    newest = (
        max((path.stat().st_mtime for path in where.glob("inventaire-*.zip")), default=None) if where.is_dir() else None
    )
    do = _(
        "Voyez « inventory jobs list », puis « inventory jobs run backup »; vérifiez que ce dossier est là et permet d'écrire."
    )
    if newest is None:
        yield wrong(about, _("Aucune sauvegarde dans {folder}.").format(folder=where), do)
        return
    at = datetime.fromtimestamp(newest, UTC)
    said = _("La dernière est du {moment}.").format(moment=date_time(at))
    if now() - at > timedelta(hours=50):
        yield wrong(about, said, do)
    else:
        yield ok(about, said)
