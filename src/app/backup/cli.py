"""`inventory backup`, `inventory restore`."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.backup import restoring
from app.backup.archive import reading
from app.backup.operations import SavedOut, Told, back_up, verify, write
from app.backup.rules import Unwritable
from kit.cli import answer, json_option, say, sentences
from kit.cluster import Logins, logins
from kit.database import use_login
from kit.i18n import _, date_time, n_, number
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
@click.argument("file", metavar="[FICHIER]", required=False, type=click.Path(path_type=Path))
@click.option("--fingerprint", metavar="SHA-256", help="Refuser tout fichier qui n'a pas cette empreinte.")
@click.option("--cancel-messages", is_flag=True, help="Ne pas envoyer les courriels qui attendaient à la sauvegarde.")
@click.option("--discard-old", is_flag=True, help="Effacer les bases remplacées qui sont gardées, celle-ci comprise.")
@click.option("--undo", is_flag=True, help="Remettre la base que la dernière restauration a remplacée.")
@json_option
def restore(
    file: Path | None, *, fingerprint: str | None, cancel_messages: bool, discard_old: bool, undo: bool, as_json: bool
) -> None:
    """Remplacer toute la base par une sauvegarde. Tout ou rien; le service doit être arrêté."""
    if undo and (file or discard_old or cancel_messages or fingerprint):
        raise click.UsageError(_("« --undo » se donne seul."))
    if file is None and (cancel_messages or fingerprint or not (undo or discard_old)):
        raise click.UsageError(_("Quel fichier? « inventory restore FICHIER »"))
    exit_on(signal.SIGTERM, signal.SIGHUP)
    with sentences(), _looked_at(file), logins(settings()) as found:
        if file is not None:
            options = {"fingerprint": fingerprint, "discard_old": discard_old, "cancel_messages": cancel_messages}
            restored = run(restoring.restore(found, file, progress(), **options))  # type: ignore[arg-type]
            answer(restored, as_json=as_json, lines=lambda: _restored(restored))
        elif undo:
            undone = run(restoring.undo(found))
            answer(undone, as_json=as_json, lines=lambda: _("L'ancienne base est remise.") + _kept(undone.kept))
        else:
            gone = run(restoring.discard(found))
            told = n_("{n} base remplacée effacée.", "{n} bases remplacées effacées.", len(gone)).format(n=len(gone))
            answer({"discarded": gone}, as_json=as_json, lines=lambda: told)


@contextmanager
def _looked_at(file: Path | None) -> Iterator[None]:
    """What is plainly no backup of ours is refused before a server is started."""
    if file is not None:
        with reading(file):
            pass
    yield


def _restored(done: restoring.RestoredOut) -> str:
    said = n_(
        "{rows} rangée restaurée, telle qu'au {moment}.", "{rows} rangées restaurées, telles qu'au {moment}.", done.rows
    )
    lines = [said.format(rows=number(done.rows), moment=date_time(done.made_at))]
    if n := done.messages_waiting:
        lines.append(
            n_(
                "{n} courriel qui attendait à la sauvegarde partira au démarrage, même s'il est déjà parti depuis."
                " Pour l'éviter, recommencez avec --cancel-messages.",
                "{n} courriels qui attendaient à la sauvegarde partiront au démarrage, même s'ils sont déjà partis depuis."
                " Pour l'éviter, recommencez avec --cancel-messages.",
                n,
            ).format(n=number(n))
        )
    return "\n".join(lines) + _kept(done.kept)


def _kept(schema: str) -> str:
    if not schema:
        return ""
    return "\n" + _(
        "La base remplacée est gardée dans le schéma {schema} : « inventory restore --undo » y revient,"
        " « inventory restore --discard-old » l'efface."
    ).format(schema=schema)


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
