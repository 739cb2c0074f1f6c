"""Real races between connections: one serial, one series of tags, one device. Each test commits in a database of its own."""

import asyncio
from collections.abc import Awaitable

import pytest

from inventory.assets import operations, queries
from inventory.assets.rules import SerialsRefused, State
from inventory.assets.schemas import AssetOut
from inventory.tickets import operations as tickets
from kit.actor import Actor, system
from kit.database import fetch, fetch_value, transaction
from kit.errors import Conflict, Refused
from tests.factories import make_actor, make_school, new_unit

pytestmark = pytest.mark.usefixtures("committed")


async def technicians(board: str, how_many: int) -> list[Actor]:
    await make_school(f"{board[:3]}001", board=board)
    return [await make_actor("technician", board=board) for _ in range(how_many)]


async def race(*attempts: Awaitable[object]) -> tuple[list[object], list[Refused]]:
    """What succeeded, and what was refused; anything else fails the test."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Refused):
            raise result
    return [r for r in results if not isinstance(r, Refused)], [r for r in results if isinstance(r, Refused)]


@pytest.mark.parametrize("attempt", range(3))
async def test_two_technicians_who_receive_one_serial_make_one_asset(attempt: int) -> None:
    first, second = await technicians("996000", 2)
    serials = [f"RACE-{attempt}-{n}" for n in range(5)]

    async def receive(who: Actor, order: list[str]) -> list[AssetOut]:
        return await operations.receive_units(
            who, [new_unit(board="996000", school="996001", serial=serial) for serial in order]
        )

    done, refused = await race(receive(first, serials), receive(second, serials[::-1]))

    assert (len(done), len(refused)) == (1, 1)
    assert isinstance(refused[0], SerialsRefused)
    assert len(refused[0].positions) == 5
    assert "Déjà inscrit\u00a0: bien 996-" in refused[0].detail
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM asset WHERE serial LIKE $1", f"RACE-{attempt}-%") == 5


@pytest.mark.parametrize("attempt", range(3))
async def test_two_boards_that_receive_the_same_serials_do_not_deadlock(attempt: int) -> None:
    (here,), (there,) = await technicians("996000", 1), await technicians("997000", 1)
    serials = [f"BOTH-{attempt}-{n:02}" for n in range(20)]

    async def receive(who: Actor, board: str, order: list[str]) -> list[AssetOut]:
        units = [new_unit(board=board, school=f"{board[:3]}001", serial=serial) for serial in order]
        return await operations.receive_units(who, units)

    done, refused = await race(receive(here, "996000", serials), receive(there, "997000", serials[::-1]))

    assert (len(done), len(refused)) == (1, 1)
    assert isinstance(refused[0], SerialsRefused)
    assert "Déjà inscrit ailleurs" in refused[0].detail


async def test_ten_receipts_at_once_share_no_tag_and_leave_no_hole() -> None:
    people = await technicians("995000", 10)

    async def receive(who: Actor) -> list[AssetOut]:
        return await operations.receive_units(who, [new_unit(board="995000", school="995001") for _ in range(7)])

    async def give_up(who: Actor) -> None:
        async with transaction(who):
            await receive(who)
            raise Conflict

    done, refused = await race(*(receive(who) for who in people), *(give_up(who) for who in people[:3]))

    assert (len(done), len(refused)) == (10, 3)
    async with transaction(system()):
        rows = await fetch("SELECT tag FROM asset WHERE board = '995000' ORDER BY tag")
    assert [row["tag"] for row in rows] == [f"995-{n:06d}" for n in range(1, 71)]


async def test_two_who_put_one_device_into_service_lower_what_is_awaited_once() -> None:
    who, other = await technicians("996000", 2)
    async with transaction(system()):
        await fetch_value(
            "INSERT INTO expected_delivery (board, school, category, quantity, source, label)"
            " VALUES ('996000', '996001', 'flotte-appareils', 3, 'race-source', 'x') RETURNING id"
        )
    (asset,) = await operations.receive_units(
        who, [new_unit(board="996000", school="996001", expected_source="race-source")]
    )
    done, refused = await race(*(operations.put_into_service(actor, [asset.tag]) for actor in (who, other)))
    assert (len(done), len(refused)) == (1, 1)
    async with transaction(system()):
        assert await fetch_value("SELECT quantity FROM expected_delivery WHERE source = 'race-source'") == 2


async def test_two_tickets_closed_at_once_bring_their_device_back() -> None:
    """Each sees the other as open unless they take turns: the device would stay out of service for ever."""
    who, other = await technicians("996000", 2)
    (asset,) = await operations.receive_units(who, [new_unit(board="996000", school="996001")])
    await operations.put_into_service(who, [asset.tag])
    first, second = [
        await tickets.open_ticket(who, asset.tag, subject="Écran noir", out_of_service=True) for _ in range(2)
    ]

    done, refused = await race(
        *(
            tickets.close(actor, ticket.number, answer="Réparé.", returns_to_service=True)
            for actor, ticket in ((who, first), (other, second))
        )
    )

    assert (len(done), len(refused)) == (2, 0)
    assert (await queries.by_tags(who, [asset.tag]))[0].state is State.in_service


async def test_a_ticket_closed_twice_at_once_is_closed_once() -> None:
    who, other = await technicians("996000", 2)
    (asset,) = await operations.receive_units(who, [new_unit(board="996000", school="996001")])
    ticket = await tickets.open_ticket(who, asset.tag, subject="Écran noir")
    done, refused = await race(
        *(tickets.close(actor, ticket.number, answer=f"Par {actor.name}") for actor in (who, other))
    )
    assert (len(done), len(refused)) == (1, 1)
