"""An order over its board's amount: its maker asks, another person authorises it or sends it back."""

from allocations.orders import limits, queries, rules
from allocations.orders.operations import locked, move
from allocations.orders.rules import Act, State
from allocations.orders.schemas import OrderFile
from allocations.years.queries import check_open
from kit.actor import Actor, Scope
from kit.clock import now, today
from kit.database import transaction
from kit.errors import Forbidden
from kit.events import record
from kit.i18n import _


async def ask(who: Actor, number: str, *, version: int | None = None) -> OrderFile:
    """Put a draft before another person. Raises NoAuthorisationNeeded, NotDraft, YearClosed, Stale, NotFound."""
    who.must("order.write")
    async with transaction(who):
        row = await locked(who, number, version)
        state = State(row["state"])
        rules.check(Act.ask, state, number)
        await check_open(who, row["year"])
        if not rules.over(row["before_tax_cents"], await limits.on(row["board"], today())):
            raise rules.NoAuthorisationNeeded(number=number)
        await move(row, rules.after(Act.ask, state), asked_at=now(), asked_by=who.person, asked_by_name=who.name)
        await record(who, "order.asked", kind="order", subject=number, board=row["board"])
        return await queries.one(who, number)


async def authorise(who: Actor, number: str, *, version: int | None = None) -> OrderFile:
    """Authorise an order that another person made and asked for. Only a person does.

    Raises OwnOrder, NotToAuthorise, YearClosed, Stale, NotFound, Forbidden.
    """
    who.must("order.authorise")
    if who.scope is Scope.system or who.person is None:
        raise Forbidden(_("Seule une personne autorise un bon de commande."))
    async with transaction(who):
        row = await locked(who, number, version)
        state = State(row["state"])
        rules.check(Act.authorise, state, number)
        if who.person in (row["made_by"], row["asked_by"]):
            raise rules.OwnOrder(number=number)
        await check_open(who, row["year"])
        await move(
            row, rules.after(Act.authorise, state),
            authorised_at=now(), authorised_by=who.person, authorised_by_name=who.name,
        )  # fmt: skip
        await record(
            who, "order.authorised", kind="order", subject=number, board=row["board"],
            after={"before_tax_cents": row["before_tax_cents"]},
        )  # fmt: skip
        return await queries.one(who, number)


async def send_back(who: Actor, number: str, *, reason: str, version: int | None = None) -> OrderFile:
    """Make an order that waits for authorisation, or has it, a draft again: whoever may authorise or write it, with a reason.

    Raises NotToAuthorise, Invalid without a reason, Stale, NotFound.
    """
    if not who.may("order.authorise"):
        who.must("order.write")
    why = rules.check_reason(reason)
    async with transaction(who):
        row = await locked(who, number, version)
        state = State(row["state"])
        rules.check(Act.send_back, state, number)
        await move(
            row, rules.after(Act.send_back, state),
            asked_at=None, asked_by=None, asked_by_name="", authorised_at=None, authorised_by=None, authorised_by_name="",
        )  # fmt: skip
        await record(who, "order.sent_back", kind="order", subject=number, board=row["board"], why=why)
        return await queries.one(who, number)
