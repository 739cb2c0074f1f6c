"""Benches `list` and `asset_search`: a page of assets through the API, against the same rows and the same JSON by hand.

Ours is the ASGI call with a person's token: routing, who asks, the list, JSON, headers. It takes two transactions, and so does
bare: whose the token is and what they hold, under the system's role; then the assets under theirs, with the same filter, turned
into JSON by msgspec. Both answers are compared first.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from app.asgi import create_app
from app.bench.asking import ask
from app.bench.measuring import Pair
from app.bench.scratch import Scratch, by_hand
from kit.clock import now, today
from kit.paging import encode

LIMIT = 100
TIMES = 10  # requests a run: one alone is shorter than the machine's own noise

ROWS = f"""
SELECT a.tag, a.label_code, a.board, a.school, coalesce(s.name, '') AS school_name, a.building, coalesce(b.name, '') AS building_name,
    a.room, a.category, c.name AS category_name, p.code AS product, a.name, a.maker, a.model, a.serial, a.state, a.state_since,
    a.state IN ('in_service', 'on_loan') AND (a.useful_until IS NULL OR a.useful_until >= $1) AS counts, a.note, a.origin,
    a.acquired_on, a.in_service_on, a.warranty_until, a.useful_until, a.before_tax_cents, a.net_cents, a.version
FROM (SELECT * FROM asset a WHERE {{where}} ORDER BY a.tag LIMIT {LIMIT + 1}) a
    LEFT JOIN school s ON s.code = a.school LEFT JOIN building b ON b.code = a.building
    JOIN category c ON c.code = a.category LEFT JOIN product p ON p.id = a.product
ORDER BY a.tag
"""


HOLDER = """
SELECT p.id, p.email, p.name, p.language, p.theme, t.id AS token, t.scopes, g.role, g.board, g.school,
    ARRAY(SELECT r."right" FROM role_right r WHERE r.role = g.role) AS rights
FROM api_token t JOIN person p ON p.id = t.person LEFT JOIN role_grant g ON g.person = p.id AND g.revoked_at IS NULL
    AND (g.from_day IS NULL OR g.from_day <= $2) AND (g.until_day IS NULL OR g.until_day >= $2)
WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $3 AND p.deactivated_at IS NULL
"""


class Reader:
    """Somebody who asks: their token, and the scope that the service gives them."""

    def __init__(self, application: Any, email: str, *scope: str) -> None:
        self._application, self._token, self._scope = application, email, scope

    def pair(self, where: str, *args: object, rare: bool = False, **query: str | int) -> Pair:
        """The same page both ways; `where` numbers its arguments from $2. `rare`: by hand, planned for what is asked."""

        async def bare() -> bytes:
            async with by_hand() as connection:
                await connection.fetch(HOLDER, hashlib.sha256(self._token.encode()).digest(), today(), now())
            async with by_hand(*self._scope) as connection:
                if rare:  # whoever writes by hand sees that the plan for any pattern misses the trigrams
                    await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
                rows = await connection.fetch(ROWS.format(where=where), today(), *args)
            following = encode(rows[LIMIT - 1]["tag"]) if len(rows) > LIMIT else None
            return msgspec.json.encode({"items": [dict(row) for row in rows[:LIMIT]], "next": following})

        async def ours() -> bytes:
            return await ask(self._application, "/api/v1/assets", token=self._token, limit=LIMIT, **query)

        return Pair(bare=bare, ours=ours, times=TIMES, same=_same)


def _same(bare: Any, ours: Any) -> bool:
    """Whether both say the same, the instants in whatever zone; and say something."""
    one, other = (msgspec.json.decode(answer) for answer in (bare, ours))
    for answer in one, other:
        for item in answer["items"]:
            item["state_since"] = datetime.fromisoformat(item["state_since"]).timestamp()
    return bool(one["items"]) and one == other


@asynccontextmanager
async def listing(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """The first and the last page of a school, the last of its board and of the province."""
    async with scratch.administering(kept) as run, scratch.using(kept):
        board, school = await _place(run)
        technician, province = _readers(board)
        last = "SELECT coalesce((SELECT tag FROM asset WHERE {} ORDER BY tag DESC OFFSET $1 LIMIT 1), '')"
        of_school = await run.fetchval(last.format("school = $2"), LIMIT, school)
        of_board = await run.fetchval(last.format("board = $2"), LIMIT, board)
        of_all = await run.fetchval(last.format("true"), LIMIT)
        yield {
            "school_first": technician.pair("a.board = $2 AND a.school = $3", board, school, school=school),
            "school_last": technician.pair(
                "a.board = $2 AND a.school = $3 AND a.tag > $4",
                board,
                school,
                of_school,
                school=school,
                after=encode(of_school),
            ),
            "board_last": technician.pair("a.board = $2 AND a.tag > $3", board, of_board, after=encode(of_board)),
            "province_last": province.pair("a.tag > $2", of_all, after=encode(of_all)),
        }


@asynccontextmanager
async def searching(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """By tag, serial, model and any fragment: a technician among the board's assets, the province among all."""
    async with scratch.administering(kept) as run, scratch.using(kept):
        board, _school = await _place(run)
        technician, province = _readers(board)
        row = (
            await run.fetch(
                "SELECT tag, serial, serial_key, split_part(model, ' ', 1) AS model FROM asset WHERE board = $1 AND serial IS NOT NULL"
                " AND length(split_part(model, ' ', 1)) > 4 ORDER BY tag LIMIT 1",
                board,
            )
        )[0]
        model, fragment = row["model"], row["serial"][2:8]
        parts: dict[str, Pair] = {}
        for name, reader, mine, codes in (
            ("board", technician, "a.board = $2 AND ", (board,)),
            ("province", province, "", ()),
        ):
            n = len(codes) + 2
            parts |= {
                f"{name}_tag": reader.pair(f"{mine}a.tag = ${n}", *codes, row["tag"], q=row["tag"]),
                f"{name}_serial": reader.pair(f"{mine}a.serial_key = ${n}", *codes, row["serial_key"], q=row["serial"]),
                f"{name}_model": reader.pair(
                    f"{mine}a.search_key LIKE ${n}", *codes, f"%{await _folded(run, model)}%", q=model
                ),
                f"{name}_fragment": reader.pair(
                    f"{mine}a.search_key LIKE ${n}", *codes, f"%{fragment.lower()}%", rare=True, q=fragment
                ),
            }
        yield parts


async def _place(run: asyncpg.Connection) -> tuple[str, str]:
    """The board with the most assets, and its school with the most."""
    board = await run.fetchval("SELECT board FROM asset GROUP BY board ORDER BY count(*) DESC, board LIMIT 1")
    school = await run.fetchval(
        "SELECT school FROM asset WHERE board = $1 GROUP BY school ORDER BY count(*) DESC, school LIMIT 1", board
    )
    return board, school


async def _folded(run: asyncpg.Connection, text: str) -> str:
    return str(await run.fetchval("SELECT fold($1)", text))


def _readers(board: str) -> tuple[Reader, Reader]:
    application = create_app(lifespan=False)
    return (
        Reader(application, f"technician.{board}@exemple.ca", "scope_board", board, "", "bench"),
        Reader(application, "bench.province@exemple.ca", "scope_ministry", "", "", "bench"),
    )
