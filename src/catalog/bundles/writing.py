"""Writing editions of bundles, many at once: a statement for each table. Call in a system transaction, after `lock_catalogue`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from catalog.bundles.rules import LEVELS
from kit.database import execute, fetch

Content = Mapping[
    str, Any
]  # an edition as a file or a request writes it: its own fields, `levels`, `lines`, `trainings`
PLAIN = (
    "slug", "name", "name_en", "category", "description", "description_en", "pupils_each", "source", "sample", "closed_on",
)  # fmt: skip
FLAGS = tuple(f"for_{level}" for level in LEVELS)
_COLUMNS = ", ".join((*PLAIN, *FLAGS))

# An edition in the shape of `Content`; `k` is the bundle. A nested edition that another has followed is named with its number.
PARTS = """
 (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('product', p.code, 'bundle', n.slug,
      'edition', CASE WHEN n.state = 'retired' AND n.closed_on IS NULL THEN n.edition END, 'quantity', l.quantity,
      'optional', nullif(l.optional, false), 'choice', nullif(l.choice, ''),
      'taken', CASE WHEN l.optional OR l.choice <> '' THEN nullif(l.taken, false) END)) ORDER BY l.position), '[]')
  FROM bundle_line l LEFT JOIN product p ON p.id = l.product LEFT JOIN bundle n ON n.id = l.nested WHERE l.bundle = k.id) AS lines,
 (SELECT coalesce(jsonb_agg(CASE WHEN bt.quantity = 1 THEN to_jsonb(t.code)
      ELSE jsonb_build_object('training', t.code, 'quantity', bt.quantity) END ORDER BY t.code COLLATE "C"), '[]')
  FROM bundle_training bt JOIN training t ON t.id = bt.training WHERE bt.bundle = k.id) AS trainings
"""


async def current(slugs: Iterable[str]) -> dict[str, tuple[UUID, dict[str, Any]]]:
    """The newest edition of each slug that is no draft: its key and what it holds."""
    rows = await fetch(
        f"SELECT DISTINCT ON (slug) id, {_COLUMNS}, {PARTS} FROM bundle k"
        " WHERE slug = ANY($1::text[]) AND state <> 'draft' ORDER BY slug, edition DESC",
        list(set(slugs)),
    )
    return {row["slug"]: (row["id"], content_of(row)) for row in rows}


def content_of(row: Any) -> dict[str, Any]:
    """What an edition's row (with PARTS) holds."""
    return {name: row[name] for name in PLAIN} | {
        "levels": [level for level in LEVELS if row[f"for_{level}"]],
        "lines": json.loads(row["lines"]),
        "trainings": json.loads(row["trainings"]),
    }


async def publish(editions: Mapping[UUID, Content], *, day: date) -> None:
    """Insert editions as the next of their slugs, published; those that were published until now retire."""
    await retire([content["slug"] for content in editions.values()])
    await _insert(editions, "published", day)


async def draft(identity: UUID, content: Content) -> None:
    """Insert an edition that nobody is offered yet."""
    await _insert({identity: content}, "draft", None)


async def redraft(identity: UUID, content: Content) -> None:
    """Write a draft anew; nothing refers to it yet."""
    await execute(
        f"UPDATE bundle k SET {', '.join(f'{name} = r.{name}' for name in (*PLAIN, *FLAGS))}, version = k.version + 1"
        " FROM jsonb_populate_recordset(NULL::bundle, $1::jsonb) r WHERE k.id = r.id",
        _json({identity: content}),
    )
    await remove_parts([identity])
    await _write_parts({identity: content})


async def remove_parts(drafts: Sequence[UUID]) -> None:
    """Take everything out of drafts."""
    await execute("DELETE FROM bundle_line WHERE bundle = ANY($1::uuid[])", drafts)
    await execute("DELETE FROM bundle_training WHERE bundle = ANY($1::uuid[])", drafts)


async def retire(slugs: Sequence[str]) -> None:
    """The editions published until now are followed by others: still readable, and what baskets chose."""
    await execute(
        "UPDATE bundle SET state = 'retired', version = version + 1 WHERE slug = ANY($1::text[]) AND state = 'published'",
        list(slugs),
    )


async def close(slug: str, closed_on: date | None, *, today: date) -> None:
    """No longer offer a bundle, in any of its editions, from a day on; None: offer its newest edition again."""
    await execute(
        "UPDATE bundle k SET closed_on = $2::date, version = version + 1, state = CASE WHEN k.edition <> n.newest THEN state"
        " WHEN $2::date <= $3::date THEN 'retired' ELSE 'published' END FROM (SELECT max(edition) AS newest FROM bundle"
        " WHERE slug = $1 AND state <> 'draft') n WHERE k.slug = $1 AND k.state <> 'draft'",
        slug, closed_on, today,
    )  # fmt: skip


async def _insert(editions: Mapping[UUID, Content], state: str, published_on: date | None) -> None:
    await execute(
        f"INSERT INTO bundle (id, state, edition, published_on, {_COLUMNS})"
        f" SELECT r.id, $2, coalesce((SELECT max(edition) FROM bundle b WHERE b.slug = r.slug), 0) + 1, $3,"
        f" {', '.join(f'r.{name}' for name in (*PLAIN, *FLAGS))} FROM jsonb_populate_recordset(NULL::bundle, $1::jsonb) r",
        _json(editions), state, published_on,
    )  # fmt: skip
    await _write_parts(editions)


def _json(editions: Mapping[UUID, Content]) -> str:
    rows = [
        {"id": identity, **{name: content[name] for name in PLAIN}}
        | {f"for_{level}": level in content["levels"] for level in LEVELS}
        for identity, content in editions.items()
    ]
    return json.dumps(msgspec.to_builtins(rows))


async def _write_parts(editions: Mapping[UUID, Content]) -> None:
    """Lines and trainings; a nested bundle is the edition of it that is published now, and stays that one."""
    lines = [
        {"owner": str(identity), **line, "position": position}
        for identity, content in editions.items()
        for position, line in enumerate(content["lines"], 1)
    ]
    await execute(
        "INSERT INTO bundle_line (bundle, product, nested, quantity, optional, choice, taken, position)"
        " SELECT r.owner, p.id, n.id, r.quantity, coalesce(r.optional, false), coalesce(r.choice, ''),"
        " coalesce(r.taken, NOT coalesce(r.optional, false) AND coalesce(r.choice, '') = ''), r.position"
        " FROM jsonb_to_recordset($1::jsonb) AS r (owner uuid, product text, bundle text, quantity int, optional boolean,"
        " choice text, taken boolean, position int) LEFT JOIN product p ON p.code = r.product"
        " LEFT JOIN bundle n ON n.slug = r.bundle AND n.state = 'published'",
        json.dumps(lines),
    )
    trainings = [
        {"owner": str(identity), **({"training": found} if isinstance(found, str) else found)}
        for identity, content in editions.items()
        for found in content["trainings"]
    ]
    await execute(
        "INSERT INTO bundle_training (bundle, training, quantity) SELECT r.owner, t.id, coalesce(r.quantity, 1)"
        " FROM jsonb_to_recordset($1::jsonb) AS r (owner uuid, training text, quantity int) JOIN training t ON t.code = r.training",
        json.dumps(trainings),
    )
