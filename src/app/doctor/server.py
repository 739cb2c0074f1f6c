"""The database's server and its two logins, asked by a bare connection of each: what stands before any scope."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

from app.backup.aside import KEPT
from app.doctor.findings import Finding, ok, warning, wrong
from app.scheduler import LEADER
from kit.actor import Scope
from kit.clock import now
from kit.i18n import _, lazy, n_, number
from kit.migrating import PACKAGES, SERVING, known, ran, table_modules
from kit.policies import ROLES, grants
from kit.settings import settings

DATABASE = lazy("Base de données")
MEBIBYTE = 1 << 20
OLD_IDS = 1_000_000_000  # PostgreSQL stops writing at two thousand million


async def version(web: Any) -> list[Finding]:
    """The server's release and its size."""
    server, size = web.get_server_version(), await web.fetchval("SELECT pg_database_size(current_database())")
    if server.major < 16:
        do = _("Passez à PostgreSQL 16 ou plus récent.")
        return [wrong(_(DATABASE), _("PostgreSQL {found} est trop ancien.").format(found=server.major), do)]
    said = _("PostgreSQL {version}; {size} Mio.").format(
        version=f"{server.major}.{server.micro}", size=number(round(size / MEBIBYTE))
    )
    return [ok(_(DATABASE), said)]


async def same_database(web: Any, owner_enters: str) -> list[Finding]:
    """The two logins enter the same database; else `migrate` would bring another one up to date."""
    if (name := await web.fetchval("SELECT current_database()")) == owner_enters:
        return []
    what = _("L'accès web entre dans « {web} », l'accès propriétaire dans « {owner} ».").format(
        web=name, owner=owner_enters
    )
    do = _("Donnez la même base dans INVENTORY_DATABASE_URL et INVENTORY_OWNER_DATABASE_URL.")
    return [wrong(_(DATABASE), what, do)]


async def web_login(web: Any) -> list[Finding]:
    """The web login may do nothing by itself: it takes the role of whoever acts."""
    about = _("Accès web")
    name = await web.fetchval("SELECT current_user")
    if faults := [fault async for fault in _rights(web)]:
        what = _("« {name} » peut agir sans prendre de rôle : {faults}.").format(name=name, faults="; ".join(faults))
        return [
            wrong(
                about,
                what,
                _(
                    "Donnez à INVENTORY_DATABASE_URL un accès qui n'a que les rôles du service (« inventory migrate --print-roles »)."
                ),
            )
        ]
    missing = [role for role in ROLES if not await _may_take(web, role)]
    if missing:
        what = _("« {name} » ne peut pas prendre : {roles}.").format(name=name, roles=", ".join(missing))
        return [wrong(about, what, _("Faites exécuter ce que montre « inventory migrate --print-roles »."))]
    return [ok(about, _("« {name} » n'a aucun droit par lui-même.").format(name=name))]


async def _rights(web: Any) -> Any:
    role = await web.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
    if role["rolsuper"]:
        yield _("superutilisateur")
    if role["rolbypassrls"]:
        yield _("il passe outre à la sécurité par ligne")
    if role["rolcreaterole"]:
        yield _("il peut créer des rôles")
    if await web.fetchval(
        "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relnamespace = 'public'::regnamespace"
    ):
        yield _("il possède des tables")
    if await web.fetchval(
        "SELECT count(*) FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relname <> 'migration' AND a.grantee IN (0, current_user::regrole)"
    ):
        yield _("il a des droits sur des tables")
    if inherited := await web.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND pg_has_role(current_user, oid, 'USAGE') ORDER BY 1",
        list(ROLES),
    ):
        yield _("il hérite de {roles}").format(roles=", ".join(row["rolname"] for row in inherited))


async def _may_take(web: Any, role: str) -> bool:
    return bool(
        await web.fetchval(
            "SELECT bool_or(pg_has_role(current_user, oid, 'SET')) FROM pg_roles WHERE rolname = $1", role
        )
    )


async def migrations(web: Any) -> list[Finding]:
    """All of this release's, and none of another."""
    about, here, there = _("Migrations"), set(known()), set(await ran(web))
    if unknown := there - here:
        what = n_(
            "La base a {n} migration que cette version ne connaît pas : une version plus récente l'a servie.",
            "La base a {n} migrations que cette version ne connaît pas : une version plus récente l'a servie.",
            len(unknown),
        ).format(n=len(unknown))
        return [wrong(about, what, _("Installez la version qui l'a mise à jour, ou restaurez une sauvegarde d'avant."))]
    if missing := here - there:
        what = n_("Il manque {n} migration.", "Il manque {n} migrations.", len(missing)).format(n=len(missing))
        return [wrong(about, what, _("Lancez « inventory migrate »."))]
    return [ok(about, n_("{n} appliquée.", "{n} appliquées.", len(there)).format(n=number(len(there))))]


async def policies(web: Any) -> list[Finding]:
    """Row-level security, the policies and the grants of each table, as declared."""
    for package in PACKAGES:
        for module in table_modules(package):
            import_module(module)
    tables = {
        row["relname"]: row["relrowsecurity"]
        for row in await web.fetch(
            "SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND relname <> 'migration'"
        )
    }
    given: dict[tuple[str, str], set[str]] = {}
    for row in await web.fetch(
        "SELECT c.relname, r.rolname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE c.relnamespace = 'public'::regnamespace AND r.rolname = ANY ($1)",
        list(ROLES),
    ):
        given.setdefault((row["relname"], row["rolname"]), set()).add(row["privilege_type"])
    seen = {
        (row["tablename"], row["policyname"])
        for row in await web.fetch("SELECT * FROM pg_policies WHERE schemaname = 'public'")
    }
    return list(_differences(tables, given, seen))


def _differences(
    tables: dict[str, bool], given: dict[tuple[str, str], set[str]], seen: set[tuple[str, str]]
) -> Iterator[Finding]:
    about = _("Sécurité par ligne")
    wanted = {(table, scope.value): grants(table, scope) for table in tables for scope in Scope}
    expected = {(table, f"{role}_sees") for (table, role), may in wanted.items() if may}
    off = {table for table, on in tables.items() if not on}
    off |= {table for table, _policy in seen ^ expected}
    off |= {pair[0] for pair, may in wanted.items() if given.get(pair, set()) != set(filter(None, may.split(", ")))}
    if off:
        named = ", ".join(sorted(off)[:10])
        what = n_(
            "{n} table n'est pas comme déclarée : {named}.",
            "{n} tables ne sont pas comme déclarées : {named}.",
            len(off),
        )
        yield wrong(
            about,
            what.format(n=len(off), named=named),
            _("Lancez « inventory migrate » : il remet droits et politiques."),
        )
    else:
        yield ok(about, n_("{n} table filtrée.", "{n} tables filtrées.", len(tables)).format(n=number(len(tables))))


async def clock(web: Any) -> list[Finding]:
    """Both clocks, and Montréal's time on the server."""
    about, before = _("Heure"), now()
    at = await web.fetchval("SELECT clock_timestamp()")
    apart = abs(at - before - (now() - before) / 2)
    if apart > timedelta(seconds=5):
        seconds = round(apart.total_seconds())
        what = n_(
            "Le service et la base diffèrent de {n} seconde.",
            "Le service et la base diffèrent de {n} secondes.",
            seconds,
        )
        return [wrong(about, what.format(n=number(seconds)), _("Mettez les deux machines à l'heure (NTP)."))]
    if (
        await web.fetchval("SELECT extract(hour FROM timestamptz '2026-07-01 12:00Z' AT TIME ZONE 'America/Toronto')")
        != 8
    ):
        return [
            wrong(
                about,
                _("Le serveur calcule mal l'heure de Montréal."),
                _("Mettez à jour ses fuseaux horaires (tzdata)."),
            )
        ]
    return [ok(about, _("Le service et la base ont la même heure."))]


async def room(web: Any) -> list[Finding]:
    """Connections, transactions that hold others up, and the age of the oldest rows."""
    found: list[Finding] = []
    most = await web.fetchval(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    )
    wanted = settings().workers * (settings().pool_size + 2)  # and the leader's, and one to spare
    if wanted > most:
        what = _("Les processus de cette machine peuvent demander {wanted} connexions; le serveur en donne {most}.")
        do = _("Réduisez INVENTORY_POOL_SIZE ou INVENTORY_WORKERS, ou augmentez max_connections.")
        found.append(wrong(_("Connexions"), what.format(wanted=wanted, most=most), do))
    else:
        found.append(
            ok(_("Connexions"), _("{wanted} au plus pour cette machine, sur {most}.").format(wanted=wanted, most=most))
        )
    stuck = await web.fetch(
        "SELECT pid, extract(epoch FROM clock_timestamp() - xact_start)::int / 60 AS minutes FROM pg_stat_activity a"
        " WHERE datname = current_database() AND xact_start < clock_timestamp() - interval '10 minutes' AND NOT EXISTS"
        " (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.objid = ANY ($1::bigint[]))",
        [LEADER, SERVING],
    )  # fmt: skip
    for row in stuck:
        what = _("Une transaction dure depuis {minutes} minutes (processus {pid} du serveur).").format(**row)
        found.append(
            warning(
                _("Connexions"),
                what,
                _("Si rien ne l'explique : « SELECT pg_terminate_backend({pid}) ».").format(pid=row["pid"]),
            )
        )
    age = await web.fetchval("SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()")
    if age > OLD_IDS:
        what = _("Le nettoyage de la base est en retard ({n} transactions).").format(n=number(age))
        found.append(
            wrong(_(DATABASE), what, _("Lancez VACUUM par le propriétaire, et vérifiez qu'autovacuum est en marche."))
        )
    dead = await web.fetch(
        "SELECT relname FROM pg_stat_user_tables WHERE n_dead_tup > 100000 AND n_dead_tup > n_live_tup / 2 ORDER BY n_dead_tup DESC LIMIT 5"
    )
    if dead:
        what = _("Des tables gardent beaucoup de lignes mortes : {names}.").format(
            names=", ".join(row["relname"] for row in dead)
        )
        found.append(warning(_(DATABASE), what, _("Vérifiez qu'autovacuum est en marche, ou lancez VACUUM ANALYZE.")))
    return found


async def replaced(web: Any) -> list[Finding]:
    """Databases that restores have kept: room, and personal data that nobody looks after."""
    kept = await web.fetchval("SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, $1)", KEPT)
    if not kept:
        return []
    what = n_(
        "La base qu'une restauration a remplacée est encore gardée.",
        "{n} bases que des restaurations ont remplacées sont encore gardées.",
        kept,
    )
    do = _("Si la restauration convient, effacez-les : « inventory restore --discard-old ».")
    return [warning(_("Sauvegarde"), what.format(n=number(kept)), do)]
