from piccolo.columns import JSONB, UUID, Integer
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.contracts.tables import Contract
from catalog.products.tables import Product
from catalog.scope import SHARED_OR_OWN
from catalog.suppliers.tables import Supplier
from directory.boards.tables import Board
from kit.columns import cents, count, day, identity, moment, reference, row_version, short, text
from kit.policies import Access, scoped


class PriceFeed(Table, tablename="price_feed"):
    """An address at which a supplier publishes its prices. `mapping`: which of its columns is what, as data.

    `etag` and `last_modified` are those of the last answer that was staged or changed nothing. `board`: that board's own feed.
    """

    id = identity()
    code = short(40)
    board = reference(Board, null=True)
    supplier = reference(Supplier)
    contract = reference(Contract, null=True)
    source_address = short(500)
    format = short(4)
    mapping = JSONB(default="{}")
    etag = short(300)
    last_modified = short(60)
    fetched_at = moment()
    outcome = short(12)
    fault = text()
    closed_on = day()
    version = row_version()

    price_feed_code_once = Unique([code])
    price_feed_format_known = Check("format IN ('csv', 'json')")
    price_feed_outcome_known = Check("outcome IN ('', 'staged', 'unchanged', 'failed')")


class PriceFeedBatch(Table, tablename="price_feed_batch"):
    """The differences that one reading of a feed found, for a person to approve or reject; it stays readable either way."""

    id = identity()
    feed = reference(PriceFeed)
    board = reference(Board, null=True)
    number: Integer = Integer(default=0)
    state = short(12)
    fetched_at = moment(null=False)
    lines_read = count()
    refused = JSONB(default="[]")
    decided_by: UUID = UUID(null=True, default=None)
    decided_by_name = short(200)
    decided_at = moment()
    reason = text()
    version = row_version()

    price_feed_batch_once = Unique([feed, number])
    price_feed_batch_state_known = Check("state IN ('staged', 'approved', 'rejected', 'replaced')")
    price_feed_batch_refusal_has_reason = Check("state <> 'rejected' OR reason <> ''")


class PriceFeedLine(Table, tablename="price_feed_line"):
    """One price of a batch that is new or differs: before and after, in cents before tax. `fault`: why it was not taken."""

    id = identity()
    batch = reference(PriceFeedBatch)
    board = reference(Board, null=True)
    line = count()
    product = reference(Product)
    minimum: Integer = Integer(default=1)
    before_cents = cents(null=True)
    after_cents = cents()
    from_day = day(null=False)
    until_day = day()
    fault = text()

    price_feed_line_once = Unique([batch, product, minimum, from_day])
    price_feed_line_positive = Check("after_cents > 0")


for table in (PriceFeed, PriceFeedBatch, PriceFeedLine):
    scoped(table, condition=SHARED_OR_OWN, access=Access.read)
