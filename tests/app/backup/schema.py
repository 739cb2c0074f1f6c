"""What a database is made of, as PostgreSQL tells it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.backup import catalogue
from kit.cluster import Logins


@asynccontextmanager
async def owning(found: Logins) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(found.owner_url)
    try:
        yield connection
    finally:
        await connection.close()


async def schema_of(found: Logins) -> dict[str, object]:
    """Columns, defaults, policies, grants, functions, checks, keys and indexes: equal for two databases of one release."""
    async with owning(found) as owner:
        asked = {
            "columns": "SELECT c.relname, attname, atttypid::regtype::text, atttypmod, attnotnull, attgenerated::text,"
            " attcollation, pg_get_expr(adbin, adrelid) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN"
            " pg_attrdef d ON adrelid = attrelid AND adnum = attnum WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'v', 'm', 'S') AND attnum > 0 ORDER BY 1, 2",
            "policies": "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies"
            " WHERE schemaname = 'public' ORDER BY 1, 2",
            "grants": "SELECT relname, relrowsecurity, relacl::text FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
            "functions": "SELECT proname, pg_get_functiondef(oid), proacl::text FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
            "checks": "SELECT conrelid::regclass::text, conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace AND contype = 'c' ORDER BY 1, 2",
            "valid": "SELECT indexrelid::regclass::text, indisvalid, indisunique FROM pg_index i JOIN pg_class c"
            " ON c.oid = indrelid WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
        }
        found_: dict[str, object] = {
            what: [tuple(row) for row in await owner.fetch(sql)] for what, sql in asked.items()
        }
        # Told, made from that and told again, a definition has reached its last form.
        rest = await catalogue.rest(owner)
        transaction = owner.transaction()
        await transaction.start()
        for statement in (*rest.remove, *rest.make):
            await owner.execute(statement)
        found_["rest"] = await catalogue.rest(owner)
        await transaction.rollback()
        return found_
