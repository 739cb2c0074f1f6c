"""What a token of one school, or a person of one school, may know of an order that others share, and may make."""

import httpx
import pytest

from allocations.orders import operations, queries, waiting
from tests.factories import make_actor, make_approved, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")


async def test_a_token_bound_to_a_school_builds_no_order_for_its_board(client: httpx.AsyncClient) -> None:
    await make_school()
    who = await make_actor("purchasing", board="990000")
    await make_product()
    await make_approved(("appareil", 2))
    token = await make_token(who.email, school="990001")
    answer = await client.post("/api/v1/orders/build", json={}, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 403, answer.text
    assert (await waiting.preview(who)).selections == 1


async def test_a_school_reads_the_cost_of_its_own_part_of_an_order_alone() -> None:
    await make_school()
    await make_school("990002")
    await make_product()
    who = await make_actor("purchasing", board="990000")
    await make_approved(("appareil", 2))
    await make_approved(("appareil", 3), school="990002")
    (order,) = await operations.build(who)
    own = await make_actor("principal", school="990001")

    file = await queries.one(own, order.number)
    (listed,) = (await queries.list_orders(own, limit=50, after=None)).items

    assert order.net_cents == 840_13 + 1_260_19
    assert (file.order.before_tax_cents, file.order.net_cents, file.order.units) == (786_00, 840_13, 2)
    assert (listed.before_tax_cents, listed.net_cents, listed.total_cents) == (786_00, 840_13, 903_70)
