"""Commands: an event loop with the database open, one actor, one JSON document on standard output, an exit code that tells.

    @group.command()
    @json_option
    @as_option
    @run
    async def scan(who: Actor, *, as_json: bool) -> None: ...

Exit 0 done, 1 refused (or partly: `raise Exit(1)`), 2 wrong use. Messages and progress go to standard error.
"""

import functools
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from typing import Any

import asyncpg
import click
import msgspec

from kit import embedded
from kit.actor import Actor, system
from kit.click_words import COMMANDS, speak_french
from kit.cluster import Logins, logins
from kit.database import engine, pool, use_login
from kit.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from kit.i18n import _, lazy
from kit.migrating import SERVING, MigrationFailed, migrate, pending
from kit.settings import settings
from kit.signals import exit_on
from kit.signals import run as run_until_signal

speak_french()  # before any command is made: its help is made with it

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Un document JSON sur la sortie standard, rien d'autre."
)
as_option = click.option(
    "--as", "as_email", metavar="COURRIEL", help="Agir en tant que cette personne; sinon, le système."
)

# What becomes of a file that a command was told to write.
_FILES: Mapping[type[OSError], str] = {
    FileNotFoundError: lazy("ce dossier n'existe pas."),
    NotADirectoryError: lazy("ce dossier n'existe pas."),
    PermissionError: lazy("ce compte n'a pas le droit d'y écrire."),
    IsADirectoryError: lazy("c'est un dossier, pas un fichier."),
}

_person: Callable[[str], Awaitable[Actor]] | None = None


class Unreachable(Refused):
    sentence = lazy(
        "Base de données injoignable ({error}). Vérifiez INVENTORY_DATABASE_URL et INVENTORY_OWNER_DATABASE_URL, et que le"
        " serveur répond."
    )


class Elsewhere(Refused):
    sentence = lazy(
        "INVENTORY_DATABASE_URL nomme la base « {web} », et INVENTORY_OWNER_DATABASE_URL la base « {owner} ». Donnez la même."
        " Rien n'a été changé."
    )


class BeingRestored(Conflict):
    sentence = lazy("Une restauration de cette base est en cours. Attendez qu'elle soit finie, puis recommencez.")


class NotForSystem(Forbidden):
    """No `--as`, and the system does not hold the right."""

    sentence = lazy("Le système ne fait pas cela : ajoutez « --as COURRIEL », d'une personne qui en a le droit.")


class Group(click.Group):
    """Its list says the first sentence of each command whole; click would cut it where the line ends."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section(COMMANDS):
            formatter.write_dl([(name, one.get_short_help_str(limit=200)) for name, one in found if one is not None])


class LazyGroup(Group):
    """A group whose commands are imported when they are used: `inventory floor scan` does not load the pages."""

    def __init__(self, *args: Any, where: Mapping[str, str], **options: Any) -> None:
        """`where`: name of a command → `module:attribute`."""
        super().__init__(*args, **options)
        self.where = where

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.where)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if (place := self.where.get(cmd_name)) is None:
            return None
        module, attribute = place.split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class Exit(Exception):
    """End with this code; what there was to say has been said."""

    def __init__(self, code: int) -> None:
        self.code = code


def use_people(person: Callable[[str], Awaitable[Actor]]) -> None:
    """Set how `--as` finds a person; the running program does it once."""
    global _person
    _person = person


def say(text: str) -> None:
    """A message for the person at the terminal, on standard error."""
    click.echo(text, err=True)


def answer(result: Any, *, as_json: bool, lines: Callable[[], str]) -> None:
    """The result on standard output: as JSON, or as the text that `lines` makes."""
    click.echo(msgspec.json.encode(result).decode() if as_json else lines())


def run(work: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make a click command of a coroutine function whose first parameter is the actor."""

    @functools.wraps(work)
    def command(*args: Any, as_email: str | None = None, **options: Any) -> None:
        async def body() -> None:
            try:
                await work(await _acting(as_email), *args, **options)
            except Forbidden as refused:
                if as_email is None and type(refused) is Forbidden:
                    raise NotForSystem() from refused
                raise

        with_database(body)

    return command


def with_database(body: Callable[[], Awaitable[None]]) -> None:
    """Run a coroutine with the database open; refusals become sentences and exit codes."""
    exit_on(signal.SIGTERM, signal.SIGHUP)  # as Ctrl-C does: else they would leave the embedded server running
    with sentences(), logins(settings()) as found:
        run_until_signal(_with_pool(found, body))


@contextmanager
def sentences() -> Iterator[None]:
    """What is refused in the block is said on standard error, and ends the process with 1; `Exit` ends it with its code."""
    try:
        yield
    except Exit as end:
        sys.exit(end.code)
    except Invalid as refused:
        say("\n".join(refused.errors.values()) or refused.detail)
        sys.exit(1)
    except NotFound as refused:  # a page says that it is one; a command was given a code or a number
        said = _("Rien ne porte ce code ou ce numéro, ou cela ne fait pas partie de votre accès : vérifiez-le.")
        say(said if refused.detail == _(NotFound.sentence) else refused.detail)
        sys.exit(1)
    except Refused as refused:
        say(refused.detail)
        sys.exit(1)
    except (embedded.EmbeddedError, MigrationFailed) as error:
        say(str(error))
        sys.exit(1)
    except OSError as error:
        if (why := _FILES.get(type(error))) is None or not isinstance(error.filename, (str, os.PathLike)):
            raise
        say(_("« {name} » : {reason} Rien n'y est écrit.").format(name=os.fspath(error.filename), reason=_(why)))
        sys.exit(1)


async def _with_pool(found: Logins, body: Callable[[], Awaitable[None]]) -> None:
    async with open_database(found):
        await body()


@asynccontextmanager
async def open_database(found: Logins, *, may_migrate: bool = False) -> AsyncIterator[None]:
    """The web login's connections for the block, on a database that is up to date."""
    await up_to_date(found, may_migrate=may_migrate)
    use_login(found.web_url)
    async with pool(size=2):
        yield


async def up_to_date(found: Logins, *, may_migrate: bool = False) -> None:
    """Our own embedded database is migrated at once; another one is the administrator's to migrate, unless told otherwise."""
    use_login(found.web_url)
    async with a_connection() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock_shared($1)", SERVING):
            raise BeingRestored()
        if not await pending(connection):
            return
    if not found.embedded and not (may_migrate and found.owner_url):
        raise MigrationFailed(_("La base n'est pas à jour : lancez « inventory migrate », puis recommencez."))
    await migrate_with(found)


async def migrate_with(found: Logins) -> list[str]:
    """Migrate with the owner's login; the names of what ran."""
    if found.owner_url is None:
        raise MigrationFailed(_("Donnez l'accès propriétaire dans INVENTORY_OWNER_DATABASE_URL pour migrer."))
    await same_database(found)
    use_login(found.owner_url)
    return await migrate(engine(), owner=found.owner, web=found.web)


async def same_database(found: Logins) -> None:
    """Raises Elsewhere where the two logins enter two databases, Unreachable where one is not let in."""
    entered = []
    for url in (found.web_url, found.owner_url or found.web_url):
        use_login(url)
        async with a_connection() as connection:
            entered.append(await connection.fetchval("SELECT current_database()"))
    if entered[0] != entered[1]:
        raise Elsewhere(web=entered[0], owner=entered[1])


@asynccontextmanager
async def a_connection() -> AsyncIterator[Any]:
    """A connection of its own. Raises Unreachable."""
    try:
        connection = await engine().get_new_connection()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise Unreachable(error=str(error) or type(error).__name__) from error
    try:
        yield connection
    finally:
        await connection.close()


async def _acting(email: str | None) -> Actor:
    if email is None:
        return system()
    if _person is None:
        raise Refused(_("« --as » n'est pas disponible ici."))
    return await _person(email)
