"""`inventory backup`, `inventory restore`."""

import signal
import sys
import time
from pathlib import Path

import click

from app.backup.operations import SavedOut, Told, back_up, verify, write
from app.backup.rules import Unwritable
from kit.cli import answer, json_option, say, sentences
from kit.cluster import Logins, logins
from kit.database import use_login
from kit.i18n import _, date_time, number
from kit.settings import settings
from kit.signals import exit_on, run

FILE = click.Path(path_type=Path, allow_dash=True)


@click.command()
@click.argument("file", metavar="FICHIER", type=FILE)
@click.option("--verify", "only_verify", is_flag=True, help="Vérifier ce fichier, sans base et sans rien écrire.")
@json_option
def backup(file: Path, *, only_verify: bool, as_json: bool) -> None:
    """Sauvegarder toute la base dans un fichier vérifié (« - » : sortie standard). Le service peut tourner."""
    if str(file) == "-" and (as_json or only_verify):
        raise click.UsageError(_("« - » ne va pas avec --json ni --verify."))
    if str(file) == "-" and sys.stdout.isatty():
        raise click.UsageError(_("Une sauvegarde n'est pas du texte : envoyez « - » dans un fichier ou un programme."))
    exit_on(signal.SIGTERM, signal.SIGHUP)
    with sentences():
        if only_verify:
            done = verify(file, progress())
        else:
            with logins(settings()) as found:
                if str(file) == "-":
                    return run(_to_standard_output(found))
                done = run(_back_up(found, file))
        answer(done, as_json=as_json, lines=lambda: _line(done))
    return None


async def _back_up(found: Logins, file: Path) -> SavedOut:
    use_login(found.web_url)
    return await back_up(file, progress())


async def _to_standard_output(found: Logins) -> None:
    use_login(found.web_url)
    try:
        await write(sys.stdout.buffer, progress())
        sys.stdout.buffer.flush()
    except OSError as error:
        raise Unwritable(file=_("la sortie standard"), reason=error.strerror or error) from error


@click.command()
@click.argument("file", metavar="FICHIER", type=FILE)
@click.option("--fingerprint", metavar="SHA-256", help="Refuser tout fichier qui n'a pas cette empreinte.")
@click.option("--discard-old", is_flag=True, help="Ne rien garder de la base remplacée, ni des précédentes.")
@json_option
def restore(file: Path, *, fingerprint: str | None, discard_old: bool, as_json: bool) -> None:
    """Remplacer toute la base par une sauvegarde. Tout ou rien; le service doit être arrêté."""
    from app.backup.restoring import restore as put_back

    exit_on(signal.SIGTERM, signal.SIGHUP)
    with sentences(), logins(settings()) as found:
        done = run(put_back(found, file, progress(), fingerprint=fingerprint, discard_old=discard_old))
        answer(
            done,
            as_json=as_json,
            lines=lambda: _("{rows} rangées restaurées, telles qu'au {moment}.").format(
                rows=number(done.rows), moment=date_time(done.made_at)
            ),
        )


def progress(*, every_seconds: float = 2) -> Told:
    """Says the percentage and what is under way, on standard error, at most every two seconds."""
    last = time.monotonic()

    def told(what: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= every_seconds:
            last = time.monotonic()
            say(f"{min(100, round(100 * done / max(total, 1)))} % {what}")

    return told


def _line(done: SavedOut) -> str:
    return _(
        "{file} : {rows} rangées de {tables} tables, {size} Mo, telles qu'au {moment} (version {version}).\nEmpreinte : {fingerprint}"
    ).format(
        file=done.file, rows=number(done.rows), tables=done.tables, size=number(round(done.size / 1_000_000, 1)),
        moment=date_time(done.made_at), version=done.version, fingerprint=done.fingerprint,
    )  # fmt: skip
