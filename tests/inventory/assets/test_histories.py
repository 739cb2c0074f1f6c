"""Whatever happens to assets, in any order: their state is known, and SQL counts what the pure rule counts."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random

import pytest

from inventory.assets import operations, queries
from inventory.assets.rules import LEND, TAKE_BACK, State, counts_for_floor
from inventory.assets.schemas import AssetOut
from inventory.tickets import operations as tickets
from kit.actor import Actor
from kit.clock import today
from kit.database import fetch, transaction
from kit.errors import Conflict
from tests.factories import make_actor, make_school, new_unit

Act = Callable[[Actor, str], Awaitable[object]]


def lending(step: object) -> Act:
    """Loans have no operation yet; their moves are the machine's already."""

    async def act(who: Actor, tag: str) -> None:
        async with transaction(who):
            (row,) = await queries.locked(who, [tag])
            await operations.carry_out(who, row, step)  # type: ignore[arg-type]

    return act


ACTS: list[Act] = [
    lambda who, tag: operations.put_into_service(who, [tag]),
    lambda who, tag: operations.take_out_of_service(who, tag, why="Brisé"),
    lambda who, tag: operations.return_to_service(who, tag),
    lambda who, tag: operations.send_to_repair(who, tag, why="Écran"),
    lambda who, tag: operations.report_lost(who, tag, why="Introuvable"),
    lambda who, tag: operations.report_lost(who, tag, why="Vol", stolen=True),
    lambda who, tag: operations.report_found(who, tag),
    lambda who, tag: tickets.open_ticket(who, tag, subject="Ne s'allume plus", out_of_service=True),
    lambda who, tag: operations.move(who, tag, building=None, room="101"),
    lending(LEND),
    lending(TAKE_BACK),
]


async def retire(who: Actor, tag: str) -> object:
    return await operations.retire(who, tag, why="Fin de vie")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("seed", range(6))
async def test_random_histories_keep_states_known_and_counts_equal(seed: int) -> None:
    chance = Random(seed)
    await make_school("990001")
    who = await make_actor("technician", board="990000")
    lives = [None, today(), today() - timedelta(days=1), today() + timedelta(days=400)]
    categories = ["robotique", "flotte-appareils"]
    assets = await operations.receive_units(
        who,
        [new_unit(category=chance.choice(categories), useful_until=chance.choice(lives)) for _ in range(12)],
    )
    moved = 0
    for _ in range(120):
        act = retire if chance.random() < 0.02 else chance.choice(ACTS)
        try:
            await act(who, chance.choice(assets).tag)
            moved += 1
        except Conflict:
            pass
        if chance.random() < 0.1:
            await hold(who, assets)
    await hold(who, assets)
    assert moved > 30
    # Each state is told by the last event that changed it.
    rows = await fetch(
        "SELECT DISTINCT ON (a.tag) a.tag, a.state, e.after->>'state' AS told FROM asset a JOIN event e ON e.subject = a.tag"
        " WHERE e.subject_kind = 'asset' AND e.after ? 'state' ORDER BY a.tag, e.id DESC"
    )
    assert len(rows) == 12 and all(row["state"] == row["told"] for row in rows)


async def hold(who: Actor, assets: list[AssetOut]) -> None:
    now = await queries.by_tags(who, [asset.tag for asset in assets])
    assert all(asset.state in State for asset in now)
    pure = Counter(a.category for a in now if counts_for_floor(a.state, a.useful_until, today()))
    assert await queries.counted(who, "990001") == dict(pure)
    assert [a.counts for a in now] == [counts_for_floor(a.state, a.useful_until, today()) for a in now]
