"""Whatever is pressed, in any order, by anybody of one board: every cent is somewhere, and once.

Hypothesis draws the history and shrinks one that breaks an identity to the few presses that do.
"""

from random import Random

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.clock import now
from kit.database import execute
from kit.errors import Refused
from tests.allocations.money.network import Network, check
from tests.app.walking import undone

pytestmark = pytest.mark.usefixtures("db")

# How often each is pressed: a history has to come as far as invoices to say anything of them.
WEIGHTS = {
    "draft": 5, "submit": 6, "approve": 6, "refuse": 1, "withdraw": 1, "resume": 2, "build": 4, "send": 6, "recall": 3, "cancel": 1,
    "close": 1, "receive": 6, "reprice": 1, "retax": 1, "hold": 1, "take_up": 2, "amend": 3, "undo_receipt": 1, "send_back": 2,
    "cancel_return": 1, "invoice": 6, "credit": 3, "cancel_invoice": 1, "pay": 1, "transfer": 2, "give_back": 1, "pool": 1,
    "settle_pools": 1, "adjust": 1, "carry_over": 1, "recover": 1,
}  # fmt: skip
PRESS = st.sampled_from([name for name, weight in WEIGHTS.items() for _n in range(weight)])
HISTORY = st.lists(st.tuples(PRESS, st.integers(0, 2**20)), min_size=4, max_size=14)
# Every history begins with goods that are there: chance alone seldom comes so far.
BEGINNING = ("draft", "submit", "approve", "draft", "submit", "approve", "build", "send", "receive", "invoice")
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]

done: set[str] = set()


@pytest.fixture(params=["net", "with_tax", "before_tax"])
async def network(request: pytest.FixtureRequest) -> Network:
    """The board, in one tax basis."""
    return await Network(Random(1)).made(request.param)


async def live(network: Network, history: list[tuple[str, int]], *, asked: int = 6) -> None:
    """One history, taken back at its end; the identities are asked after so many presses that succeeded, and at its end."""
    with time_machine.travel(now(), tick=True) as network.clock:
        async with undone():
            lived = await press(network, [(name, place) for place, name in enumerate(BEGINNING)])
            await check()
            for start in range(0, len(history), asked):
                lived += await press(network, history[start : start + asked])
                await check()
            done.update(lived)


async def press(network: Network, presses: list[tuple[str, int]]) -> list[str]:
    """Press each in turn; the names of those that were not refused."""
    lived = []
    for place, (name, seed) in enumerate(presses):
        network.chance = Random(seed * 1_000 + place)
        try:
            await getattr(network, name)()
        except Refused:
            continue
        lived.append(name)
    return lived


@settings(max_examples=67, deadline=None, derandomize=True, suppress_health_check=CHECKS)
@given(history=HISTORY)
async def test_every_cent_is_somewhere_and_once(network: Network, history: list[tuple[str, int]]) -> None:
    await live(network, history)


@pytest.mark.parametrize("network", ["net"], indirect=True)
async def test_the_histories_come_everywhere(network: Network) -> None:
    """A press that never succeeds proves nothing: one long history succeeds in each."""
    chance = Random(7)
    names = [name for name, weight in WEIGHTS.items() for _n in range(weight)]
    done.clear()
    await live(network, [(chance.choice(names), chance.randrange(2**20)) for _n in range(500)])
    assert done == WEIGHTS.keys()


@pytest.mark.soak
@settings(max_examples=6_667, deadline=None, suppress_health_check=CHECKS, print_blob=True)
@given(history=HISTORY)
async def test_every_cent_is_somewhere_and_once_for_hours(network: Network, history: list[tuple[str, int]]) -> None:
    await live(network, history)


# A ledger row of one cent too much (its rows are never changed: the database forbids it), and a cent on a row that the ledger explains.
WRONG = (
    "INSERT INTO ledger_entry (envelope, board, school, kind, spent_cents, reason, at)"
    " SELECT id, board, school, 'correction', 1, 'Essai', now() FROM envelope LIMIT 1",
    "UPDATE envelope SET committed_cents = committed_cents + 1 WHERE id = (SELECT id FROM envelope LIMIT 1)",
    "UPDATE order_line SET corrected_cents = corrected_cents + 1 WHERE id = (SELECT id FROM order_line LIMIT 1)",
)


@pytest.mark.parametrize("network", ["net"], indirect=True)
async def test_a_cent_too_much_is_caught(network: Network) -> None:
    """The identities see one cent: else they would prove nothing."""
    with time_machine.travel(now(), tick=True) as network.clock:
        async with undone():
            await press(network, [(name, place) for place, name in enumerate(BEGINNING)])
            await check()
            for sql in WRONG:
                async with undone():
                    await execute(sql)
                    with pytest.raises(AssertionError):
                        await check()
