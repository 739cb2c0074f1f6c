"""The command: every check in turn, also when the database is down."""

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import click

from app.doctor import machine, money, server, work
from app.doctor.findings import Finding, State, found_by, ok, wrong
from app.logs import told
from kit.cli import Exit, answer, json_option, sentences
from kit.cluster import Logins, logins
from kit.database import pool, use_login
from kit.embedded import EmbeddedError
from kit.i18n import _, lazy, n_
from kit.settings import settings
from kit.signals import exit_on, run

WORDS = {State.ok: lazy("bien"), State.warning: lazy("à surveiller"), State.wrong: lazy("à corriger")}
CONNECT_SECONDS = 10


@click.command()
@json_option
@click.option("--send-test", metavar="COURRIEL", help="Envoyer aussi un courriel d'essai à cette adresse.")
def doctor(*, as_json: bool, send_test: str | None) -> None:
    """Dire ce qui ne va pas dans cette installation, et quoi faire. Sortie 1 s'il y a quelque chose à corriger."""
    exit_on(signal.SIGTERM, signal.SIGHUP)
    with sentences():
        found = [*_machine(), *_database(send_test)]
        answer({"items": found}, as_json=as_json, lines=lambda: "\n".join([*map(_line, found), _summary(found)]))
        if any(one.state is State.wrong for one in found):
            raise Exit(1)


def _machine() -> Iterator[Finding]:
    async def checks() -> list[Finding]:
        found: list[Finding] = []
        for about, check in (
            (_("Installation"), machine.built), (_("Dossier de données"), machine.folder), (_("Adresse"), machine.addresses),
            (_("Réglages"), machine.mistyped), (_("Heure"), machine.time_zone), (_("Sauvegarde"), machine.backups),
        ):  # fmt: skip

            async def checked(check: Any = check) -> list[Finding]:
                return list(check())

            found += await found_by(about, checked)
        return found + await found_by(_("Service"), machine.service)

    yield from run(checks())


def _database(send_test: str | None) -> list[Finding]:
    """What there is to say of the database and of what it holds. The embedded one is started, never made."""
    if settings().database_url is None and not _made(settings().data_dir):
        do = _(
            "Donnez INVENTORY_DATA_DIR ou INVENTORY_DATABASE_URL, comme au service; ou lancez « inventory migrate »."
        )
        return [wrong(_(server.DATABASE), _("Il n'y en a pas dans {folder}.").format(folder=settings().data_dir), do)]
    try:
        with logins(settings()) as found:
            return run(examine(found, send_test=send_test))
    except EmbeddedError as error:
        return [wrong(_(server.DATABASE), str(error), _("Corrigez cela, puis recommencez."))]


def _made(folder: Path) -> bool:
    """Whether a cluster is there; where this account may not look, starting it says so."""
    try:
        return (folder / "cluster").exists()
    except OSError:
        return True


async def examine(found: Logins, *, send_test: str | None = None) -> list[Finding]:
    """All that needs the database, as far as it lets us in."""
    seen: list[Finding] = []
    owner_enters: str | None = None
    if found.owner_url is not None:
        async with _entered(found.owner_url, _("Accès propriétaire"), "INVENTORY_OWNER_DATABASE_URL", seen) as owner:
            owner_enters = owner and await owner.fetchval("SELECT current_database()")
    async with _entered(found.web_url, _("Accès web"), "INVENTORY_DATABASE_URL", seen) as web:
        if web is not None:
            for about, check in (
                (_(server.DATABASE), server.version), (_("Accès web"), server.web_login), (_("Migrations"), server.migrations),
                (_("Sécurité par ligne"), server.policies), (_("Heure"), server.clock), (_("Connexions"), server.room),
                (_("Sauvegarde"), server.replaced),
            ):  # fmt: skip
                seen += await found_by(about, partial(check, web))
            if owner_enters is not None:
                seen += await found_by(_(server.DATABASE), partial(server.same_database, web, owner_enters))
            if any(one.state is State.wrong and one.about in (_("Accès web"), _("Migrations")) for one in seen):
                return seen  # the checks below would all say that again
            use_login(found.web_url)
            async with pool(size=2):
                for about, asked in (
                    (_("Tâches"), work.night),
                    (_("Courriel"), work.mail),
                    (_("Organismes"), work.boards),
                    (_("Approbations"), work.decisions),
                    (_("Argent"), money.balance),
                ):
                    seen += await found_by(about, asked)
    if send_test is not None:
        seen += await work.send_test(send_test)
    return seen


@asynccontextmanager
async def _entered(url: str, about: str, setting: str, seen: list[Finding]) -> AsyncIterator[Any]:
    """A bare connection of this login, or None; which of the two goes to `seen`."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        do = _("Vérifiez {setting}, que le serveur tourne et que cette machine peut l'atteindre.").format(
            setting=setting
        )
        seen.append(wrong(about, _("La base ne laisse pas entrer ({error}).").format(error=told(error)), do))
        yield None
        return
    seen.append(ok(about, _("La base laisse entrer.")))
    try:
        yield connection
    finally:
        await connection.close()


def _line(one: Finding) -> str:
    return f"{_(WORDS[one.state]):13} {one.about} : {one.what} {one.do}".rstrip()


def _summary(found: list[Finding]) -> str:
    bad, odd = (sum(one.state is state for one in found) for state in (State.wrong, State.warning))
    if not bad and not odd:
        return _("Tout va bien.")
    to_mend = n_("{n} chose à corriger", "{n} choses à corriger", bad).format(n=bad)
    return _("{mend}, {n} à surveiller.").format(mend=to_mend, n=odd)
