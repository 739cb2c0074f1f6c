"""`inventory migrate`: roles, tables, raw SQL, then row-level security, in one transaction of the owner, under an advisory lock."""

import contextlib
import io
from collections.abc import AsyncIterator, Collection, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.database import Engine, connection
from kit.i18n import _
from kit.policies import ROLES, statements

if TYPE_CHECKING:  # imported where they are used: they bring black, a fifth of the start of every command
    from piccolo.apps.migrations.auto.migration_manager import MigrationManager
    from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
    from piccolo.conf.apps import AppConfig, MigrationModule

_INSTALLED = Path(__file__).parent.parent / "app" / "migrations"
MIGRATIONS = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parent.parent.parent / "migrations"
PACKAGES = ("kit", "directory", "catalog", "inventory", "allocations")
LOCK = 7_110_001
SERVING = 7_110_007  # shared by all who serve the database; a restore holds it alone


class Migration(NamedTuple):
    """A package's migration, by the name that Piccolo keeps of it."""

    package: str
    name: str


class MigrationFailed(Exception):
    """What went wrong, and what to do; printed as it stands."""


def table_modules(package: str) -> list[str]:
    """Every `tables` module of a package, by path: a new noun is found without being listed."""
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations
    root = Path(next(iter(spec.submodule_search_locations)))
    return [
        ".".join((package, *path.relative_to(root).with_suffix("").parts)) for path in sorted(root.rglob("tables.py"))
    ]


def app_config(package: str, *, after: list[str]) -> "AppConfig":
    """Piccolo's description of a package."""
    from piccolo.conf.apps import AppConfig, table_finder

    return AppConfig(
        app_name=package,
        migrations_folder_path=str(MIGRATIONS / package),
        table_classes=table_finder(modules=table_modules(package), exclude_imported=True),
        migration_dependencies=after,
    )


def role_statements(*, owner: str, web: str) -> Iterator[str]:
    """SQL that makes the scope roles and lets the two logins use them; an administrator may run it by hand, once.

    INHERIT FALSE: a login that inherited a role would see that role's rows without asking (traps 3d, "Scope").
    """
    for role in ROLES:
        yield (
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        for login in dict.fromkeys((owner, web)):
            yield f'GRANT {role} TO "{login}" WITH INHERIT FALSE, SET TRUE'


async def migrate(engine: Engine, *, owner: str, web: str) -> list[str]:
    """Bring the database of `engine` (the owner's login) to this release; the names of the migrations that ran.

    All or nothing: a failed or killed migration leaves the database as it was.
    """
    async with migrating(engine, owner=owner, web=web) as run:
        before = await ran(run)
        await run_migrations(run)
        await secure(run, web=web)
        return sorted(" ".join(one) for one in set(await ran(run)) - set(before))


@contextlib.asynccontextmanager
async def migrating(engine: Engine, *, owner: str, web: str) -> AsyncIterator[Any]:
    """The owner's connection, in a transaction that alone may change the schema; the roles are made."""
    async with engine.transaction() as whole:
        run = whole.connection
        await run.execute("SET LOCAL lock_timeout = '5s'")
        await run.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await _check_server(run)
        await _ensure_roles(run, owner=owner, web=web)
        yield run


async def run_migrations(run: Any, names: Collection[Migration] | None = None) -> None:
    """Run those that have not run (of `names`; else all of this release), inside `migrating`. Raises MigrationFailed."""
    from piccolo.apps.migrations.tables import Migration as Ran

    if await run.fetchval("SELECT to_regclass('public.migration')") is None:
        await Ran.create_table()  # Piccolo takes a table of that name in any schema for its own
    with contextlib.redirect_stdout(io.StringIO()) as told:
        for manager in _managers(names):
            result = await manager.run()
            if not result.success:
                raise MigrationFailed(told.getvalue())


def known() -> frozenset[Migration]:
    """Every migration of this release."""
    return frozenset(
        Migration(manager.app_name, name)
        for manager in _managers(None)
        for name in manager.get_migration_modules(str(MIGRATIONS / manager.app_name))
    )


def _managers(names: Collection[Migration] | None) -> "Iterator[ForwardsMigrationManager]":
    """One for each package, in the order of the house."""
    from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager

    class Chosen(ForwardsMigrationManager):
        def get_migration_modules(self, folder_path: str) -> "dict[str, MigrationModule]":
            found = super().get_migration_modules(folder_path)
            return {name: module for name, module in found.items() if names is None or (self.app_name, name) in names}

    return (Chosen(app_name=package) for package in PACKAGES)


def raw(*, package: str, moment: str, words: str, sql: str) -> "MigrationManager":
    """A migration of hand-written SQL: indexes, generated columns, functions, first rows. `moment` orders it after its tables."""
    from piccolo.apps.migrations.auto.migration_manager import MigrationManager

    manager = MigrationManager(migration_id=moment, app_name=package, description=words)

    async def run() -> None:
        await connection().execute(sql)

    manager.add_raw(run)
    return manager


async def pending(run: Any) -> bool:
    """Whether the database lacks a migration of this release."""
    known = {path.stem for package in PACKAGES for path in (MIGRATIONS / package).glob(f"{package}_*.py")}
    return len(known) != len(await ran(run))


async def ran(run: Any) -> list[Migration]:
    """The migrations that the database has seen."""
    if await run.fetchval("SELECT to_regclass('public.migration')") is None:
        return []
    return [
        Migration(*row)
        for row in await run.fetch("SELECT app_name, name FROM public.migration ORDER BY app_name, name")
    ]


async def _check_server(run: Any) -> None:
    if (found := run.get_server_version().major) < 16:
        raise MigrationFailed(
            _("PostgreSQL {found} est trop ancien : il faut la version 16 ou une plus récente.").format(found=found)
        )


async def _ensure_roles(run: Any, *, owner: str, web: str) -> None:
    missing = await run.fetchval(
        "SELECT count(*) FROM unnest($1::text[]) r, unnest($2::text[]) l WHERE NOT EXISTS (SELECT FROM pg_auth_members m"
        " JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member"
        " WHERE g.rolname = r AND u.rolname = l AND m.set_option)",
        list(ROLES), [owner, web],
    )  # fmt: skip
    if not missing:
        return
    try:
        async with run.transaction():
            for statement in role_statements(owner=owner, web=web):
                await run.execute(statement)
    except Exception as error:
        raise MigrationFailed(
            _(
                "L'accès propriétaire « {owner} » ne peut pas créer ou donner les rôles ({error}). Demandez à l'administration du"
                " serveur d'exécuter une fois ce que montre « inventory migrate --print-roles », puis recommencez."
            ).format(owner=owner, error=error)
        ) from error


async def secure(run: Any, *, web: str) -> None:
    """Defaults, policies and grants, always exactly as declared in the code."""
    tables = [
        row["relname"]
        for row in await run.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
        )
        if row["relname"] != "migration"
    ]
    ids = await run.fetch(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id'"
        " AND data_type = 'uuid' AND column_default IS DISTINCT FROM 'new_id()'"
    )
    for row in ids:  # Piccolo writes a callable default as one constant; the function makes a new key for each row
        await run.execute(f'ALTER TABLE "{row["table_name"]}" ALTER COLUMN id SET DEFAULT new_id()')
    for statement in statements(tables):
        await run.execute(statement)
    database = await run.fetchval("SELECT quote_ident(current_database())")
    for role in ROLES:  # staging tables of imports; usually PUBLIC may already
        if not await run.fetchval("SELECT has_database_privilege($1, current_database(), 'TEMP')", role):
            await run.execute(f"GRANT TEMPORARY ON DATABASE {database} TO {role}")
    await run.execute(f'GRANT USAGE ON SCHEMA public TO {", ".join(ROLES)}, "{web}"')
    await run.execute(f'GRANT SELECT ON migration TO {", ".join(ROLES)}, "{web}"')
