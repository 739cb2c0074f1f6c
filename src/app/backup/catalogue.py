"""What PostgreSQL itself knows of our objects: those of schema `public` that the owner of the table `migration` owns."""

from typing import Any, NamedTuple


def _ours(schema: str, *, alias: str = "c") -> str:
    return (
        f"{alias}.relnamespace = '{schema}'::regnamespace"
        f" AND {alias}.relowner = (SELECT relowner FROM pg_class WHERE oid = to_regclass('{schema}.migration'))"
    )


# Keys before what refers to them.
_CONSTRAINTS = f"""
SELECT conrelid::regclass::text AS "table", quote_ident(conname) AS name, pg_get_constraintdef(k.oid) AS definition,
    contype = 'f' AS refers
FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
WHERE contype IN ('p', 'u', 'x', 'f') AND conparentid = 0 AND {_ours("public")} ORDER BY refers, 1, 2
"""
_INDEXES = f"""
SELECT c.oid::regclass::text AS "table", x.oid::regclass::text AS name, pg_get_indexdef(x.oid) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid) AND {_ours("public")} ORDER BY 1, 2
"""


class Columns(NamedTuple):
    """A table and its columns, without those that PostgreSQL computes."""

    table: str
    columns: list[str]


class Rest(NamedTuple):
    """What rows load many times faster without, and in any order: names, SQL that removes, SQL that makes again."""

    names: list[tuple[str, str]]
    remove: list[str]
    make: list[str]


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


async def tables(run: Any, *, schema: str = "public") -> list[Columns]:
    """Our tables, by name; none where the database was never migrated."""
    rows = await run.fetch(
        "SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        f" AND {_ours(schema)} GROUP BY 1 ORDER BY 1"
    )
    return [Columns(*row) for row in rows]


async def functions(run: Any, *, schema: str = "public") -> list[str]:
    """Our functions, as `ALTER ROUTINE` names them after the schema."""
    rows = await run.fetch(
        "SELECT quote_ident(proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' FROM pg_proc p"
        " WHERE pronamespace = $1::text::regnamespace AND proowner ="
        " (SELECT relowner FROM pg_class WHERE oid = to_regclass($1 || '.migration')) AND NOT EXISTS"
        " (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e') ORDER BY 1",
        schema,
    )
    return [row[0] for row in rows]


async def rest(run: Any) -> Rest:
    """Keys, references and indexes of our tables. A definition told by PostgreSQL may be told otherwise once made from that."""
    constraints, indexes = await run.fetch(_CONSTRAINTS), await run.fetch(_INDEXES)
    added = [f"ALTER TABLE {row['table']} ADD CONSTRAINT {row['name']} {row['definition']}" for row in constraints]
    references = [statement for row, statement in zip(constraints, added, strict=True) if row["refers"]]
    return Rest(
        names=[(row["table"], row["name"]) for row in (*constraints, *indexes)],
        remove=[f"ALTER TABLE {row['table']} DROP CONSTRAINT {row['name']}" for row in reversed(constraints)]
        + [f"DROP INDEX {row['name']}" for row in indexes],
        make=[*added[: len(added) - len(references)], *(row["definition"] for row in indexes), *references],
    )


async def advance_sequences(run: Any) -> None:
    """Each sequence of a column past the highest value of that column."""
    rows = await run.fetch(
        "SELECT relname, attname, pg_get_serial_sequence(c.oid::regclass::text, attname) AS sequence FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid WHERE relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped"
        f" AND {_ours('public')}"
        " AND pg_get_serial_sequence(c.oid::regclass::text, attname) IS NOT NULL"
    )
    for table, column, sequence in rows:
        await run.fetchval(
            f"SELECT setval($1::text::regclass, coalesce(max({quoted(column)}), 0) + 1, false) FROM public.{quoted(table)}",
            sequence,
        )
