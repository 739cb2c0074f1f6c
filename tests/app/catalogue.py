"""What the board of the walk's world keeps of its own in the catalogue: all its schools may read it, so it holds no secret of one."""

from catalog.contracts import operations as contracts
from catalog.contracts.schemas import NewContract
from catalog.feeds import operations as feeds
from catalog.feeds.schemas import NewFeed
from catalog.suppliers import operations as suppliers
from catalog.suppliers.schemas import NewSupplier
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, transaction

FEED = {"address": "https://prix.invalid/liste.csv", "mapping": {"product": "SKU", "before_tax": "Prix"}}


async def add_catalogue(buyer: Actor) -> None:
    """A local supplier with a contract, and a feed whose first batch waits for a decision."""
    await suppliers.add(buyer, NewSupplier(code="990-bois", name="Ébénisterie", address_1="1, rue du Bois"))
    contract = NewContract(
        code="990-entente", number="ENT-1", name="Entente", kind="local", supplier="990-bois", from_day=today()
    )
    await contracts.add(buyer, contract)
    await feeds.add(buyer, NewFeed(code="990-fil", supplier="990-bois", **FEED))  # type: ignore[arg-type]
    async with transaction(system()):  # as a reading leaves it: nothing of the walk goes out on the network
        await execute(
            "WITH batch AS (INSERT INTO price_feed_batch (feed, board, number, state, lines_read)"
            " SELECT id, board, 1, 'staged', 1 FROM price_feed WHERE code = '990-fil' RETURNING id, board)"
            " INSERT INTO price_feed_line (batch, board, line, product, after_cents, from_day)"
            " SELECT b.id, b.board, 2, p.id, 9900, $1 FROM batch b, product p WHERE p.code = 'appareil'",
            today(),
        )
